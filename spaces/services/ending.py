"""What goes with a membership, however it ends; and those that end by themselves because their time is over."""

from __future__ import annotations

from datetime import UTC, datetime

from core import audit
from core.accounts.models import User
from core.accounts.services import renew_takeouts
from core.accounts.viewer import Viewer
from core.db import atomic, dialect, rows
from core.events import announce
from core.i18n import N_
from core.mail import queue
from spaces.events import MemberLeft
from spaces.models import Club, Membership
from spaces.services.actors import Actor, actor_id, asker
from spaces.services.barred import hold_club
from spaces.services.inheritance import follow_parent, return_from_above
from spaces.services.member_mail import Letter, letter_for

BATCH = 200
_OVER = Letter(
    N_("You are no member of %(club)s any more"),
    (
        N_("Your membership in %(club)s was for a limited time, and that is over."),
        N_(
            "What you wrote stays there under your name. Write to the people who run the club if you would like to go on."
        ),
    ),
)


async def note_end(club: Club, user: User | Viewer, role: str, *, actor: Actor | None, action: str) -> None:
    """See to what goes with a membership, in the transaction that has deleted it.

    Args:
        club: the club.
        user: who was its member.
        role: what they were.
        actor: who ended it; None for the machine.
        action: what the audit log calls it.
    """
    await renew_takeouts(user.id or 0)
    await audit.record(action, actor=asker(actor), subject=user.name, club_id=club.id, before={"role": role})
    await announce(MemberLeft(club_id=club.id, actor_id=actor_id(actor), user_id=user.id or 0))
    await follow_parent(club, user.id or 0, actor=actor)
    await return_from_above(club, user.id or 0, actor=actor)


async def end_lapsed(club: Club, user_id: int) -> bool:
    """End a membership whose time is over, in the running transaction; False where there is none."""
    words = dialect()
    gone = await rows(
        f"DELETE FROM spaces_membership WHERE club_id = {words.param(1)} AND user_id = {words.param(2)} "
        f"AND expires_at <= {words.param(3)} RETURNING id, role",
        [club.id, user_id, datetime.now(UTC)],
    )
    if not gone:
        return False
    user = await User.get(id=user_id)
    await note_end(club, user, str(gone[0]["role"]), actor=None, action="spaces.membership_over")
    if club.deleted_at is None and user.is_active:
        await queue([letter_for(_OVER, club, user, key=f"spaces.membership_over:{gone[0]['id']}")])
    return True


async def end_memberships() -> None:
    """End those whose time is over, one after the other. They have counted as none since; a killed process goes on later."""
    passed = 0
    while due := await _due(passed):
        for place in due:
            async with atomic():
                await hold_club(place.club_id)
                await end_lapsed(place.club, place.user_id)
        passed = due[-1].id


async def _due(passed: int) -> list[Membership]:
    over = Membership.filter(expires_at__lte=datetime.now(UTC), id__gt=passed, is_inherited=False)
    return await over.order_by("id").limit(BATCH).select_related("club")
