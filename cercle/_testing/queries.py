"""Counts the queries that a piece of a test makes, inside and outside of transactions, on both databases."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.asyncpg.client import TransactionWrapper as AsyncpgTransaction
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper

from core.sqlite import CercleSqliteClient, ImmediateTransaction

_CLIENTS = (
    SqliteClient,
    SqliteTransactionWrapper,
    CercleSqliteClient,
    ImmediateTransaction,
    AsyncpgDBClient,
    AsyncpgTransaction,
)
_METHODS = ("execute_insert", "execute_many", "execute_query", "execute_query_dict", "execute_script")
_seen: ContextVar[Queries | None] = ContextVar("cercle_queries", default=None)
_Execute = Callable[..., Awaitable[Any]]


@dataclass(slots=True)
class Queries:
    """The queries that were made, in their order."""

    sql: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.sql)


@contextmanager
def counted() -> Iterator[Queries]:
    """Note every query that this task makes, its requests to the application included."""
    seen = Queries()
    patches = [
        patch.object(client, name, _noting(vars(client)[name]))
        for client in _CLIENTS
        for name in _METHODS
        if name in vars(client)
    ]
    token = _seen.set(seen)
    for one in patches:
        one.start()
    try:
        yield seen
    finally:
        for one in patches:
            one.stop()
        _seen.reset(token)


def _noting(execute: _Execute) -> _Execute:
    @functools.wraps(execute)
    async def noting(client: Any, query: str, *values: Any) -> Any:
        seen = _seen.get()
        if seen is None:
            return await execute(client, query, *values)
        seen.sql.append(query)
        token = _seen.set(None)  # a client that hands on to its base class makes one query, not two
        try:
            return await execute(client, query, *values)
        finally:
            _seen.reset(token)

    return noting
