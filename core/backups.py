"""Backup and restore: one tar file with every table as JSON lines and every stored file, taken while the site runs.

Rows are read in one transaction, so they fit each other. Files are addressed by their content and never change, so they can
follow at leisure. The format is the same for both databases: a backup from SQLite restores on PostgreSQL and back.
"""

from __future__ import annotations

import base64
import io
import tarfile
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

import orjson
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.fields import Field
from tortoise.models import Model

from core.db import CONNECTION, atomic, dialect, execute, rows
from core.errors import Conflict, Invalid
from core.models import Blob

if TYPE_CHECKING:
    from core.app import Cercle

FORMAT = 1
BATCH = 500
Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class Summary:
    """What was written or read."""

    rows: int = 0
    blobs: int = 0


async def back_up(app: Cercle, path: Path, progress: Progress) -> Summary:
    """Write everything into one tar file.

    Args:
        app: the application.
        path: must not exist; appears only when it is complete.
        progress: told of each table and file.

    Raises:
        Conflict: when the path exists.
    """
    if path.exists():
        raise Conflict(f"{path} exists already; choose another name")
    summary = Summary()
    partial = path.with_name(path.name + ".partial")
    with tarfile.open(partial, "w") as archive:
        hashes = await _write_tables(app, archive, summary, progress)
        for number, hash in enumerate(hashes):
            progress(number, len(hashes), hash[:12])
            await _write_blob(app, archive, hash)
            summary.blobs += 1
    partial.rename(path)
    return summary


async def restore(app: Cercle, path: Path, progress: Progress) -> Summary:
    """Bring a backup back into an empty site of the same version.

    Args:
        app: the application, its database migrated and without people.
        path: a file made by `back_up`.
        progress: told of each table and file.

    Raises:
        Conflict: when the site is not empty.
        Invalid: when the file is not a backup or comes from another version.
    """
    await _refuse_used_site()
    summary = Summary()
    try:
        with tarfile.open(path, "r") as archive:
            _check_manifest(app, archive)
            async with atomic():
                for number, model in enumerate(models := _models()):
                    progress(number, len(models), model._meta.db_table)
                    summary.rows += await _read_table(archive, model)
            summary.blobs = await _read_blobs(app, archive, progress)
    except tarfile.TarError as error:
        raise Invalid(f"{path} is not a backup: {error}") from None
    return summary


def _models() -> list[type[Model]]:
    """All models, each after those it refers to."""
    waiting = {m._meta.db_table: m for app in (Tortoise.apps or {}).values() for m in app.values()}
    ordered: list[type[Model]] = []
    while waiting:
        ready = [name for name, model in waiting.items() if not _needs(model).intersection(waiting) - {name}]
        if not ready:
            raise RuntimeError(f"Tables refer to each other in a circle: {sorted(waiting)}")
        ordered += [waiting.pop(name) for name in sorted(ready)]
    return ordered


def _needs(model: type[Model]) -> set[str]:
    return {model._meta.fields_map[name].related_model._meta.db_table for name in model._meta.fk_fields}  # type: ignore[attr-defined]


def _self_references(model: type[Model]) -> list[str]:
    keys = [model._meta.fields_map[name] for name in model._meta.fk_fields]
    return [str(key.source_field) for key in keys if key.related_model is model]  # type: ignore[attr-defined]


async def _write_tables(app: Cercle, archive: tarfile.TarFile, summary: Summary, progress: Progress) -> list[str]:
    async with atomic():
        if dialect().name == "postgres":
            await execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        _add(
            archive,
            "manifest.json",
            orjson.dumps({"format": FORMAT, "version": app.version, "migrations": await _migrations()}),
        )
        for number, model in enumerate(models := _models()):
            progress(number, len(models), model._meta.db_table)
            summary.rows += await _write_table(archive, model)
        return list(await Blob.all().order_by("hash").values_list("hash", flat=True))  # type: ignore[arg-type]


async def _write_table(archive: tarfile.TarFile, model: type[Model]) -> int:
    count = 0
    with tempfile.TemporaryFile() as file:
        async for row in _rows_of(model):
            file.write(orjson.dumps(row) + b"\n")
            count += 1
        _add_file(archive, f"tables/{model._meta.db_table}.jsonl", file)
    return count


async def _rows_of(model: type[Model]) -> AsyncIterator[dict[str, Any]]:
    key = model._meta.db_pk_column
    last: Any = None
    words = dialect()
    while True:
        where = f' WHERE "{key}" > {words.param(1)}' if last is not None else ""
        sql = f'SELECT * FROM "{model._meta.db_table}"{where} ORDER BY "{key}" LIMIT {BATCH}'
        found = await rows(sql, [] if last is None else [last])
        for row in found:
            yield {name: _plain(field, row[column]) for name, field, column in _columns(model)}
        if len(found) < BATCH:
            return
        last = found[-1][key]


