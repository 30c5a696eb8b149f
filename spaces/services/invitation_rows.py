"""Writing invitations: the row, its line in the audit log and its letter. What is given has been checked by who calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core import audit, current
from core.accounts.models import User
from core.accounts.sessions import digest
from core.errors import Invalid
from core.i18n import N_, gettext
from core.notifications import notify
from spaces.models import Club, Invitation
from spaces.notifications import INVITED
from spaces.services.actors import Actor, asker, require_own_role
from spaces.services.invitation_mail import mail_invitation

DAYS_BY_MAIL = 14
MAX_MEMBER_DAYS = 3650
UNLIMITED = 1_000_000_000
"""What `uses_left` begins with where as many may come as like."""


async def write_invitation(
    club: Club,
    email: str,
    role: str,
    note: str,
    landing: str,
    secret: str,
    member_days: int | None = None,
    *,
    actor: Actor,
) -> Invitation:
    """Write an invitation for one address, and its letter, in the running transaction. What is given has been checked.

    Args:
        club, email, role, note, member_days, actor: as for `invite_by_mail`.
        landing: as `checked_landing` answers it.
        secret: of its link.
    """
    made = await create_invitation(
        club,
        secret,
        role,
        actor,
        email=email,
        note=note.strip(),
        landing=landing,
        days=DAYS_BY_MAIL,
        uses=1,
        member_days=member_days,
    )
    await mail_invitation(made, club, secret, actor=actor)
    await _tell_account(made, club, actor=actor)
    return made


async def _tell_account(invitation: Invitation, club: Club, *, actor: Actor) -> None:
    """Tell whoever has an account under the address; the letter alone has the link, and names a club that is hidden."""
    invited = await User.get_or_none(email=invitation.email, is_active=True)
    if invited is None:
        return
    await notify(
        INVITED,
        to=[invited.id],
        club=club,
        key=f"invitation {invitation.id}",
        subject=N_("%(name)s invites you to %(club)s"),
        text=N_("%(name)s invites you to the club %(club)s. The letter to your address holds the link."),
        path=current.app().urls.path("spaces:club", club=club.slug),
        values={"name": actor.name, "club": club.name},
    )


def require_note(note: str) -> None:
    """Refuse words of the inviter that are too many.

    Raises:
        Invalid: naming `note`.
    """
    if len(note) > 1000:
        raise Invalid(gettext("At most %(max_length)s characters, please.", max_length=1000), field="note")


def require_days(member_days: int | None, role: str) -> None:
    """Refuse a time for which nobody can become a member in this role.

    Args:
        member_days: the days, None for good.
        role: owners belong to a club without an end.

    Raises:
        Invalid: naming `member_days`.
    """
    if member_days is None:
        return
    if role == "owner":
        raise Invalid(gettext("An owner belongs to the club without an end."), field="member_days")
    if not 1 <= member_days <= MAX_MEMBER_DAYS:
        raise Invalid(gettext("A number from 1 to %(most)s, please.", most=MAX_MEMBER_DAYS), field="member_days")


async def create_invitation(
    club: Club,
    secret: str,
    role: str,
    actor: Actor,
    *,
    email: str,
    note: str,
    landing: str,
    days: int,
    uses: int | None,
    member_days: int | None,
) -> Invitation:
    """Write the row of an invitation in the running transaction.

    Args:
        club, role, email, note, landing, days, uses, member_days: as for `invite_by_mail` and `invite_by_link`.
        secret: of its link; only its digest is kept.
        actor: the inviter.

    Raises:
        Invalid: for a role of the club's own that it has not.
    """
    await require_own_role(club, role)
    now = datetime.now(UTC)
    made = await Invitation.create(
        club=club,
        inviter_id=actor.id,
        token_hash=digest(secret),
        email=email,
        role=role,
        note=note,
        landing=landing,
        sent_at=now if email else None,
        uses_left=UNLIMITED if uses is None else uses,
        member_days=member_days,
        expires_at=now + timedelta(days=days),
    )
    after: dict[str, object] = {"role": role, "uses": uses, "days": days}
    if member_days is not None:
        after["member_days"] = member_days
    await audit.record(
        "spaces.invitation_made", actor=asker(actor), subject=email or str(made.id), club_id=club.id, after=after
    )
    return made
