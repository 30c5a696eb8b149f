"""Indexes for migrations that the ORM has no words for: of some rows only, or in an order of their own."""

from __future__ import annotations

from typing import Any

from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_generator.state import State

from core.db import dialect


class ExactIndex(TortoiseOperation):
    """Makes an index as it is written down here.

    Args:
        name: of the index, one in the whole database.
        table: of the part.
        columns: with their order, such as `seen_at DESC NULLS LAST, id DESC`. SQLite puts what is empty last where it goes down,
            and has no words for it.
        where: which rows it holds, all without one.
    """

    def __init__(self, name: str, table: str, columns: str, where: str = "") -> None:
        self._name, self._table, self._columns, self._where = name, table, columns, where

    def describe(self) -> str:
        return f"Index {self._name} of {self._table}"

    async def database_forward(
        self, app_label: str, old_state: State | None, new_state: State | None, state_editor: Any = None
    ) -> None:
        columns = self._columns if dialect().name == "postgres" else self._columns.replace(" NULLS LAST", "")
        where = f" WHERE {self._where}" if self._where else ""
        await state_editor.client.execute_script(
            f'CREATE INDEX IF NOT EXISTS "{self._name}" ON "{self._table}" ({columns}){where}'
        )

    async def database_backward(
        self, app_label: str, old_state: State | None, new_state: State | None, state_editor: Any = None
    ) -> None:
        await state_editor.client.execute_script(f'DROP INDEX IF EXISTS "{self._name}"')
