"""The full-text index: what a database must be able to do, and which one does it here."""

from __future__ import annotations

from cercle import dialect
from plugins.search.index.entries import Entry
from plugins.search.index.interface import Index
from plugins.search.index.postgres import PostgresIndex
from plugins.search.index.sqlite import SqliteIndex

__all__ = ["Entry", "Index", "index_here"]

_INDEXES: dict[str, Index] = {"postgres": PostgresIndex(), "sqlite": SqliteIndex()}


def index_here() -> Index:
    """The index of the open database."""
    return _INDEXES[dialect().name]
