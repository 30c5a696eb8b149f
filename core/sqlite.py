"""The embedded database, tuned: writers wait for each other, short reads skip the thread.

Tortoise's own client opens transactions with a plain `BEGIN`, which lets two processes deadlock into "database is locked";
here they open with `BEGIN IMMEDIATE`. It also sends each read through a thread (about 107 us) and behind the lock of a
running transaction. Reads outside a transaction go to a second, read-only connection instead and run in place, each
with a budget of virtual machine steps; one that needs more is interrupted and runs again in the thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, cast

import aiosqlite
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

from core.memory import keep_freed_memory

STEPS_IN_PLACE = 20_000  # about one millisecond of reading
_STEP_SIZE = 1_000
SAFE_FOR_SEVERAL_WRITERS = (3, 51, 3)  # below it, a WAL reset can corrupt the file: sqlite.org/wal.html


class CercleSqliteClient(SqliteClient):
    """The client that `core.db` names as engine for `sqlite://` addresses."""

    def __init__(self, file_path: str, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self._reader: sqlite3.Connection | None = None
        self._slow_reader: aiosqlite.Connection | None = None
        self._steps_left = 0

    def _check_loop(self) -> bool:
        """The application opens and closes its database in one loop; asking which one runs is a system call each time."""
        return True

    async def create_connection(self, with_db: bool) -> None:
        first = self._connection is None
        await super().create_connection(with_db)
        if first and self.filename != ":memory:":
            keep_freed_memory()
            self._reader = self._open_reader()
            self._slow_reader = await aiosqlite.connect(self.filename, isolation_level=None)
            self._slow_reader.row_factory = sqlite3.Row
            await self._slow_reader.execute("PRAGMA query_only=ON")

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if self._slow_reader is not None:
            await self._slow_reader.close()
            self._slow_reader = None
        await super().close()

    @translate_exceptions
    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[str, Any]]]:
        if not _is_read(query):
            count, found = await super().execute_query(query, values)
            return int(count), found
        rows = await self._read(query, values)
        return len(rows), rows

    @translate_exceptions
    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        if not _is_read(query):
            return list(await super().execute_query_dict(query, values))
        return [dict(row) for row in await self._read(query, values)]

    def _in_transaction(self) -> TransactionContext:
        return ImmediateContext(ImmediateTransaction(self), self._lock)

    def _open_reader(self) -> sqlite3.Connection:
        reader = sqlite3.connect(self.filename, isolation_level=None, check_same_thread=False, cached_statements=512)
        reader.row_factory = sqlite3.Row
        for pragma, value in self.pragmas.items():
            if pragma != "journal_mode":
                reader.execute(f"PRAGMA {pragma}={value}")
        reader.execute("PRAGMA query_only=ON")
        reader.set_progress_handler(self._spend, _STEP_SIZE)
        return reader

    def _spend(self) -> int:
        self._steps_left -= _STEP_SIZE
        return int(self._steps_left <= 0)

    async def _read(self, query: str, values: list[Any] | None) -> Any:
        if self._connection is None:
            await self.create_connection(with_db=True)
        query = query.replace("\x00", "'||CHAR(0)||'")
        if self._reader is None or self._slow_reader is None:
            async with self.acquire_connection() as connection:
                return await connection.execute_fetchall(query, values)
        self._steps_left = STEPS_IN_PLACE
        try:
            return self._reader.execute(query, values or ()).fetchall()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_INTERRUPT:
                raise
        return await self._slow_reader.execute_fetchall(query, values or ())


class ImmediateContext(SqliteTransactionContext):
    """Gives the connection back when the transaction cannot even begin (Tortoise keeps the lock for ever then)."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            try:  # a BEGIN whose task was cancelled runs in the thread all the same
                await self.connection._connection.rollback()
            finally:
                self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return cast(TransactionalDBClient, self.connection)


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that takes the write lock at its start, so that it waits instead of failing half-way."""

    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error


client_class = CercleSqliteClient


def library_is_safe_for_several_writers() -> bool:
    """Whether the linked SQLite is free of the WAL-reset defect (fixed in 3.51.3)."""
    return sqlite3.sqlite_version_info >= SAFE_FOR_SEVERAL_WRITERS


def _is_read(query: str) -> bool:
    return query[:6].upper() == "SELECT"
