"""Who belongs to a club: joining, leaving and roles.

Two rules hold whatever happens at the same moment: a club keeps an owner, and nobody gives a role above their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from core import audit
from core.accounts.models import User
from core.accounts.viewer import Viewer
from core.db import atomic, dialect, execute, rows
from core.errors import Conflict, Forbidden, NotFound, SignInNeeded
from core.events import announce
from core.i18n import gettext
from spaces.events import MemberJoined, RoleChanged
from spaces.models import Club, JoinRequest, Membership
from spaces.queries.standing import stands
from spaces.services.actors import (
    Actor,
    actor_id,
    asker,
    refuse_acting,
    require_own_role,
    require_reach,
    require_role,
    standing_role,
)
from spaces.services.barred import hold_club, is_banned, refuse_banned
from spaces.services.ending import end_lapsed, note_end
from spaces.services.inheritance import follow_parent, refuse_in_vain
from spaces.services.plans import take_place
from spaces.services.succession import succeed

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
        await require_own_role(club, role)
        if not await insert_member(club, _id(user), role, actor=actor):
            raise Conflict(gettext("%(name)s belongs to this club already.", name=user.name))


async def change_role(club: Club, user: User | Viewer, role: str, *, actor: Actor | None) -> None:
    """Give a member another role. Who was here through the club above this group is a member of its own from then on.

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
        await require_own_role(club, role)
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
        await follow_parent(club, _id(user), actor=actor)


async def remove_member(club: Club, user: User | Viewer, *, actor: Actor | None) -> None:
    """End a membership; what the person wrote stays. Their invitations end with it, and archives that hold what is in the club.
    The last owner goes where a successor is ready, who owns the club from then on.

    Raises:
        NotFound: when they are no member.
        Forbidden: when their role stands above the actor's.
        Conflict: when it is the last owner, or they would be back at once through the club above this group.
    """
    async with atomic():
        role = await _locked_role(club, _id(user))
        if role == "owner":
            refuse_acting(actor)
        if actor_id(actor) != user.id:
            await require_reach(club, role, actor=actor)
        await refuse_in_vain(club, _id(user), actor=actor)
        words = dialect()
        keeps_owner = _ANOTHER_OWNER.format(words.param(3), words.param(4))
        sql = (
            f"DELETE FROM spaces_membership WHERE club_id = {words.param(1)} AND user_id = {words.param(2)} "
            f"AND (role <> 'owner' OR {keeps_owner})"
        )
        gone = await execute(sql, [club.id, user.id, club.id, user.id])
        if not gone and await succeed(club, actor=actor):
            gone = await execute(sql, [club.id, user.id, club.id, user.id])
        if not gone:
            raise _last_owner()
        await note_end(club, user, role, actor=actor, action="spaces.member_removed")


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

    A pending request of the same person is settled by it. Who is banned is refused; where a membership only follows from another
    club, they are left out instead.

    Args:
        club: the club.
        user_id: the person, by number.
        role: theirs from now on; the built-in one that it is like where it was one of the club's own and is gone.
        actor: who does it; None for the machine.
        coming: how they come; by default somebody who may do it added them.

    Raises:
        ClubFull: when the club has as many members as its plan allows.
        Banned: when the person may not come in.
    """
    words, come = dialect(), coming or Coming(invited_by=actor_id(actor))
    if user_id is None:
        return False
    await hold_club(club.id)
    if come.by in ("parent", "merge") and await is_banned(club, user_id):
        return False
    await refuse_banned(club, user_id, actor=actor)
    await end_lapsed(club, user_id)
    how = (come.by, come.invited_by, come.expires_at, come.is_inherited)
    role = await standing_role(club, role)
    made = await rows(
        "INSERT INTO spaces_membership (club_id, user_id, role, joined_at, came_by, invited_by_id, expires_at, is_inherited) "
        f"VALUES ({', '.join(words.param(place) for place in range(1, 9))}) "
        "ON CONFLICT (club_id, user_id) DO NOTHING RETURNING id",
        [club.id, user_id, role, datetime.now(UTC), *how],
    )
    if not made:
        return False
    await take_place(club, user_id, actor=actor)
    await JoinRequest.filter(club_id=club.id, user_id=user_id).delete()
    user = await User.get(id=user_id).only("id", "name")
    await audit.record(
        "spaces.member_added", actor=asker(actor), subject=user.name, club_id=club.id, after={"role": role}
    )
    await announce(MemberJoined(club_id=club.id, actor_id=actor_id(actor), user_id=user_id, role=role))
    await follow_parent(club, user_id, actor=actor)
    return True


async def _locked_role(club: Club, user_id: int) -> str:
    """The member's role, with the club's row locked: two owners who leave at once do so one after the other.

    On SQLite the transaction itself is that lock.
    """
    await hold_club(club.id)
    found = await Membership.get_or_none(stands(), club_id=club.id, user_id=user_id).only("role")
    if found is None:
        raise NotFound(gettext("This person does not belong to the club."))
    return found.role


async def _update_role(club: Club, user_id: int, before: str, after: str) -> int:
    words = dialect()
    condition = f" AND {_ANOTHER_OWNER.format(words.param(5), words.param(6))}" if before == "owner" else ""
    endless = ", expires_at = NULL, expiry_told_at = NULL" if after == "owner" else ""  # an owner's place has no end
    values: list[object] = [after, club.id, user_id, before]
    return await execute(
        f"UPDATE spaces_membership SET role = {words.param(1)}, is_inherited = FALSE{endless} WHERE club_id = {words.param(2)} "
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
