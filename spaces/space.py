"""A club's room for stored bytes: who comes in needs some, who goes gives it back. All plugins count into the same."""

from __future__ import annotations

from core import current
from core.db import dialect, execute, rows
from core.errors import TooLarge
from core.i18n import filesize, gettext
from spaces.models import Club

_RULES = 2010  # the number of PostgreSQL's advisory lock


async def take_space(club_id: int, size: int) -> None:
    """Count bytes that come in, in the transaction that saves what needs them.

    Args:
        club_id: the club.
        size: bytes.

    Raises:
        TooLarge: when they do not fit into the club's quota.
    """
    sql = _sql(
        "UPDATE spaces_club SET storage_used = storage_used + CAST({} AS BIGINT) "
        "WHERE id = {} AND storage_used + CAST({} AS BIGINT) <= COALESCE(quota, {})"
    )
    default = current.app().settings.club_quota
    if await execute(sql, [size, club_id, size, default]):
        return
    club = await Club.get(id=club_id).only("id", "quota")
    raise no_space(club)


async def give_space(club_id: int, size: int) -> None:
    """Count bytes that are gone for good, in the transaction that deletes what needed them."""
    await execute(
        _sql(
            "UPDATE spaces_club SET storage_used = CASE WHEN storage_used > CAST({} AS BIGINT) "
            "THEN storage_used - CAST({} AS BIGINT) ELSE 0 END WHERE id = {}"
        ),
        [size, size, club_id],
    )


async def lock_club(club_id: int) -> None:
    """Let nobody else who asks for this lock go on until the running transaction ends."""
    await execute(_sql("UPDATE spaces_club SET storage_used = storage_used WHERE id = {}"), [club_id])


async def hold_switches(club_id: int | None) -> None:
    """Let nobody else change what holds in a club, or in any club, until the running transaction ends: switches, policies,
    rights, plans. What follows from them is written by whoever has read them all, alone. SQLite has one writer anyway.

    Args:
        club_id: the club; None for a change of rules for many clubs, which waits for those of single clubs.
    """
    if dialect().name != "postgres":
        return
    await rows(f"SELECT pg_advisory_xact_lock{'' if club_id is None else '_shared'}({_RULES})")
    if club_id is not None:
        await lock_club(club_id)


def quota_of(club: Club) -> int:
    """How many bytes the club may keep."""
    own: int | None = club.quota
    return own if own is not None else int(current.app().settings.club_quota)


def space_left(club: Club) -> int:
    """How many bytes still fit, as far as the loaded club knows."""
    return max(0, quota_of(club) - int(club.storage_used))


def no_space(club: Club) -> TooLarge:
    """What somebody is told whose file does not fit."""
    return TooLarge(
        gettext(
            "There is no room for this: the club has used its %(quota)s. Empty the trash, or ask the operator for more.",
            quota=filesize(quota_of(club)),
        )
    )


def _sql(text: str) -> str:
    words = dialect()
    return text.format(*(words.param(number) for number in range(1, text.count("{}") + 1)))
