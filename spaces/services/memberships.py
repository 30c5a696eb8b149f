"""Who belongs to a club: joining, leaving and roles.

Two rules hold whatever happens at the same moment: a club keeps an owner, and nobody gives a role above their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from core import audit
from core.accounts.models import User
from core.accounts.services import renew_takeouts
from core.accounts.viewer import Viewer
from core.db import atomic, dialect, execute, rows
from core.errors import Conflict, Forbidden, NotFound, SignInNeeded
from core.events import announce
from core.i18n import gettext
from spaces.events import MemberJoined, MemberLeft, RoleChanged
from spaces.models import Club, JoinRequest, Membership
from spaces.services.actors import Actor, actor_id, asker, refuse_acting, require_reach, require_role
from spaces.services.plans import take_place

_ANOTHER_OWNER = (
    "(SELECT COUNT(*) FROM spaces_membership o JOIN accounts_user a ON a.id = o.user_id "
    "WHERE o.club_id = {0} AND o.user_id <> {1} AND o.role = 'owner' AND a.is_active) > 0"
)

CameBy = Literal["founder", "open", "request", "invitation", "added", "group", "parent", "merge"]


@dataclass(frozen=True, slots=True)
class Coming:
    """How somebody comes into a club.

    Args:
        by: as `Membership.came_by` says it; `group` is one at an identity provider.
        invited_by: who brought them, by number.
        expires_at: when the membership ends, None for good.
        is_inherited: whether it follows from the club that this one is a group of.
    """

    by: CameBy = "added"
    invited_by: int | None = None
    expires_at: datetime | None = None
    is_inherited: bool = False


async def add_member(club: Club, user: User | Viewer, role: str = "member", *, actor: Actor | None) -> None:
    """Make somebody a member without asking them.

    Args:
        club: the club.
        user: the new member.
        role: one of the members' roles, not above the actor's own.
        actor: who does it; None for the machine.

    Raises:
        Conflict: when they belong to the club already.
    """
    require_role(role)
    async with atomic():
        await require_reach(club, role, actor=actor)
        if not await insert_member(club, _id(user), role, actor=actor):
            raise Conflict(gettext("%(name)s belongs to this club already.", name=user.name))


async def change_role(club: Club, user: User | Viewer, role: str, *, actor: Actor | None) -> None:
    """Give a member another role.

    Raises:
        NotFound: when they are no member.
        Forbidden: when their role or the new one stands above the actor's.
        Conflict: when it is the last owner.
    """
    require_role(role)
    async with atomic():
        before = await _locked_role(club, _id(user))
        await require_reach(club, before, actor=actor)
        await require_reach(club, role, actor=actor)
        if before == role:
            return
        if not await _update_role(club, _id(user), before, role):
            raise _last_owner()
        change = {"user": user.name, "role": role}
        await audit.record(
            "spaces.role_changed",
            actor=asker(actor),
            subject=user.name,
            club_id=club.id,
            before={"role": before},
            after=change,
        )
        await announce(
            RoleChanged(club_id=club.id, actor_id=actor_id(actor), user_id=_id(user), before=before, after=role)
        )


async def remove_member(club: Club, user: User | Viewer, *, actor: Actor | None) -> None:
    """End a membership; what the person wrote stays. Their invitations end with it, and archives that hold what is in the club.

    Raises:
        NotFound: when they are no member.
        Forbidden: when their role stands above the actor's.
        Conflict: when it is the last owner.
    """
    async with atomic():
        role = await _locked_role(club, _id(user))
        if role == "owner":
            refuse_acting(actor)
        if actor_id(actor) != user.id:
            await require_reach(club, role, actor=actor)
        words = dialect()
        keeps_owner = _ANOTHER_OWNER.format(words.param(3), words.param(4))
        gone = await execute(
            f"DELETE FROM spaces_membership WHERE club_id = {words.param(1)} AND user_id = {words.param(2)} "
            f"AND (role <> 'owner' OR {keeps_owner})",
            [club.id, user.id, club.id, user.id],
        )
        if not gone:
            raise _last_owner()
        await renew_takeouts(user.id or 0)
        await audit.record(
            "spaces.member_removed", actor=asker(actor), subject=user.name, club_id=club.id, before={"role": role}
        )
        await announce(MemberLeft(club_id=club.id, actor_id=actor_id(actor), user_id=_id(user)))


async def leave_club(club: Club, *, actor: Actor) -> None:
    """End one's own membership.

    Raises:
        Conflict: for the last owner, who names another one first.
    """
    await remove_member(club, actor, actor=actor)


async def join_club(club: Club, *, actor: Actor) -> None:
    """Become a member of a club that is open to everybody who is signed in. Joining twice changes nothing.

    Raises:
        Forbidden: when the club asks to be asked, or invites.
    """
    if club.join_policy != "open":
        raise Forbidden(gettext("People join this club by request or invitation."))
    async with atomic():
        await insert_member(club, _signed_in(actor), "member", actor=actor, coming=Coming("open"))


async def insert_member(
    club: Club, user_id: int | None, role: str, *, actor: Actor | None, coming: Coming | None = None
) -> bool:
    """Write a membership in the running transaction; False when there is one already.

    A pending request of the same person is settled by it.

    Args:
        club: the club.
        user_id: the person, by number.
        role: theirs from now on.
        actor: who does it; None for the machine.
        coming: how they come; by default somebody who may do it added them.

    Raises:
        ClubFull: when the club has as many members as its plan allows.
    """
    words, come = dialect(), coming or Coming(invited_by=actor_id(actor))
    how = (come.by, come.invited_by, come.expires_at, come.is_inherited)
    made = await rows(
        "INSERT INTO spaces_membership (club_id, user_id, role, joined_at, came_by, invited_by_id, expires_at, is_inherited) "
        f"VALUES ({', '.join(words.param(place) for place in range(1, 9))}) "
        "ON CONFLICT (club_id, user_id) DO NOTHING RETURNING id",
        [club.id, user_id, role, datetime.now(UTC), *how],
    )
    if not made or user_id is None:
        return False
    await take_place(club, user_id, actor=actor)
    await JoinRequest.filter(club_id=club.id, user_id=user_id).delete()
    user = await User.get(id=user_id).only("id", "name")
    await audit.record(
        "spaces.member_added", actor=asker(actor), subject=user.name, club_id=club.id, after={"role": role}
    )
    await announce(MemberJoined(club_id=club.id, actor_id=actor_id(actor), user_id=user_id, role=role))
    return True


async def _locked_role(club: Club, user_id: int) -> str:
    """The member's role, with the club's row locked: two owners who leave at once do so one after the other.

    On SQLite the transaction itself is that lock.
    """
    words = dialect()
    if words.name == "postgres":
        await rows(f"SELECT id FROM spaces_club WHERE id = {words.param(1)} FOR NO KEY UPDATE", [club.id])
    found = await Membership.get_or_none(club_id=club.id, user_id=user_id).only("role")
    if found is None:
        raise NotFound(gettext("This person does not belong to the club."))
    return found.role


async def _update_role(club: Club, user_id: int, before: str, after: str) -> int:
    words = dialect()
    condition = f" AND {_ANOTHER_OWNER.format(words.param(5), words.param(6))}" if before == "owner" else ""
    values: list[object] = [after, club.id, user_id, before]
    return await execute(
        f"UPDATE spaces_membership SET role = {words.param(1)} WHERE club_id = {words.param(2)} "
        f"AND user_id = {words.param(3)} AND role = {words.param(4)}{condition}",
        values + ([club.id, user_id] if condition else []),
    )


def _id(user: User | Viewer) -> int:
    if user.id is None:
        raise SignInNeeded()
    return user.id


def _signed_in(actor: Actor) -> int:
    return _id(actor)


def _last_owner() -> Conflict:
    return Conflict(gettext("This is the last owner of the club. Make somebody else an owner first."))
