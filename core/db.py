"""The database: configuration from the parts, start and stop, `atomic()`, migrations of one part at a time.

SQLite and PostgreSQL are equals here; the few words in which their SQL differs are on `Dialect`.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tortoise import Tortoise
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection, get_connections
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from core.errors import SettingsError

logger = logging.getLogger("cercle.db")

CONNECTION = "default"
_MIGRATING = 2009  # the number of PostgreSQL's advisory lock
AfterCommit = Callable[[], Awaitable[None] | None]
BeforeCommit = Callable[[], Awaitable[None]]
_after_commit: ContextVar[list[AfterCommit] | None] = ContextVar("cercle_after_commit", default=None)
_before_commit: ContextVar[list[BeforeCommit] | None] = ContextVar("cercle_before_commit", default=None)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words in which the SQL of the two databases differs."""

    name: str
    join_text: str
    json_list: str
    json_row: str
    position: str

    def param(self, number: int) -> str:
        """The placeholder of the parameter with this number, counted from 1."""
        return f"${number}" if self.name == "postgres" else "?"


SQLITE = Dialect("sqlite", "group_concat", "json_group_array", "json_array", "instr")
POSTGRES = Dialect("postgres", "string_agg", "json_agg", "json_build_array", "strpos")


@dataclass(frozen=True, slots=True)
class AppTables:
    """Where one part keeps its models and migrations.

    Args:
        label: the Tortoise app label, which is the part's name.
        models: importable name of the models module.
        migrations: importable name of the migrations package, or None where there is none yet.
    """

    label: str
    models: str
    migrations: str | None


