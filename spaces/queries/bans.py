"""Reads about bans: who may not come into a club at the moment."""

from __future__ import annotations

from datetime import UTC, datetime

from tortoise.expressions import Q

from core.accounts.models import User
from spaces.models import Ban, Club, JoinRequest
from spaces.queries.people import get_member

MOST = 200


def holds() -> Q:
    """The condition for bans whose time is not over."""
    return Q(Q(until=None), Q(until__gt=datetime.now(UTC)), join_type=Q.OR)


async def list_bans(club: Club, limit: int = MOST) -> list[Ban]:
    """Bans whose time is not over, the last one first, with whom they concern and who decided."""
    found = Ban.filter(holds(), club_id=club.id).order_by("-id").limit(limit)
    return await found.select_related("user", "decided_by")


async def bannable(club: Club, handle: str) -> User:
    """Somebody who asks to become a member, or is one.

    Raises:
        NotFound: when they are neither.
    """
    asking = await JoinRequest.get_or_none(club_id=club.id, user__handle=handle[:40]).select_related("user")
    return asking.user if asking is not None else (await get_member(club, handle)).user
