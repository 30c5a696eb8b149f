"""Maintenance: operators work, everybody else reads that the site is back soon.

It is a row of `core.models.Setting`, so that it outlives a restart; each process keeps it (`core.followed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from core import audit, current
from core.db import after_commit, atomic
from core.errors import Conflict, UnderMaintenance
from core.i18n import gettext
from core.models import Setting
from core.permissions import Asker

if TYPE_CHECKING:
    from core.accounts.viewer import Viewer
    from core.http import Route
    from core.parts import LoadedPart

TOPIC = "core:maintenance"
PART = "core.maintenance"  # of the row; no plugin's name has a dot
LONGEST = 300  # characters of what people are told
MOST_MINUTES = 24 * 60
_ACCOUNTS = frozenset(
    {
        *("sign_in", "sign_in.create", "sign_out", "factor", "factor.create", "acting.delete"),
        *("passkey_sign_in.create", "passkey_challenge.create", "provider.create", "provider.callback"),
    }
)
"""The public routes of accounts that stay open, so that operators come in; those that come later are closed."""


@dataclass(frozen=True, slots=True)
class Closure:
    """That the site is closed.

    Args:
        message: what people are told besides; "" for nothing.
        until: when it is likely to be open again; it opens when an operator opens it.
        by: the name of who closed it, "" for the command line.
    """

    message: str
    until: datetime
    by: str = ""


async def read_closure() -> Closure | None:
    """That the site is closed, or None."""
    row = await Setting.get_or_none(scope="site", owner_id=0, part=PART)
    try:
        return _closure(row.values) if row and row.values else None
    except (KeyError, TypeError, ValueError):
        return Closure("", datetime.now(UTC))  # what cannot be read was written to close the site


async def close_site(*, minutes: int, message: str = "", actor: Asker | None) -> None:
    """Let in operators alone, until `open_site`. What was said before is replaced.

    Args:
        minutes: how long it is likely to take.
        message: what people read besides.
        actor: the operator; None for the command line.
    """
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=min(max(minutes, 1), MOST_MINUTES))
    by = str(getattr(actor, "name", ""))
    said: dict[str, object] = {"message": message.strip()[:LONGEST], "until": until.isoformat(), "by": by}
    async with atomic():
        row = await _locked()
        before, row.values = row.values, said
        await row.save(update_fields=["values"])
        await audit.record("core.maintenance_begun", actor=actor, before=_told(before), after=_told(said))
        after_commit(current.app().maintenance.tell)


async def open_site(*, actor: Asker | None) -> None:
    """Let everybody in again.

    Raises:
        Conflict: when it is open already, such as by another operator.
    """
    async with atomic():
        row = await _locked()
        if not row.values:
            raise Conflict(gettext("The site is open."))
        before, row.values = row.values, {}
        await row.save(update_fields=["values"])
        await audit.record("core.maintenance_ended", actor=actor, before=_told(before))
        after_commit(current.app().maintenance.tell)


def refuse_while_closed(viewer: Viewer, part: LoadedPart, route: Route) -> None:
    """Nobody but operators comes in while the site is closed; every request passes here.

    Raises:
        UnderMaintenance: with what people are told.
    """
    closure = current.app().maintenance.value
    if closure is None or viewer.is_operator or viewer.operator_id is not None or _is_open(part, route):
        return
    left = (closure.until - datetime.now(UTC)).total_seconds()
    raise UnderMaintenance(closure.message, retry_after=round(min(max(left, 60), 3600)), until=closure.until)


def _is_open(part: LoadedPart, route: Route) -> bool:
    return route.public and (part.name == "core" or (part.name == "accounts" and route.name in _ACCOUNTS))


def _closure(values: dict[str, Any]) -> Closure:
    return Closure(str(values["message"]), datetime.fromisoformat(str(values["until"])), str(values.get("by", "")))


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("message", "until") if name in values}


async def _locked() -> Setting:
    key: dict[str, Any] = {"scope": "site", "owner_id": 0, "part": PART}
    await Setting.bulk_create([Setting(**key)], ignore_conflicts=True)
    return await Setting.filter(**key).select_for_update().get()
