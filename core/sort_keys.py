"""The keys by which names are in order, for migrations that add them to a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_generator.state import State

from core.db import dialect


class SortKeys(TortoiseOperation):
    """Fills a column with the keys of names, and has it compared byte by byte, whatever the database's collation is.

    Args:
        table: of the part.
        column: where the keys stand, a text.
        source: the column with the names.
        key: makes one of the other, such as `core.collation.sort_key`.
        length: of the column.
    """

    reduces_to_sql = False

    def __init__(self, table: str, column: str, source: str, key: Callable[[str], str], length: int = 200) -> None:
        self._table, self._column, self._source = table, column, source
        self._key, self._length = key, length

    def describe(self) -> str:
        return f"Keys of {self._table}.{self._source} in {self._column}"

    async def database_forward(
        self, app_label: str, old_state: State | None, new_state: State | None, state_editor: Any = None
    ) -> None:
        client, word = state_editor.client, dialect().param
        if dialect().name == "postgres":
            kind = f'VARCHAR({self._length}) COLLATE "C"'
            await client.execute_script(f'ALTER TABLE "{self._table}" ALTER COLUMN "{self._column}" TYPE {kind}')
        last = 0
        while found := await self._rows_after(client, last):
            for row in found:
                if (key := self._key(row["source"])) != row["known"]:
                    sql = f'UPDATE "{self._table}" SET "{self._column}" = {word(1)} WHERE id = {word(2)}'
                    await client.execute_query(sql, [key, row["id"]])
            last = found[-1]["id"]

    async def _rows_after(self, client: Any, last: int) -> list[dict[str, Any]]:
        sql = (
            f'SELECT id, "{self._source}" AS source, "{self._column}" AS known FROM "{self._table}" '
            f"WHERE id > {dialect().param(1)} ORDER BY id LIMIT 1000"
        )
        found: list[dict[str, Any]] = await client.execute_query_dict(sql, [last])
        return found