def tortoise_config(url: str, apps: Sequence[AppTables]) -> dict[str, Any]:
    """The configuration that Tortoise takes, for a database address and the tables of the parts."""
    return {
        "connections": {CONNECTION: _connection(url)},
        "apps": {app.label: _app(app) for app in apps},
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def opened(url: str, apps: Sequence[AppTables]) -> AsyncIterator[TortoiseContext]:
    """Hold the database open, visible to every task of this process (uvicorn runs requests outside the lifespan's context).

    Raises:
        SettingsError: when the database does not answer.
    """
    EXECUTOR_CACHE.clear()  # Tortoise 1.1.9 keeps one database's statements for the next one of this process
    context = await Tortoise.init(config=tortoise_config(url, apps), _enable_global_fallback=True)
    try:
        await _refuse_silent_database(url)
        yield context
    finally:
        await Tortoise.close_connections()


@asynccontextmanager
async def alone(folder: Path) -> AsyncIterator[None]:
    """Keep other processes of this site waiting that ask for the same; for migrations.

    Args:
        folder: of the site's data, where the embedded database is.
    """
    client = get_connection(CONNECTION)
    if client.capabilities.dialect == "postgres":
        async with client.acquire_connection() as connection:
            await connection.execute(f"SELECT pg_advisory_lock({_MIGRATING})")
            try:
                yield
            finally:
                await connection.execute(f"SELECT pg_advisory_unlock({_MIGRATING})")
        return
    with (folder / "migrate.lock").open("w") as file:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield


async def fits(url: str, apps: Sequence[AppTables]) -> Exception | None:
    """Why the models of these parts cannot be used together, or None when they can. The database is not touched."""
    try:
        await Tortoise.init(config=tortoise_config(url, apps), init_connections=False)
    except Exception as error:  # noqa: BLE001 - the answer is the error
        return error
    return None


def dialect() -> Dialect:
    """The dialect of the open database."""
    return POSTGRES if get_connection(CONNECTION).capabilities.dialect == "postgres" else SQLITE


async def rows(sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
    """Read rows with plain SQL, for the few queries where one round trip decides.

    Args:
        sql: with the placeholders of the dialect (`dialect().param(1)`); never with values pasted in.
        values: the parameters, in order.
    """
    return await get_connection(CONNECTION).execute_query_dict(sql, list(values))


async def execute(sql: str, values: Sequence[object] = ()) -> int:
    """Change rows with plain `UPDATE` or `DELETE`; answers how many were touched (not so for `INSERT` on PostgreSQL)."""
    count, _ = await get_connection(CONNECTION).execute_query(sql, list(values))
    return count


@asynccontextmanager
async def atomic() -> AsyncIterator[None]:
    """One transaction: everything inside happens, or nothing does.

    Nested uses become part of the outermost one. What was passed to `before_commit` runs at the end of that one, what was passed
    to `after_commit` once it is committed.
    """
    if _after_commit.get() is not None:
        yield
        return
    callbacks: list[AfterCommit] = []
    steps: list[BeforeCommit] = []
    token, other = _after_commit.set(callbacks), _before_commit.set(steps)
    try:
        async with _transaction():
            yield
            for step in steps:  # a step may add others at the end
                await step()
    finally:
        _after_commit.reset(token)
        _before_commit.reset(other)
    for callback in callbacks:
        await _run(callback)


def after_commit(callback: AfterCommit) -> None:
    """Call this once the running transaction is committed; outside of one, the caller is wrong.

    Raises:
        RuntimeError: when there is no transaction.
    """
    callbacks = _after_commit.get()
    if callbacks is None:
        raise RuntimeError("after_commit() and announce() belong inside `async with atomic()`")
    callbacks.append(callback)


def before_commit(callback: BeforeCommit) -> None:
    """Do this at the end of the running transaction, inside of it, in the order in which it was asked for. What it raises undoes
    everything, and it does not run when the transaction fails before.

    Raises:
        RuntimeError: when there is no transaction.
    """
    steps = _before_commit.get()
    if steps is None:
        raise RuntimeError("before_commit() belongs inside `async with atomic()`")
    steps.append(callback)


def in_atomic() -> bool:
    """Whether the calling task is inside `atomic()`."""
    return _after_commit.get() is not None


@asynccontextmanager
async def _transaction() -> AsyncIterator[None]:
    """Tortoise 1.1.9 never gives back the pooled connection of a task that is cancelled while its transaction begins."""
    context: Any = in_transaction(CONNECTION)
    try:
        await context.__aenter__()
    except BaseException:
        client = getattr(context, "client", None)
        if client is not None and client._connection is not None:
            await client._parent._pool.release(client._connection)
            if hasattr(context, "token"):
                get_connections().reset(context.token)
        raise
    async with AsyncExitStack() as stack:
        stack.push_async_exit(context)
        yield


async def _run(callback: AfterCommit) -> None:
    try:
        answer = callback()
        if answer is not None:
            await answer
    except Exception:
        logger.exception("A call after the commit failed; the sweep will do its work")


def _connection(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite://")
        return {
            "engine": "core.sqlite",
            "credentials": {"file_path": path, "busy_timeout": 15_000, "synchronous": "FULL", "cache_size": -32_000},
        }
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "engine": "tortoise.backends.asyncpg",
        "credentials": {
            "host": options.pop("host", None) or parts.hostname or "127.0.0.1",
            "port": parts.port or 5432,
            "user": unquote(parts.username or "") or None,
            "password": unquote(parts.password or "") or None,
            "database": parts.path.lstrip("/"),
            "minsize": 1,
            "maxsize": int(options.pop("maxsize", 10)),
            "server_settings": {"jit": "off"},  # compiling a statement takes longer than running any of ours
            **options,
        },
    }


def _app(app: AppTables) -> dict[str, Any]:
    settings: dict[str, Any] = {"models": [app.models], "default_connection": CONNECTION}
    if app.migrations:
        settings["migrations"] = app.migrations
    return settings


async def _refuse_silent_database(url: str) -> None:
    try:
        await rows("SELECT 1 AS one")
    except Exception as error:
        name = "the SQLite file" if url.startswith("sqlite") else "PostgreSQL"
        raise SettingsError(f"CERCLE_DATABASE_URL: {name} does not answer: {error}") from error
