"""The tables of the index, which the ORM has no words for. They are no models: a backup leaves them out, and a job fills them."""

from __future__ import annotations

from typing import Any

from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_generator.state import State

from cercle import dialect

_COLUMNS = "title, notes, author, body, marks"
_STATE = "CREATE TABLE search_state (name VARCHAR(20) NOT NULL PRIMARY KEY, value BIGINT NOT NULL)"
_OPEN = (
    "CREATE TABLE search_open (id {number} NOT NULL PRIMARY KEY REFERENCES spaces_club_plugin (id) ON DELETE CASCADE)"
)
_INDEXES = (
    "CREATE INDEX search_entry_updated ON search_entry (updated_at)",
    "CREATE INDEX search_entry_round ON search_entry (round, id)",
)
_STATES = "INSERT INTO search_state (name, value) VALUES " + ", ".join(
    f"('{name}', {value})" for name, value in {"looked": 0, "round": 1, "rebuild": 0, "removed": 0, "tidied": 0}.items()
)


def tables() -> list[str]:
    """The statements that make the index, empty."""
    return [*(_postgres() if dialect().name == "postgres" else _sqlite()), *_INDEXES, _STATE, _STATES]


def no_tables() -> list[str]:
    """The statements that remove it."""
    first = [] if dialect().name == "postgres" else ["DROP TABLE search_vocabulary", "DROP TABLE search_text"]
    return [*first, *(f"DROP TABLE search_{name}" for name in ("entry", "open", "state"))]


def _postgres() -> list[str]:
    entry = (
        "CREATE TABLE search_entry (id BIGINT NOT NULL PRIMARY KEY REFERENCES spaces_content (id) ON DELETE CASCADE, "
        "digest VARCHAR(24) NOT NULL, updated_at TIMESTAMPTZ NOT NULL, round INT NOT NULL, "
        "is_open BOOLEAN NOT NULL, terms TSVECTOR NOT NULL) WITH (toast_tuple_target = 128)"
    )
    return [
        entry,
        "CREATE INDEX search_entry_terms ON search_entry USING GIN (terms) WITH (fastupdate = off)",
        "CREATE INDEX search_entry_open ON search_entry USING GIN (terms) WITH (fastupdate = off) WHERE is_open",
        _OPEN.format(number="INT"),
    ]


def _sqlite() -> list[str]:
    old = ", ".join(f"old.{name}" for name in _COLUMNS.split(", "))
    new = old.replace("old.", "new.")
    remove = f"INSERT INTO search_text (search_text, rowid, {_COLUMNS}) VALUES ('delete', old.id, {old});"
    remove += " UPDATE search_state SET value = value + 1 WHERE name = 'removed';"
    add = f"INSERT INTO search_text (rowid, {_COLUMNS}) VALUES (new.id, {new});"
    texts = ", ".join(f"{name} TEXT NOT NULL" for name in _COLUMNS.split(", "))
    entry = (
        "CREATE TABLE search_entry (id INTEGER NOT NULL PRIMARY KEY REFERENCES spaces_content (id) ON DELETE CASCADE, "
        f"digest VARCHAR(24) NOT NULL, updated_at TIMESTAMP NOT NULL, round INT NOT NULL, {texts})"
    )
    text = (
        f"CREATE VIRTUAL TABLE search_text USING fts5({_COLUMNS}, content='search_entry', content_rowid='id', "
        "prefix='3', detail=column, tokenize=\"ascii tokenchars '/='\")"
    )
    return [
        entry,
        text,
        "CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab(search_text, row)",
        f"CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN {add} END",
        f"CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN {remove} END",
        f"CREATE TRIGGER search_entry_changed AFTER UPDATE OF {_COLUMNS} ON search_entry BEGIN {remove} {add} END",
        _OPEN.format(number="INTEGER"),
    ]


class MakeIndex(TortoiseOperation):
    """Makes the tables of the index."""

    def describe(self) -> str:
        return "The full-text index"

    async def database_forward(
        self, app_label: str, old_state: State | None, new_state: State | None, state_editor: Any = None
    ) -> None:
        for statement in tables():
            await state_editor.client.execute_query(statement)

    async def database_backward(
        self, app_label: str, old_state: State | None, new_state: State | None, state_editor: Any = None
    ) -> None:
        for statement in no_tables():
            await state_editor.client.execute_query(statement)
