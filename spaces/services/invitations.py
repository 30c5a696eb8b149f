"""Ways into a club: invitations by mail to one person, and by a link that several may use.

An invitation lives only as long as its inviter may invite: at each use it is asked again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core import audit, current
from core.accounts.models import User
from core.accounts.queries import normal_email
from core.accounts.services.hashing import check_strength, hash_password
from core.accounts.services.people import insert_user, normal_name
from core.accounts.sessions import digest
from core.accounts.viewer import Viewer
from core.db import atomic, dialect, execute
from core.errors import Invalid, NotFound
from core.i18n import gettext, language
from core.limits import Rule
from core.permissions import can
from spaces.access import rank
from spaces.gate import access_for
from spaces.models import Club, Invitation, Membership
from spaces.permissions import INVITE
from spaces.queries.invitations import USED
from spaces.queries.standing import stands
from spaces.services.actors import Actor, asker, require_reach, require_role
from spaces.services.invitation_mail import checked_landing, invitation_url
from spaces.services.invitation_rows import create_invitation, require_days, require_note, write_invitation
from spaces.services.memberships import Coming, insert_member

MAX_DAYS = 90
MAX_USES = 500
INVITES_AN_HOUR = Rule("spaces.invite.user", "60 per hour")


@dataclass(frozen=True, slots=True)
class Way:
    """A live invitation with what its page shows.

    Args:
        invitation: the row.
        club: where it leads.
        inviter: who invites.
    """

    invitation: Invitation
    club: Club
    inviter: User

    @property
    def coming(self) -> Coming:
        """How whoever takes it comes into the club."""
        days = self.invitation.member_days
        return Coming("invitation", self.inviter.id, datetime.now(UTC) + timedelta(days=days) if days else None)


async def invite_by_mail(
    club: Club,
    email: str,
    role: str = "member",
    note: str = "",
    landing: str = "",
    member_days: int | None = None,
    *,
    actor: Actor,
) -> Invitation:
    """Send somebody a link that lets one person in within 14 days. An earlier one to the address ends.

    Args:
        club: the club.
        email: where to.
        role: what they become, not above the actor's own.
        note: a few words of the inviter, at most 1,000 characters.
        landing: the address of the club's page that they are led to, "" for its first one.
        member_days: for how many days they become a member, 1 to 3,650; None for good.
        actor: the inviter.

    Raises:
        Invalid: for a wrong address, one whose owner is a member already, or days that cannot be.
    """
    require_role(role)
    require_days(member_days, role)
    address = normal_email(email)
    require_note(note)
    place = checked_landing(club, landing)
    await current.app().limits.hit(INVITES_AN_HOUR, actor.id)
    secret = secrets.token_urlsafe(32)
    async with atomic():
        await require_reach(club, role, actor=actor)
        if await Membership.filter(stands(), club_id=club.id, user__email=address).exists():
            raise Invalid(gettext("The person with this address is a member already."), field="email")
        now = datetime.now(UTC)
        await Invitation.filter(club_id=club.id, email=address, withdrawn_at=None).update(withdrawn_at=now)
        return await write_invitation(club, address, role, note, place, secret, member_days, actor=actor)


async def invite_by_link(
    club: Club,
    role: str = "member",
    uses: int | None = 10,
    days: int = 14,
    landing: str = "",
    member_days: int | None = None,
    *,
    actor: Actor,
) -> str:
    """Make a link that lets several people in; answers its address, which is shown once and not stored.

    Args:
        club: the club.
        role: what they become, not above the actor's own.
        uses: how many people, 1 to 500; None for as many as come.
        days: how long, 1 to 90.
        landing, member_days: as for `invite_by_mail`.
        actor: the inviter.
    """
    require_role(role)
    require_days(member_days, role)
    if uses is not None and not 1 <= uses <= MAX_USES:
        raise Invalid(gettext("A number from 1 to %(most)s, please.", most=MAX_USES), field="uses")
    if not 1 <= days <= MAX_DAYS:
        raise Invalid(gettext("A number from 1 to %(most)s, please.", most=MAX_DAYS), field="days")
    place = checked_landing(club, landing)
    await current.app().limits.hit(INVITES_AN_HOUR, actor.id)
    secret = secrets.token_urlsafe(32)
    async with atomic():
        await require_reach(club, role, actor=actor)
        await create_invitation(
            club, secret, role, actor, email="", note="", landing=place, days=days, uses=uses, member_days=member_days
        )
    return invitation_url(secret)


async def withdraw_invitation(club: Club, invitation_id: int, *, actor: Actor | None) -> None:
    """End an invitation before its time.

    Raises:
        NotFound: when the club has no live one with this id.
    """
    async with atomic():
        live = Invitation.filter(id=invitation_id, club_id=club.id, withdrawn_at=None)
        if not await live.update(withdrawn_at=datetime.now(UTC)):
            raise NotFound(gettext("This invitation has ended already."))
        await audit.record(
            "spaces.invitation_withdrawn", actor=asker(actor), subject=str(invitation_id), club_id=club.id
        )


async def restore_invitation(club: Club, invitation_id: int, *, actor: Actor | None) -> None:
    """Let an invitation that was withdrawn work again, with the link that was sent.

    Raises:
        NotFound: when the club has no such invitation, or its time is over.
    """
    async with atomic():
        gone = Invitation.filter(id=invitation_id, club_id=club.id, withdrawn_at__isnull=False)
        if not await gone.filter(expires_at__gt=datetime.now(UTC)).update(withdrawn_at=None):
            raise NotFound(gettext("This invitation has ended already."))
        await audit.record(
            "spaces.invitation_restored", actor=asker(actor), subject=str(invitation_id), club_id=club.id
        )


async def find_way(secret: str) -> Way:
    """The live invitation behind a link.

    Raises:
        NotFound: when it is unknown, used up, withdrawn, expired, or its inviter may not invite any more.
    """
    found = await Invitation.get_or_none(token_hash=digest(secret[:200])).select_related("club", "inviter")
    if found is None or not _is_live(found) or not await may_still_invite(found):
        raise _ended()
    return Way(found, found.club, found.inviter)


async def find_ended(secret: str) -> Invitation:
    """The invitation behind a link that leads nowhere any more, with its club and inviter.

    Raises:
        NotFound: when there never was one, or it still works.
    """
    found = await Invitation.get_or_none(token_hash=digest(secret[:200])).select_related("club", "inviter")
    if found is None or (_is_live(found) and await may_still_invite(found)):
        raise _ended()
    return found


async def may_still_invite(invitation: Invitation) -> bool:
    """Whether its inviter may invite to this now.

    Args:
        invitation: with its club and inviter.
    """
    club, inviter = invitation.club, invitation.inviter
    if club.deleted_at is not None or not inviter.is_active:
        return False
    viewer = await access_for(
        current.app(), club, user_id=inviter.id, name=inviter.name, is_operator=inviter.is_operator
    )
    return can(viewer, INVITE, club) and rank(viewer.role_in(club.id) or "") >= rank(invitation.role)


async def accept_invitation(secret: str, *, viewer: Viewer | User) -> Club:
    """Become a member by an invitation; answers the club. A member who follows it again spends nothing.

    Raises:
        NotFound: as for `find_way`, also when the last use was taken at the same moment.
    """
    async with atomic():
        way = await find_way(secret)
        if await insert_member(way.club, viewer.id, way.invitation.role, actor=viewer, coming=way.coming):
            await _spend(way.invitation)
            await audit.record(
                USED, actor=asker(viewer), subject=str(way.invitation.id), club_id=way.club.id, after=_came_by(way)
            )
    return way.club


async def accept_invitation_as_new(secret: str, name: str, email: str, password: str) -> tuple[User, Club]:
    """Make an account and become a member in one step; answers both.

    Args:
        secret: of the invitation.
        name: the person's.
        email: theirs; an invitation by mail fixes it, because holding the link proves that address and no other.
        password: one that is strong enough.

    Raises:
        NotFound: as for `accept_invitation`.
        Invalid: when the account cannot be made; nothing is spent then.
    """
    way = await find_way(secret)
    address, shown = normal_email(way.invitation.email or email), normal_name(name)
    check_strength(password, about=(address, shown))
    hashed = await hash_password(password)
    async with atomic():
        user = await insert_user(email=address, name=shown, password_hash=hashed, locale=language())
        club = await accept_invitation(secret, viewer=user)
    return user, club


async def landing_behind(secret: str) -> str:
    """Where an invitation that was just used leads, as `checked_landing` answers it; "" where it is unknown."""
    found = await Invitation.get_or_none(token_hash=digest(secret[:200])).only("id", "landing")
    return found.landing if found else ""


def _came_by(way: Way) -> dict[str, object]:
    return {"role": way.invitation.role, "inviter_id": way.inviter.id, "by": "mail" if way.invitation.email else "link"}


async def _spend(invitation: Invitation) -> None:
    words = dialect()
    now = datetime.now(UTC)
    spent = await execute(
        f"UPDATE spaces_invitation SET uses_left = uses_left - 1 WHERE id = {words.param(1)} "
        f"AND uses_left > 0 AND withdrawn_at IS NULL AND expires_at > {words.param(2)}",
        [invitation.id, now],
    )
    if not spent:
        raise _ended()


def _is_live(invitation: Invitation) -> bool:
    now = datetime.now(UTC)
    open_club = invitation.club.deleted_at is None and not invitation.club.is_archived
    return open_club and invitation.withdrawn_at is None and invitation.uses_left > 0 and invitation.expires_at > now


def _ended() -> NotFound:
    return NotFound(gettext("This invitation does not exist or has ended. Ask the person who sent it for a new one."))
