"""Reads of the audit log for the console: filtered, newest first. Only behind `site.operate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q

from core.accounts.models import User
from core.collation import fold
from core.models import AuditEntry
from spaces.models import Club

MOST_ACTORS = 100
LONGEST_ACTION, LONGEST_SLUG, LONGEST_HANDLE, LONGEST_EMAIL = 80, 60, 40, 254  # of what the columns hold


@dataclass(frozen=True, slots=True)
class LogSought:
    """Which rows of the log are asked for.

    Args:
        actor: part of a name, a handle, an address or the number of an account; "" for everybody.
        action: a whole action, or the beginning of several that ends with a dot; "" for all.
        club: the address of a club; "" for all, and for what concerns none.
        since: the first moment.
        until: the moment before which it ends.
    """

    actor: str = ""
    action: str = ""
    club: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def list_log(sought: LogSought, *, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
    """Rows of the log, newest first; one more than the limit when there are more.

    Args:
        sought: which.
        before: the id that the page before ended with.
        limit: how many.
    """
    condition = await _condition(sought)
    if condition is None:
        return []
    found = AuditEntry.filter(condition) if before is None else AuditEntry.filter(condition, id__lt=before)
    return await found.order_by("-id").limit(limit + 1)


async def clubs_of_log(entries: Sequence[AuditEntry]) -> dict[int, Club]:
    """The clubs that rows of the log concern, as far as they are there, by id."""
    wanted = {entry.club_id for entry in entries if entry.club_id is not None}
    found = await Club.filter(id__in=sorted(wanted)).only("id", "slug", "name") if wanted else []
    return {club.id: club for club in found}


async def _condition(sought: LogSought) -> Q | None:
    """None where nothing can be found."""
    if len(sought.action) > LONGEST_ACTION or len(sought.club) > LONGEST_SLUG:
        return None
    wanted = Q()
    if sought.action:
        wanted &= Q(action__startswith=sought.action) if sought.action.endswith(".") else Q(action=sought.action)
    if sought.since is not None:
        wanted &= Q(at__gte=sought.since)
    if sought.until is not None:
        wanted &= Q(at__lt=sought.until)
    if sought.club:
        club = await Club.get_or_none(slug=sought.club).only("id")
        if club is None:
            return None
        wanted &= Q(club_id=club.id)
    if sought.actor:
        actors = await _actors(sought.actor)
        if not actors:
            return None
        wanted &= Q(actor_id__in=actors)
    return wanted


async def _actors(text: str) -> list[int]:
    """The accounts that a text names; an erased one is found by its number."""
    if text.isascii() and text.isdigit():
        return [int(text)] if len(text) < 10 else []
    word, key = text.lower(), fold(text)
    meant = Q(email=word[:LONGEST_EMAIL])
    if len(word) <= LONGEST_HANDLE:
        meant |= Q(handle=word.lstrip("@"))
    if key:
        meant |= Q(sort_name__contains=key)
    return [user.id for user in await User.filter(meant).order_by("id").limit(MOST_ACTORS).only("id")]
