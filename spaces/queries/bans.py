"""Reads about bans: who may not come into a club at the moment."""

from __future__ import annotations

from datetime import UTC, datetime

from tortoise.expressions import Q

from core.accounts.models import User
from core.errors import NotFound
from core.i18n import gettext
from spaces.models import Ban, Club, JoinRequest
from spaces.queries.people import get_member

MOST = 200


def holds() -> Q:
    """The condition for bans whose time is not over."""
    return Q(Q(until=None), Q(until__gt=datetime.now(UTC)), join_type=Q.OR)


async def list_bans(club: Club, limit: int = MOST, *, before: int | None = None) -> list[Ban]:
    """Bans whose time is not over, the last one first, with whom they concern and who decided.

    Args:
        club: the club.
        limit: how many at most.
        before: the id of the last one of the page before.
    """
    found = Ban.filter(holds(), club_id=club.id)
    if before is not None:
        found = found.filter(id__lt=before)
    return await found.order_by("-id").limit(limit).select_related("user", "decided_by")


async def get_ban(club: Club, ban_id: int) -> Ban:
    """One ban whose time is not over, with the same.

    Raises:
        NotFound: when the club has no such ban any more.
    """
    found = await Ban.get_or_none(holds(), id=ban_id, club_id=club.id).select_related("user", "decided_by")
    if found is None:
        raise NotFound(gettext("This ban has ended already."))
    return found


async def bannable(club: Club, handle: str) -> User:
    """Somebody who asks to become a member, or is one.

    Raises:
        NotFound: when they are neither.
    """
    asking = await JoinRequest.get_or_none(club_id=club.id, user__handle=handle[:40]).select_related("user")
    return asking.user if asking is not None else (await get_member(club, handle)).user