def _columns(model: type[Model]) -> list[tuple[str, Field[Any], str]]:
    meta = model._meta
    return [(column, meta.fields_map[name], column) for name, column in meta.fields_db_projection.items()]


def _plain(field: Field[Any], value: Any) -> Any:
    value = field.to_python_value(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return value


def _stored(field: Field[Any], value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"base64"} and field.field_type is bytes:
        value = base64.b64decode(value["base64"])
    return field.to_db_value(field.to_python_value(value), None)  # type: ignore[arg-type]


async def _read_table(archive: tarfile.TarFile, model: type[Model]) -> int:
    """Insert a table's rows; references within the table are set once all its rows are there."""
    columns, own = _columns(model), set(_self_references(model))
    names = ", ".join(f'"{column}"' for column, _, _ in columns)
    places = ", ".join(dialect().param(number + 1) for number in range(len(columns)))
    sql = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({places})'
    client = get_connection(CONNECTION)
    await execute(f'DELETE FROM "{model._meta.db_table}"')
    count, later = 0, []
    for batch in _batches(_lines(archive, f"tables/{model._meta.db_table}.jsonl")):
        values = [[None if c in own else _stored(f, row.get(c)) for c, f, _ in columns] for row in batch]
        await client.execute_many(sql, values)
        later += [
            (column, row[column], row[model._meta.db_pk_column]) for row in batch for column in own if row.get(column)
        ]
        count += len(batch)
    words = dialect()
    for column, target, key in later:
        where = f'"{model._meta.db_pk_column}" = {words.param(2)}'
        await execute(f'UPDATE "{model._meta.db_table}" SET "{column}" = {words.param(1)} WHERE {where}', [target, key])
    await _set_sequence(model)
    return count


async def _set_sequence(model: type[Model]) -> None:
    if dialect().name != "postgres" or not model._meta.pk.generated:
        return
    table, key = model._meta.db_table, model._meta.db_pk_column
    await rows(
        f"SELECT setval(pg_get_serial_sequence('{table}', '{key}'), coalesce((SELECT max({key}) FROM {table}), 0) + 1, false)"
    )


async def _write_blob(app: Cercle, archive: tarfile.TarFile, hash: str) -> None:
    with tempfile.TemporaryFile() as file:
        async for chunk in app.storage.read(hash):
            file.write(chunk)
        _add_file(archive, f"blobs/{hash}", file)


async def _read_blobs(app: Cercle, archive: tarfile.TarFile, progress: Progress) -> int:
    members = [member for member in archive.getmembers() if member.name.startswith("blobs/") and member.isfile()]
    for number, member in enumerate(members):
        progress(number, len(members), member.name[6:18])
        file = archive.extractfile(member)
        if file is None:
            continue
        written = await app.storage.write(_chunks(file), limit=max(member.size, 1))
        if written.hash != member.name.removeprefix("blobs/"):
            raise Invalid(f"The file {member.name} in the backup is damaged")
    return len(members)


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := file.read(1024 * 1024):
        yield chunk


async def _refuse_used_site() -> None:
    found = await rows("SELECT count(*) AS n FROM accounts_user")
    if found[0]["n"]:
        raise Conflict(
            "People use this site already; restore into an empty one (set CERCLE_DATA_DIR and CERCLE_DATABASE_URL)"
        )


async def _migrations() -> list[str]:
    found = await rows("SELECT app, name FROM tortoise_migrations ORDER BY app, name")
    return [f"{row['app']}.{row['name']}" for row in found]


def _check_manifest(app: Cercle, archive: tarfile.TarFile) -> None:
    try:
        file = archive.extractfile("manifest.json")
    except KeyError:
        raise Invalid("This file is not a backup made by cercle backup") from None
    manifest = orjson.loads(file.read() if file else b"{}")
    if manifest.get("format") != FORMAT or manifest.get("version") != app.version:
        raise Invalid(f"This backup was made by Cercle {manifest.get('version')}; this is Cercle {app.version}")


def _lines(archive: tarfile.TarFile, name: str) -> Iterator[dict[str, Any]]:
    try:
        file = archive.extractfile(name)
    except KeyError:
        return
    for line in file or ():
        yield orjson.loads(line)


def _batches(lines: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    _add_file(archive, name, io.BytesIO(data))


def _add_file(archive: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size = file.seek(0, io.SEEK_END)
    file.seek(0)
    info.mode = 0o600
    archive.addfile(info, file)
