"""Changing several members of a club at once: what would happen to whom, and doing it, one member after the other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.i18n import gettext
from core.permissions import base_of
from spaces.access import rank
from spaces.models import Club, ClubRole, Membership
from spaces.queries.standing import stands
from spaces.services.actors import Actor, rank_of, require_role
from spaces.services.expiry import require_to_come, set_expiry
from spaces.services.memberships import change_role, remove_member

AT_ONCE = 100
"""How many members one change may name."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to each of several members.

    Args:
        kind: `role` gives them one, `end` says when their membership ends, `remove` ends it now.
        role: the new one, for `role`.
        until: from then on they are no members, for `end`; None for good.
    """

    kind: Literal["role", "end", "remove"]
    role: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a change would do.

    Args:
        able: the members whom it reaches, with their users.
        unable: those who stay as they are, each with a sentence that says why.
        gone: how many of those who were named belong to the club no more.
    """

    able: tuple[Membership, ...]
    unable: tuple[tuple[Membership, str], ...]
    gone: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change did.

    Args:
        done: how many members it reached.
        refused: the name of each member who stayed as they were, and why.
        gone: as for `Outlook`.
    """

    done: int
    refused: tuple[tuple[str, str], ...]
    gone: int


async def look_ahead(club: Club, user_ids: Collection[int], change: Change, *, actor: Actor) -> Outlook:
    """What a change would do to these members, by name; nothing is changed.

    Args:
        club: the club.
        user_ids: of the members, at most 100.
        change: what is to happen.
        actor: who wants it. They themselves are never among those who change, so an owner who does this stays one.

    Raises:
        Invalid: for more than 100, a role that the club does not know, or an end that has passed.
        Forbidden: when the role to give stands above the actor's.
    """
    wanted = set(user_ids)
    if len(wanted) > AT_ONCE:
        raise Invalid(gettext("At most %(most)s people at once, please.", most=AT_ONCE))
    reach = await rank_of(club, actor)
    if change.kind == "role":
        await _require_gift(club, change.role, reach)
    require_to_come(change.until)
    found = await (
        Membership.filter(stands(), club_id=club.id, user_id__in=wanted, user__is_active=True)
        .order_by("user__sort_name", "user_id")
        .select_related("user")
    )
    judged = [(one, _hindrance(one, change, reach, actor)) for one in found]
    return Outlook(
        able=tuple(one for one, why in judged if not why),
        unable=tuple((one, why) for one, why in judged if why),
        gone=len(wanted) - len(found),
    )


async def change_members(club: Club, user_ids: Collection[int], change: Change, *, actor: Actor) -> Outcome:
    """Change these members, each in a transaction and with a row of the audit log of their own.

    Who cannot be changed, or cannot any more, stops none of the others.

    Args:
        club, user_ids, change, actor: as for `look_ahead`.

    Raises:
        Invalid, Forbidden: as for `look_ahead`.
    """
    outlook = await look_ahead(club, user_ids, change, actor=actor)
    refused = [(one.user.name, why) for one, why in outlook.unable]
    done = 0
    for member in outlook.able:
        try:
            await _apply(club, member, change, actor)
            done += 1
        except (Conflict, Forbidden, Invalid, NotFound) as error:
            refused.append((member.user.name, error.message))
    return Outcome(done, tuple(refused), outlook.gone)


async def _require_gift(club: Club, role: str, reach: int) -> None:
    require_role(role)
    if rank(role) > reach:
        raise Forbidden(gettext("You cannot give or change a role that is above your own."))
    if base_of(role) != role and not await ClubRole.exists(club_id=club.id, name=role):
        raise Invalid(gettext("There is no such role."))


async def _apply(club: Club, member: Membership, change: Change, actor: Actor) -> None:
    if change.kind == "role":
        await change_role(club, member.user, change.role, actor=actor)
    elif change.kind == "end":
        await set_expiry(club, member.user, change.until, actor=actor)
    else:
        await remove_member(club, member.user, actor=actor)


def _hindrance(member: Membership, change: Change, reach: int, actor: Actor) -> str:
    """Why a member stays as they are, as far as that is known beforehand; "" where nothing is in the way."""
    if member.user_id == actor.id:
        return gettext("This is you: change your own membership on its own page.")
    if rank(member.role) > reach:
        return gettext("This person's role stands above yours, so you cannot change it.")
    if change.kind == "role" and member.role == change.role:
        return gettext("Has this role already.")
    if change.kind == "end" and change.until is not None and member.role == "owner":
        return gettext("An owner belongs to the club without an end.")
    if change.kind == "end" and member.expires_at == change.until:
        return gettext("Has this end already.")
    return ""
