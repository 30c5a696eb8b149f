"""The audit log only grows: the database itself refuses to delete its rows, or to write them anew.

What may be done to a row is to take a person out of it who is erased: the name goes, or what was done with their account loses
its subject, before and after. Nothing can be put in their place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_generator.state import State

from core.db import dialect, execute

_TABLE = "core_audit_entry"
_FIXED = ("id", "at", "actor_id", "club_id", "action")
_TOLD = ("subject", "before", "after")
_REASON = "rows of the audit log stay as they were written"
_EVENTS = {"core_audit_deleted": "DELETE", "core_audit_changed": "UPDATE"}


def guards() -> list[str]:
    """The statements that begin to guard the log."""
    if dialect().name == "postgres":
        refuse = (
            "CREATE OR REPLACE FUNCTION core_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REASON}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        return [refuse, *(_postgres(name, event) for name, event in _EVENTS.items())]
    return [_sqlite(name, event) for name, event in _EVENTS.items()]


def _unguards() -> list[str]:
    table = f' ON "{_TABLE}"' if dialect().name == "postgres" else ""
    return [f"DROP TRIGGER IF EXISTS {name}{table}" for name in _EVENTS]


def _sqlite(name: str, event: str) -> str:
    when = "WHEN " + _is_forged("IS NOT", "") if event == "UPDATE" else ""
    return (
        f'CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON "{_TABLE}" {when} '
        f"BEGIN SELECT RAISE(ABORT, '{_REASON}'); END"
    )


def _postgres(name: str, event: str) -> str:
    when = f"WHEN ({_is_forged('IS DISTINCT FROM', '::text')})" if event == "UPDATE" else ""
    return (
        f'CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON "{_TABLE}" FOR EACH ROW {when} '
        "EXECUTE FUNCTION core_audit_refuse()"
    )


def _is_forged(differs: str, as_text: str) -> str:
    """The condition for a row that is something else than before, where that is more than to forget a person."""
    fixed = [f'NEW."{column}" {differs} OLD."{column}"' for column in _FIXED]
    told = " OR ".join(f'NEW."{column}" {differs} OLD."{column}"' for column in _TOLD)
    emptied = " AND ".join(f"NEW.\"{column}\"{as_text} = '{{}}'" for column in ("before", "after"))
    name = f"NEW.actor_name {differs} OLD.actor_name AND NEW.actor_name <> ''"
    return " OR ".join([*fixed, f"({name})", f"(({told}) AND NOT ({emptied}))"])


class GuardAuditLog(TortoiseOperation):
    """Has the database guard the audit log."""

    def describe(self) -> str:
        return "The audit log only grows"

    async def database_forward(
        self, app_label: str, old_state: State | None, new_state: State | None, state_editor: Any = None
    ) -> None:
        for statement in guards():
            await state_editor.client.execute_query(statement)

    async def database_backward(
        self, app_label: str, old_state: State | None, new_state: State | None, state_editor: Any = None
    ) -> None:
        for statement in _unguards():
            await state_editor.client.execute_query(statement)


@asynccontextmanager
async def unguarded() -> AsyncIterator[None]:
    """Let a backup fill the log; belongs inside `atomic()`, which takes everything back when it fails."""
    for statement in _unguards():
        await execute(statement)
    yield
    for statement in guards():
        await execute(statement)
