"""Tables as lines of JSON and back, the same for both databases: what `core.backups` puts into its file."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import aiosqlite
import orjson
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.fields import Field, JSONField
from tortoise.models import Model
from tortoise.transactions import in_transaction

from core.db import CONNECTION, dialect, execute, rows

BATCH = 500
LEFT_OUT = {"core_lease"}  # who does a job at the moment means nothing elsewhere
ONLY = {"core_blob": '"references" > 0'}  # what nobody needs is about to be deleted

Read = Callable[[str, list[Any]], Awaitable[Sequence[dict[str, Any]]]]


@asynccontextmanager
async def snapshot() -> AsyncIterator[Read]:
    """Reads that all see the same moment. Nobody waits for them."""
    if dialect().name == "postgres":
        async with in_transaction(CONNECTION) as transaction:
            await transaction.execute_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield transaction.execute_query_dict
        return
    filename: str = get_connection(CONNECTION).filename  # type: ignore[attr-defined]
    async with aiosqlite.connect(filename, isolation_level=None) as connection:
        connection.row_factory = sqlite3.Row
        await connection.execute("BEGIN")

        async def read(sql: str, values: list[Any]) -> list[dict[str, Any]]:
            return [dict(row) for row in await connection.execute_fetchall(sql, values)]

        yield read


def models() -> list[type[Model]]:
    """The models whose rows belong into a backup, each after those it refers to."""
    found = [model for app in (Tortoise.apps or {}).values() for model in app.values()]
    waiting = {model._meta.db_table: model for model in found if model._meta.db_table not in LEFT_OUT}
    ordered: list[type[Model]] = []
    while waiting:
        ready = sorted(name for name, model in waiting.items() if not _needs(model) & waiting.keys() - {name})
        if not ready:
            raise RuntimeError(f"Tables refer to each other in a circle: {sorted(waiting)}")
        ordered += [waiting.pop(name) for name in ready]
    return ordered


async def lines_of(model: type[Model], read: Read) -> AsyncIterator[bytes]:
    """Each row of a table as a line of JSON, in the order of its key."""
    table, key, columns = model._meta.db_table, model._meta.db_pk_column, columns_of(model)
    last: Any = None
    while True:
        wanted = [ONLY[table]] if table in ONLY else []
        if last is not None:
            wanted.append(f'"{key}" > {dialect().param(1)}')
        where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
        sql = f'SELECT * FROM "{table}"{where} ORDER BY "{key}" LIMIT {BATCH}'
        found = await read(sql, [] if last is None else [last])
        for row in found:
            yield orjson.dumps({column: plain(field, row[column]) for column, field in columns}) + b"\n"
        if len(found) < BATCH:
            return
        last = found[-1][key]


async def empty(ordered: Sequence[type[Model]]) -> None:
    """Delete what the start of an empty site has written, those that refer to others first."""
    for model in reversed(ordered):
        for column in self_references(model):
            await execute(f'UPDATE "{model._meta.db_table}" SET "{column}" = NULL')
        await execute(f'DELETE FROM "{model._meta.db_table}"')


async def insert(model: type[Model], lines: Iterable[bytes]) -> int:
    """Insert rows from their lines; answers how many. References within the table follow once all rows are there."""
    table, key, columns = model._meta.db_table, model._meta.db_pk_column, columns_of(model)
    own, word = self_references(model), dialect().param
    names = ", ".join(f'"{column}"' for column, _ in columns)
    places = ", ".join(word(number + 1) for number in range(len(columns)))
    count = 0
    later: list[tuple[str, list[Any]]] = []
    fields = dict(columns)
    for batch in _batches(lines):
        values = [[None if c in own else _stored(f, row.get(c)) for c, f in columns] for row in batch]
        await get_connection(CONNECTION).execute_many(f'INSERT INTO "{table}" ({names}) VALUES ({places})', values)
        later += [
            (column, [_stored(fields[column], row[column]), _stored(fields[key], row[key])])
            for row in batch
            for column in own
            if row.get(column) is not None
        ]
        count += len(batch)
    for column, pair in later:
        await execute(f'UPDATE "{table}" SET "{column}" = {word(1)} WHERE "{key}" = {word(2)}', pair)
    await _set_sequence(model)
    return count


def _needs(model: type[Model]) -> set[str]:
    return {key.related_model._meta.db_table for key in _foreign_keys(model)}


def self_references(model: type[Model]) -> set[str]:
    """The columns by which rows of a table refer to others of the same table."""
    keys = [key for key in _foreign_keys(model) if key.related_model is model]
    return {str(model._meta.fields_db_projection[key.source_field]) for key in keys}


def _foreign_keys(model: type[Model]) -> list[Any]:
    return [model._meta.fields_map[name] for name in model._meta.fk_fields | model._meta.o2o_fields]


def columns_of(model: type[Model]) -> list[tuple[str, Field[Any]]]:
    """The columns of a table with the fields that know their types."""
    meta = model._meta
    return [(column, meta.fields_map[name]) for name, column in meta.fields_db_projection.items()]


def plain(field: Field[Any], value: Any) -> Any:
    """A value as the database gives it, as JSON can carry it."""
    if value is None:
        return None
    if isinstance(field, JSONField):
        return orjson.loads(value) if isinstance(value, str | bytes) else value
    value = field.to_python_value(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _stored(field: Field[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, JSONField):
        return orjson.dumps(value).decode()
    if field.field_type is bytes:
        return base64.b64decode(value)
    return field.to_db_value(field.to_python_value(value), None)  # type: ignore[arg-type]


async def _set_sequence(model: type[Model]) -> None:
    """PostgreSQL numbers the next row after the last; SQLite sees to that itself."""
    if dialect().name != "postgres" or not model._meta.pk.generated:
        return
    table, key = model._meta.db_table, model._meta.db_pk_column
    last = f'SELECT coalesce(max("{key}"), 0) + 1 FROM "{table}"'
    await rows(f"SELECT setval(pg_get_serial_sequence('{table}', '{key}'), ({last}), false)")


def _batches(lines: Iterable[bytes]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for line in lines:
        batch.append(orjson.loads(line))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
