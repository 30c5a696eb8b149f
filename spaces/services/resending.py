"""Sending an invitation by mail once more, with a new link."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q

from core import audit, current
from core.accounts.sessions import digest
from core.db import atomic
from core.errors import Conflict, NotFound
from core.i18n import gettext
from spaces.models import Club, Invitation, Membership
from spaces.queries.standing import stands
from spaces.services.actors import Actor, asker, require_reach
from spaces.services.invitation_mail import mail_invitation
from spaces.services.invitation_rows import DAYS_BY_MAIL
from spaces.services.invitations import INVITES_AN_HOUR

PAUSE = timedelta(minutes=10)


async def resend_invitation(club: Club, invitation_id: int, *, actor: Actor) -> Invitation:
    """Send an invitation again; it holds for 14 days from now, and its earlier link ends. The actor is its inviter from now on.

    Args:
        club: the club.
        invitation_id: of one by mail that nobody used, also when its time is over.
        actor: who sends it.

    Raises:
        NotFound: when it was used or withdrawn.
        Forbidden: when its role stands above the actor's.
        Conflict: when it was sent within the last ten minutes, or its address belongs to a member.
    """
    await current.app().limits.hit(INVITES_AN_HOUR, actor.id)
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    async with atomic():
        unused = Invitation.filter(id=invitation_id, club_id=club.id, withdrawn_at=None, uses_left__gt=0).exclude(
            email=""
        )
        found = await unused.first()
        if found is None:
            raise NotFound(gettext("This invitation has ended already."))
        await require_reach(club, found.role, actor=actor)
        if await Membership.filter(stands(), club_id=club.id, user__email=found.email).exists():
            raise Conflict(gettext("The person with this address is a member already."))
        rested = Q(sent_at__isnull=True) | Q(sent_at__lte=now - PAUSE)
        fresh = {"token_hash": digest(secret), "sent_at": now, "expires_at": now + timedelta(days=DAYS_BY_MAIL)}
        if not await unused.filter(rested, token_hash=found.token_hash).update(inviter_id=actor.id, **fresh):
            raise Conflict(gettext("This invitation was sent a moment ago. Wait ten minutes before you send it again."))
        before = {"inviter_id": found.inviter_id, "until": found.expires_at.isoformat()}
        found.update_from_dict({**fresh, "inviter_id": actor.id})
        await audit.record(
            "spaces.invitation_resent",
            actor=asker(actor),
            subject=found.email,
            club_id=club.id,
            before=before,
            after={"inviter_id": actor.id, "until": found.expires_at.isoformat()},
        )
        await mail_invitation(found, club, secret, actor=actor)
    return found
