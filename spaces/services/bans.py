"""Bans: somebody may not be in a club, until a day or for good, and is told why."""

from __future__ import annotations

from datetime import UTC, datetime

from core import audit, current
from core.accounts.models import User
from core.db import atomic
from core.errors import Conflict, Invalid, NotFound
from core.i18n import N_, gettext
from core.limits import Rule
from core.mail import queue
from spaces.models import Ban, Club, Invitation, JoinRequest, Membership
from spaces.queries.bans import holds
from spaces.queries.standing import stands
from spaces.services.actors import Actor, actor_id, asker, require_reach
from spaces.services.barred import hold_club
from spaces.services.expiry import require_to_come
from spaces.services.member_mail import Letter, letter_for
from spaces.services.memberships import remove_member

LONGEST_REASON = 500
BANS_AN_HOUR = Rule("spaces.ban.user", "60 per hour")
_FOR_GOOD = Letter(
    N_("You are banned from %(club)s"),
    (
        N_("You cannot be in %(club)s any more, and cannot join it again."),
        N_("The reason that was given: %(reason)s"),
        N_("What you wrote there stays. If you think this is a mistake, write to the people who run the club."),
    ),
)
_UNTIL = Letter(
    _FOR_GOOD.subject,
    (N_("You cannot be in %(club)s before %(until)s. After that you may ask to join again."), *_FOR_GOOD.sentences[1:]),
)
_LIFTED = Letter(
    N_("You are no longer banned from %(club)s"),
    (N_("You may be in %(club)s again, in the ways in which people join it."),),
)


async def ban_member(club: Club, user: User, reason: str, until: datetime | None = None, *, actor: Actor | None) -> Ban:
    """Keep somebody out of a club: their membership, request and invitation end, and no way leads in until the ban does.

    They are told by mail, with the reason. Answers the ban.

    Args:
        club: the club.
        user: whom; a member or not.
        reason: why, 1 to 500 characters; they read it.
        until: when the ban ends; None for good.
        actor: who decides; None for the machine.

    Raises:
        Forbidden: when the person's role stands above the actor's.
        Conflict: for oneself, for the last owner, and when they are banned already.
        Invalid: for a missing or too long reason, or a day that has passed, naming the field.
        TooMany: above 60 bans an hour by one person.
    """
    said, decider = _checked(reason), actor_id(actor)
    require_to_come(until)
    if decider == user.id:
        raise Conflict(gettext("You cannot ban yourself. You can leave the club."))
    if decider is not None:
        await current.app().limits.hit(BANS_AN_HOUR, decider)
    async with atomic():
        await hold_club(club.id)
        place = await Membership.get_or_none(stands(), club_id=club.id, user_id=user.id)
        await require_reach(club, place.role if place else "guest", actor=actor)
        if await Ban.filter(holds(), club_id=club.id, user_id=user.id).exists():
            raise Conflict(gettext("%(name)s is banned from the club already.", name=user.name))
        ban = await _write(club, user, said, until, actor)
        if place is not None:
            await remove_member(club, user, actor=actor)
        await JoinRequest.filter(club_id=club.id, user_id=user.id).delete()
        letters = Invitation.filter(club_id=club.id, email=user.email, withdrawn_at=None)
        await letters.update(withdrawn_at=datetime.now(UTC))
        told = {"reason": said, "until": until}
        await queue(
            [letter_for(_UNTIL if until else _FOR_GOOD, club, user, key=f"spaces.banned:{ban.id}", values=told)]
        )
    return ban


async def lift_ban(club: Club, ban_id: int, *, actor: Actor | None) -> User:
    """Let somebody in again who was banned; answers whom. They are told by mail.

    Raises:
        NotFound: when the club has no such ban any more.
    """
    async with atomic():
        await hold_club(club.id)
        ban = await Ban.get_or_none(holds(), id=ban_id, club_id=club.id).select_related("user")
        if ban is None or not await Ban.filter(id=ban.id).delete():
            raise NotFound(gettext("This ban has ended already."))
        before = {"reason": ban.reason, "until": ban.until.isoformat() if ban.until else None}
        await audit.record(
            "spaces.ban_lifted", actor=asker(actor), subject=ban.user.name, club_id=club.id, before=before
        )
        await queue([letter_for(_LIFTED, club, ban.user, key=f"spaces.ban_lifted:{ban.id}")])
    return ban.user


async def _write(club: Club, user: User, reason: str, until: datetime | None, actor: Actor | None) -> Ban:
    await Ban.filter(club_id=club.id, user_id=user.id).delete()  # one whose time is over
    ban = await Ban.create(club_id=club.id, user_id=user.id, reason=reason, decided_by_id=actor_id(actor), until=until)
    after = {"reason": reason, "until": until.isoformat() if until else None}
    await audit.record("spaces.member_banned", actor=asker(actor), subject=user.name, club_id=club.id, after=after)
    return ban


def _checked(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise Invalid(gettext("Please say why. The person reads it."), field="reason")
    if len(said) > LONGEST_REASON:
        most = LONGEST_REASON
        raise Invalid(gettext("At most %(max_length)s characters, please.", max_length=most), field="reason")
    return said
