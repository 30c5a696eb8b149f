"""Groups that have the members of the club above them: one way to bring both in step, for one person or for all of them.

What follows from the club above is told by `Membership.is_inherited`; a membership of the group's own is never touched. Locks are
taken on the club above first, then on the group, so that nobody waits for somebody who waits for them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from core import audit
from core.accounts.models import User
from core.accounts.services import renew_takeouts
from core.db import atomic, dialect, execute, rows
from core.errors import Conflict
from core.events import announce
from core.i18n import gettext
from spaces.events import MemberJoined, MemberLeft, RoleChanged
from spaces.models import Club
from spaces.queries.standing import standing
from spaces.services.actors import Actor, actor_id, asker
from spaces.services.barred import hold_club

INHERITED_ROLES = ("guest", "member", "moderator")
"""The highest that somebody can be in a group through the club above, where they are no less."""
BATCH = 200  # people in one transaction
FOLLOW = "spaces.follow_parents"


def inherited_as(highest: str, role: str) -> str:
    """The role in a group, in SQL: what they are in the club above, but no more than was decided, and never an owner.

    Args:
        highest: an expression with one of `INHERITED_ROLES`.
        role: an expression with the role in the club above, built in or of its own.
    """
    return (
        f"CASE WHEN {role} = 'guest' OR {role} LIKE 'guest.%' OR {highest} = 'guest' THEN 'guest' "
        f"WHEN {highest} = 'moderator' AND ({role} IN ('owner', 'moderator') OR {role} LIKE 'moderator.%') THEN 'moderator' "
        "ELSE 'member' END"
    )


def comes_from_above(group: str, user: str) -> str:
    """The condition for people who belong to the club above, in SQL.

    Args:
        group: alias of the group's `spaces_club`.
        user: an expression with the person's number.
    """
    return (
        f"EXISTS (SELECT 1 FROM spaces_membership above WHERE above.club_id = {group}.parent_id "
        f"AND above.user_id = {user} AND {standing('above')})"
    )


def is_banned(group: str, user: str) -> str:
    """The condition for people whom a club keeps out, in SQL; arguments as for `comes_from_above`."""
    return (
        f"EXISTS (SELECT 1 FROM spaces_ban b WHERE b.club_id = {group}.id AND b.user_id = {user} "
        "AND (b.until IS NULL OR b.until > CURRENT_TIMESTAMP))"
    )


async def follow_parent(club: Club, user_id: int, *, actor: Actor | None) -> None:
    """Bring one person's places in the groups of a club in step with their place in the club, in the running transaction.

    Args:
        club: where they came, left, or got another role or end.
        user_id: the person, by number.
        actor: who did that; None for the machine.
    """
    for group in await Club.filter(parent_id=club.id, inherits_members=True).order_by("id"):
        await hold_club(group.id)
        await see_off(group, user_id, actor=actor)
        await bring_up(group, user_id, actor=actor)
        await bring_in(group, user_id, actor=actor)


async def return_from_above(club: Club, user_id: int, *, actor: Actor | None) -> None:
    """Give somebody whose own membership of a group ended what follows from the club above, in the running transaction."""
    group = await Club.get_or_none(id=club.id, inherits_members=True)
    if group is not None:
        await bring_in(group, user_id, actor=actor)


async def refuse_in_vain(club: Club, user_id: int, *, actor: Actor | None) -> None:
    """Refuse to end a membership that the club above would give back at once.

    Raises:
        Conflict: where that is so, and a person wants to end it.
    """
    if actor is None or not await would_return(club.id, user_id):
        return
    if actor.id == user_id:
        raise Conflict(
            gettext(
                "You are in this group because you belong to the club above it. You can mute the group, or leave that club."
            )
        )
    raise Conflict(
        gettext("This person is in the group through the club above it, and would be back at once. Remove them there.")
    )


async def would_return(club_id: int, user_id: int) -> bool:
    """Whether somebody would be back at once whose membership of this club ended, because they belong to the club above it."""
    word = dialect().param
    found = await rows(
        f"SELECT 1 AS one FROM spaces_club g WHERE g.id = {word(1)} AND g.inherits_members "
        f"AND {comes_from_above('g', word(2))} AND NOT {is_banned('g', word(3))}",
        [club_id, user_id, user_id],
    )
    return bool(found)


async def bring_in(group: Club, user_id: int | None = None, *, actor: Actor | None) -> int:
    """Let people into a group who belong to the club above and not to the group, in the running transaction, as far as there is
    room; nobody whom the group keeps out.

    Args:
        group: it has the members of the club above.
        user_id: this person alone; None for the next `BATCH` of them.
        actor: who brought it about; None for the machine.

    Returns:
        How many came in.
    """
    room = BATCH if user_id is None else 1
    if group.member_limit is not None:
        room = min(room, await _room(group))
    if room <= 0 or group.deleted_at is not None:
        return 0
    word = dialect().param
    alone = "" if user_id is None else f"AND m.user_id = {word(3)} "
    came = await rows(
        "INSERT INTO spaces_membership (club_id, user_id, role, joined_at, came_by, expires_at, is_inherited) "
        f"SELECT g.id, m.user_id, {inherited_as('g.inherited_role', 'm.role')}, {_moment(word(1))}, 'parent', m.expires_at, TRUE "
        "FROM spaces_club g JOIN spaces_membership m ON m.club_id = g.parent_id "
        f"WHERE g.id = {word(2)} AND g.inherits_members {alone}AND {standing('m')} AND NOT {is_banned('g', 'm.user_id')} "
        "AND NOT EXISTS (SELECT 1 FROM spaces_membership own WHERE own.club_id = g.id AND own.user_id = m.user_id) "
        f"ORDER BY m.id LIMIT {int(room)} ON CONFLICT (club_id, user_id) DO NOTHING RETURNING user_id, role",
        [datetime.now(UTC), group.id, *([] if user_id is None else [user_id])],
    )
    await _settle_requests(group, [int(row["user_id"]) for row in came])
    for row, name in await _named(came):
        after = {"role": row["role"], "came_by": "parent"}
        await audit.record("spaces.member_added", actor=asker(actor), subject=name, club_id=group.id, after=after)
        await announce(
            MemberJoined(club_id=group.id, actor_id=actor_id(actor), user_id=row["user_id"], role=row["role"])
        )
    return len(came)


async def see_off(group: Club, user_id: int | None = None, *, actor: Actor | None) -> int:
    """End memberships of a group whose reason is gone: the club above, or that the group has its members.

    Arguments and answer are those of `bring_in`.
    """
    word = dialect().param
    alone = "" if user_id is None else f"AND n.user_id = {word(2)} "
    gone = await rows(
        "DELETE FROM spaces_membership WHERE id IN (SELECT n.id FROM spaces_membership n "
        f"JOIN spaces_club g ON g.id = n.club_id WHERE g.id = {word(1)} AND n.is_inherited {alone}"
        f"AND NOT (g.inherits_members AND {comes_from_above('g', 'n.user_id')} AND NOT {is_banned('g', 'n.user_id')}) "
        f"ORDER BY n.id LIMIT {BATCH}) RETURNING user_id, role",
        [group.id, *([] if user_id is None else [user_id])],
    )
    for row, name in await _named(gone):
        await renew_takeouts(row["user_id"])
        before = {"role": row["role"], "came_by": "parent"}
        await audit.record("spaces.member_removed", actor=asker(actor), subject=name, club_id=group.id, before=before)
        await announce(MemberLeft(club_id=group.id, actor_id=actor_id(actor), user_id=row["user_id"]))
    return len(gone)


async def bring_up(group: Club, user_id: int | None = None, *, actor: Actor | None) -> int:
    """Give inherited memberships the role and the end that follow from the club above.

    Arguments and answer are those of `bring_in`.
    """
    word = dialect().param
    alone = "" if user_id is None else f"AND n.user_id = {word(2)} "
    wanted = inherited_as("g.inherited_role", "m.role")
    found = await rows(
        f"SELECT n.id, n.user_id, n.role AS before, {wanted} AS role FROM spaces_membership n "
        f"JOIN spaces_club g ON g.id = n.club_id JOIN spaces_membership m ON m.club_id = g.parent_id AND m.user_id = n.user_id "
        f"WHERE g.id = {word(1)} AND n.is_inherited AND g.inherits_members {alone}AND (n.role <> {wanted} "
        "OR (n.expires_at IS NULL) <> (m.expires_at IS NULL) OR n.expires_at <> m.expires_at) "
        f"ORDER BY n.id LIMIT {BATCH}",
        [group.id, *([] if user_id is None else [user_id])],
    )
    for row, name in await _named(found):
        await _take_over(group, row)
        if row["role"] != row["before"]:
            await _note_role(group, row, name, actor)
    return len(found)


async def _take_over(group: Club, row: dict[str, Any]) -> None:
    word = dialect().param
    await execute(
        f"UPDATE spaces_membership SET role = {word(1)}, expires_at = (SELECT m.expires_at FROM spaces_membership m "
        f"WHERE m.club_id = {word(2)} AND m.user_id = spaces_membership.user_id), expiry_told_at = NULL WHERE id = {word(3)}",
        [row["role"], group.parent_id, row["id"]],
    )


async def _note_role(group: Club, row: dict[str, Any], name: str, actor: Actor | None) -> None:
    before, after = row["before"], row["role"]
    await audit.record(
        "spaces.role_changed",
        actor=asker(actor),
        subject=name,
        club_id=group.id,
        before={"role": before},
        after={"user": name, "role": after, "came_by": "parent"},
    )
    await announce(
        RoleChanged(club_id=group.id, actor_id=actor_id(actor), user_id=row["user_id"], before=before, after=after)
    )


async def _room(group: Club) -> int:
    """How many more fit in; nobody else comes in until the running transaction ends."""
    word, alone = dialect().param, " FOR NO KEY UPDATE" if dialect().name == "postgres" else ""
    limit = await rows(f"SELECT member_limit FROM spaces_club WHERE id = {word(1)}{alone}", [group.id])
    held = await rows(f"SELECT COUNT(*) AS many FROM spaces_membership WHERE club_id = {word(1)}", [group.id])
    most = limit[0]["member_limit"] if limit else 0
    return BATCH if most is None else int(most) - int(held[0]["many"])


async def _settle_requests(group: Club, user_ids: list[int]) -> None:
    if not user_ids:
        return
    word = dialect().param
    marks = ", ".join(word(number) for number in range(2, len(user_ids) + 2))
    await execute(
        f"DELETE FROM spaces_join_request WHERE club_id = {word(1)} AND user_id IN ({marks})", [group.id, *user_ids]
    )


async def _named(found: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """The rows with the names of their people."""
    ids = [row["user_id"] for row in found]
    names = {user.id: user.name for user in await User.filter(id__in=ids).only("id", "name")} if ids else {}
    return [(row, names.get(row["user_id"], "")) for row in found]


def _moment(mark: str) -> str:
    """A time among selected columns, of which PostgreSQL does not see the type."""
    return f"CAST({mark} AS TIMESTAMPTZ)" if dialect().name == "postgres" else mark


async def hold_pair(parent_id: int, group_id: int) -> None:
    """Let nobody else change who belongs to either until the running transaction ends."""
    await hold_club(parent_id)
    await hold_club(group_id)


async def follow_parents() -> None:
    """Bring every group in step with the club above it, a bounded number of people at a time. Doing it twice changes nothing."""
    drifting = await rows(
        "SELECT g.id FROM spaces_club g WHERE g.inherits_members AND NOT EXISTS (SELECT 1 FROM spaces_club_merge u "
        "WHERE u.done_at IS NULL AND u.source_id = g.parent_id) UNION SELECT n.club_id FROM spaces_membership n "
        "WHERE n.expires_at <= CURRENT_TIMESTAMP AND n.is_inherited ORDER BY 1"
    )
    for row in drifting:
        for step in (see_off, bring_up, bring_in):
            while await _next_batch(int(row["id"]), step):
                pass


async def _next_batch(group_id: int, step: Any) -> bool:
    """Whether there may be more."""
    async with atomic():
        group = await Club.get_or_none(id=group_id)
        if group is None:
            return False
        await hold_pair(group.parent_id or group.id, group.id)
        return bool(await step(group, actor=None) == BATCH)
