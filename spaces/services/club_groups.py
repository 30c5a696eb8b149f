"""Groups of clubs, one level deep: founding one, moving a club under another, taking it out, and whether it has its members."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from core import audit, current
from core.accounts.viewer import Viewer
from core.db import after_commit, atomic, dialect, execute
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.i18n import gettext
from spaces.access import RANK
from spaces.models import Club
from spaces.services.actors import Actor, asker, rank_of, refuse_acting, require_reach
from spaces.services.founding import found_club
from spaces.services.inheritance import BATCH, FOLLOW, INHERITED_ROLES, bring_in, bring_up, hold_pair, see_off

MOST_GROUPS = 100  # of one club


async def found_group(
    parent: Club,
    values: Mapping[str, Any],
    *,
    inherits: bool = False,
    actor: Viewer,
) -> Club:
    """Found a club as a group of another one; who may do that is decided by the caller.

    Args:
        parent: the club above.
        values: for `create_club`, which says what may be wrong with them.
        inherits: whether everybody in the club above is in the group too.
        actor: the founder.

    Raises:
        Invalid: naming the field that is wrong.
        Conflict: when that club can have no group, or no more.
        Forbidden: when its members are to come along, and the founder is no owner of it.
    """
    refuse_acting(actor)
    if parent.visibility == "hidden" and values.get("visibility") != "hidden":
        raise Invalid(gettext("A group of a hidden club begins hidden too."), field="visibility")
    async with atomic():
        club = await found_club(values, actor=actor)
        await _place(club, parent, actor)
        if inherits:
            await set_inheritance(club, True, club.inherited_role, actor=actor)
    return club


async def move_under(club: Club, parent: Club, *, actor: Actor | None) -> None:
    """Make a club a group of another one. Its members stay as they are.

    Args:
        club: the club.
        parent: the club above.
        actor: an owner of both, or an operator; None for the machine.

    Raises:
        Forbidden: when the actor is neither.
        Conflict: when it is a group already, or has groups of its own, or the other one can have none.
    """
    refuse_acting(actor)
    async with atomic():
        for one in (club, parent):
            if await rank_of(one, actor) < RANK["owner"]:
                raise Forbidden(gettext("Only somebody who owns both clubs makes one a group of the other."))
        await _place(club, parent, actor)


async def take_out(club: Club, *, actor: Actor | None) -> None:
    """Make a group a club of its own. Whoever was in it through the club above is in it no longer.

    Args:
        club: the group.
        actor: an owner of it or of the club above, or an operator; None for the machine.

    Raises:
        Conflict: when it is no group.
        Forbidden: when the actor is none of these.
    """
    refuse_acting(actor)
    async with atomic():
        group = await _held(club.id)
        above = await Club.get(id=group.parent_id)
        if max(await rank_of(group, actor), await rank_of(above, actor)) < RANK["owner"]:
            raise Forbidden(gettext("Only owners take a group out of a club."))
        await _let_go(group, actor)
        await Club.filter(id=group.id).update(parent_id=None)
        await _record("spaces.group_taken_out", group, actor, before={"parent": above.slug}, after={"parent": ""})
    club.parent_id, club.inherits_members = None, False


async def set_inheritance(club: Club, inherits: bool, role: str, *, actor: Actor | None) -> None:
    """Decide whether everybody in the club above is in this group too. Who came so is told apart from the group's own members.

    The first of them come at once, the others within minutes; when it ends, all of them lose their access at once.

    Args:
        club: the group.
        inherits: whether it has the members of the club above.
        role: the highest that they are in the group, one of `INHERITED_ROLES`; nobody is more than in the club above.
        actor: an owner of the group; where people are let in, of the club above too, whose members they are. Or an operator.

    Raises:
        Conflict: when it is no group.
        Invalid: for a role that is none of these.
        Forbidden: when the actor may not.
    """
    refuse_acting(actor)
    if role not in INHERITED_ROLES:
        raise Invalid(gettext("There is no such role."), field="role")
    async with atomic():
        group = await _held(club.id)
        await require_reach(group, "owner", actor=actor)
        if (group.inherits_members, group.inherited_role) == (inherits, role):
            return
        if inherits:
            await _require_above(group, actor)
            await Club.filter(id=group.id).update(inherits_members=True, inherited_role=role)
            await _let_in(group.id, actor)
        else:
            await _let_go(group, actor)
        before = {"inherits_members": group.inherits_members, "role": group.inherited_role}
        await _record("spaces.inheritance_set", group, actor, before, {"inherits_members": inherits, "role": role})
    await club.refresh_from_db(fields=["inherits_members", "inherited_role"])


async def _place(club: Club, parent: Club, actor: Actor | None) -> None:
    """Put a club under another one, in the running transaction; of two at once the second sees what the first did."""
    await _require_fit(club.id, parent.id)  # before the locks too: what has groups already is locked in another order
    await hold_pair(*sorted((club.id, parent.id)))
    await _require_fit(club.id, parent.id)
    await _let_go(club, actor)  # what is left of a club above that was erased
    await Club.filter(id=club.id, parent_id=None).update(parent_id=parent.id)
    club.parent_id = parent.id
    await _record("spaces.group_moved", club, actor, before={"parent": ""}, after={"parent": parent.slug})


async def _require_fit(club_id: int, parent_id: int) -> None:
    club, parent = await Club.get_or_none(id=club_id), await Club.get_or_none(id=parent_id)
    if club is None or parent is None:
        raise NotFound()
    if club.id == parent.id:
        raise Conflict(gettext("A club cannot be a group of itself."))
    if parent.parent_id is not None:
        raise Conflict(gettext("%(name)s is a group itself, and a group has no groups.", name=parent.name))
    if club.parent_id is not None:
        raise Conflict(gettext("%(name)s is a group of a club already.", name=club.name))
    if parent.archived_at or parent.deleted_at or club.archived_at or club.deleted_at:
        raise Conflict(gettext("A club that is archived or deleted cannot be moved, nor take a group."))
    if await Club.exists(parent_id=club.id):
        raise Conflict(gettext("%(name)s has groups itself, so it cannot become one.", name=club.name))
    if await Club.filter(parent_id=parent.id).count() >= MOST_GROUPS:
        raise Conflict(gettext("A club has %(most)s groups at most.", most=MOST_GROUPS))


async def _held(club_id: int) -> Club:
    """The group as it is now, with nobody else changing it or the club above."""
    seen = await Club.get_or_none(id=club_id)
    if seen is None:
        raise NotFound()
    if seen.parent_id is None:
        raise Conflict(gettext("This club is no group of another one."))
    await hold_pair(seen.parent_id, seen.id)
    group = await Club.get_or_none(id=club_id)
    if group is None or group.parent_id != seen.parent_id:
        raise Conflict(gettext("Somebody else changed this at the same moment. Please try again."))
    return group


async def _require_above(group: Club, actor: Actor | None) -> None:
    above = await Club.get(id=group.parent_id)
    reaches = not isinstance(actor, Viewer) or actor.is_operator or above.id in {club.id for club in actor.clubs}
    if not reaches or await rank_of(above, actor) < RANK["owner"]:
        raise Forbidden(gettext("Only somebody who owns the club above too lets its members into this group."))


async def _let_in(group_id: int, actor: Actor | None) -> None:
    group = await Club.get(id=group_id)
    await bring_up(group, actor=actor)
    if await bring_in(group, actor=actor) == BATCH:
        _go_on()


async def _let_go(group: Club, actor: Actor | None) -> None:
    """End what follows from the club above: for everybody at once by its end, row by row by a job."""
    await Club.filter(id=group.id).update(inherits_members=False)
    word = dialect().param
    await execute(
        f"UPDATE spaces_membership SET expires_at = {word(1)} WHERE club_id = {word(2)} AND is_inherited",
        [datetime.now(UTC) - timedelta(minutes=1), group.id],
    )
    if await see_off(group, actor=actor) == BATCH:
        _go_on()


def _go_on() -> None:
    after_commit(lambda: current.app().jobs.nudge(FOLLOW))


async def _record(
    action: str, club: Club, actor: Actor | None, before: Mapping[str, object], after: Mapping[str, object]
) -> None:
    await audit.record(
        action, actor=asker(actor), subject=club.slug, club_id=club.id, before=dict(before), after=dict(after)
    )
