"""Answering a request to join with a ban."""

from __future__ import annotations

from datetime import datetime

from core import audit
from core.accounts.models import User
from core.db import atomic
from spaces.models import Club
from spaces.services.actors import Actor, asker
from spaces.services.bans import ban_member
from spaces.services.join_requests import take_request


async def refuse_and_ban(
    club: Club, request_id: int, reason: str, until: datetime | None = None, *, actor: Actor | None
) -> User:
    """Answer a request with no and keep whoever asked out; answers who. They read the reason in one mail.

    Args:
        club: the club.
        request_id: the request.
        reason: why, 1 to 500 characters.
        until: when the ban ends; None for good.
        actor: who decides.

    Raises:
        NotFound: when another moderator has answered already, or the request was taken back.
        Conflict: when they are banned already, and for oneself.
        Invalid: for a missing or too long reason, or a day that has passed, naming the field.
        TooMany: above 60 bans an hour by one person.
    """
    async with atomic():
        user = await take_request(club, request_id)
        await audit.record("spaces.request_refused", actor=asker(actor), subject=user.name, club_id=club.id)
        await ban_member(club, user, reason, until, actor=actor)
    return user
