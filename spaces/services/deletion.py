"""Deleting a club: out of sight at once, erased when CERCLE_CLUB_PURGE_DAYS have passed, brought back by an owner until then.

The wish is an `Erasure` of the whole club, which says when, by whom and, afterwards, what went.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core import audit, current
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import Conflict, FactorNeeded, NotFound
from core.i18n import gettext
from spaces.models import Club, Erasure
from spaces.queries.erasing import WHOLE
from spaces.services.actors import Actor, actor_id, asker, refuse_acting
from spaces.services.merging_now import refuse_merging
from spaces.space import lock_club

TELL = "spaces.tell_of_deletions"


async def delete_club(club: Club, *, actor: Actor | None) -> None:
    """Take a club away from everybody; its members are told. Deleted twice, the first time counts.

    Args:
        club: the club; its owners, or an operator, can bring it back until it is erased.
        actor: an owner or operator; None for a command on the machine.
    """
    refuse_acting(actor)
    now = datetime.now(UTC)
    due = now + timedelta(days=current.app().settings.club_purge_days)
    async with atomic():
        await lock_club(club.id)
        await refuse_merging(club)
        if await Club.filter(id=club.id, deleted_at=None).update(deleted_at=now, purge_at=due):
            await Erasure.create(
                club_id=club.id,
                club_name=club.name,
                plugin=WHOLE,
                asked_by=str(getattr(actor, "name", ""))[:120],
                asked_by_id=actor_id(actor),
                due_at=due,
                report={"telling": {"what": "deleted", "after": 0}},
            )
            await _record("spaces.club_deleted", club, actor, deleted=True, purge_at=due.isoformat())
            await current.app().jobs.nudge(TELL)
    club.deleted_at, club.purge_at = now, due


async def bring_back(club_id: int, *, actor: Viewer) -> Club:
    """Bring a deleted club back, as one of its owners; answers it. It is archived if it was.

    Raises:
        NotFound: when the actor owns no such club, or it is erased.
        FactorNeeded: when the club lets its members in with a second factor only, and it was not given.
        Conflict: when it is being erased already.
    """
    refuse_acting(actor)
    mine = {"memberships__user_id": actor.id, "memberships__role": "owner"}
    club = await Club.filter(id=club_id, deleted_at__isnull=False, **mine).first() if actor.id else None
    if club is None:
        raise NotFound()
    if club.needs_factor and not actor.is_strong:
        raise FactorNeeded(
            gettext("%(club)s lets its members in with a second factor only.", club=club.name), club=club.name
        )
    async with atomic():
        await withdraw_deletion(club, actor=actor)
        if await Club.filter(id=club.id, deleted_at__isnull=False).update(deleted_at=None, purge_at=None):
            await _record("spaces.club_restored", club, actor, deleted=False)
    club.deleted_at = club.purge_at = None
    return club


async def withdraw_deletion(club: Club, *, actor: Actor | None) -> None:
    """Take the erasure of a deleted club back, in the running transaction; the members are told. Nothing where none waits.

    Raises:
        Conflict: when it has begun.
    """
    await lock_club(club.id)
    erasure = await Erasure.filter(club_id=club.id, plugin=WHOLE, done_at=None, withdrawn_at=None).first()
    if erasure is None:
        return
    if erasure.begun_at is not None:
        raise Conflict(
            gettext("%(club)s is being erased at this moment. It cannot be brought back any more.", club=club.name)
        )
    erasure.withdrawn_at, erasure.withdrawn_by = datetime.now(UTC), str(getattr(actor, "name", ""))[:120]
    erasure.report = {"telling": {"what": "restored", "after": 0}}
    await erasure.save(update_fields=["withdrawn_at", "withdrawn_by", "report"])
    await current.app().jobs.nudge(TELL)


async def deleted_clubs_of(viewer: Viewer) -> list[Club]:
    """The deleted clubs that the viewer owns and can still bring back, the most urgent first; at most 100."""
    mine = Club.filter(deleted_at__isnull=False, memberships__user_id=viewer.id, memberships__role="owner")
    return await mine.order_by("purge_at", "id").limit(100) if viewer.id else []


async def _record(action: str, club: Club, actor: Actor | None, **after: object) -> None:
    await audit.record(action, actor=asker(actor), subject=club.slug, club_id=club.id, after=after)
