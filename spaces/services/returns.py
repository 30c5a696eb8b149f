"""The way back after a membership ended a moment ago: a signed slip that whoever ended it can hand in again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from core import current
from core.accounts.models import User
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import Conflict, NotFound
from core.i18n import gettext
from core.permissions import require
from spaces.gate import access_for
from spaces.models import Club, Membership
from spaces.permissions import MANAGE_MEMBERS
from spaces.services.actors import require_reach
from spaces.services.memberships import Coming, insert_member

SLIP_LASTS = 600  # seconds


def slip_for(member: Membership, *, actor: Viewer) -> str:
    """A slip that brings this membership back, good for ten minutes and for the actor alone.

    Args:
        member: as it was before it ended.
        actor: who ended it.
    """
    ends = member.expires_at.isoformat() if member.expires_at else None
    kept = [member.joined_at.isoformat(), member.came_by, member.invited_by_id, ends, member.is_muted, member.position]
    facts = [member.club_id, member.user_id, member.role, kept, actor.id]
    return str(_serializer().dumps(facts))


async def hand_in(slip: str, *, actor: Viewer) -> tuple[Club, User]:
    """Bring a membership back as it was; answers whose and where. Who left comes back; others need the right they used.

    Raises:
        NotFound: when the slip is old, forged, somebody else's, or its club or person is gone.
        Forbidden: when the actor may not manage the members any more.
        Conflict: when the person belongs to the club again already.
    """
    club_id, user_id, role, (joined_at, came_by, invited_by, ends, is_muted, position), by = _read(slip)
    club = await Club.get_or_none(id=club_id, deleted_at=None)
    user = await User.get_or_none(id=user_id, is_active=True)
    until = datetime.fromisoformat(ends) if ends else None
    if club is None or user is None or by != actor.id or (until is not None and until <= datetime.now(UTC)):
        raise _too_late()
    async with atomic():
        if user_id != actor.id:
            manager = await access_for(current.app(), club, user_id=actor.id, is_operator=actor.is_operator)
            require(manager, MANAGE_MEMBERS, club)
            await require_reach(club, role, actor=actor)
        coming = Coming(came_by, invited_by, until)
        if not await insert_member(club, user_id, role, actor=actor, coming=coming):
            raise Conflict(gettext("%(name)s belongs to this club already.", name=user.name))
        await Membership.filter(club_id=club_id, user_id=user_id).update(
            joined_at=datetime.fromisoformat(joined_at), is_muted=is_muted, position=position
        )
    return club, user


def _read(slip: str) -> tuple[int, int, str, list[Any], int]:
    try:
        club_id, user_id, role, kept, by = _serializer().loads(slip, max_age=SLIP_LASTS)
    except (BadSignature, ValueError, TypeError):
        raise _too_late() from None
    return club_id, user_id, role, kept, by


def _too_late() -> NotFound:
    return NotFound(gettext("It is too late to take this back."))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current.app().settings.secret_key, salt="membership")
