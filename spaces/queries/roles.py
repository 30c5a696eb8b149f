"""Reads about roles: those that clubs made for themselves, and how every role is called."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.collation import sort_key
from core.db import dialect, rows
from core.errors import NotFound
from core.i18n import gettext
from core.permissions import base_of
from spaces.access import MEMBER_ROLES, ROLE_LABELS, rank
from spaces.models import Club, ClubRole, GroupRule, Invitation
from spaces.queries.people import count_roles
from spaces.queries.standing import standing


class RoleLabels(dict[str, str]):
    """Roles in the reader's words. One that is not among them, because it was just removed, is called like its built-in one."""

    def __missing__(self, role: str) -> str:
        return self[base_of(role)] if base_of(role) else role


@dataclass(frozen=True, slots=True)
class RoleUse:
    """What hangs on a role of a club's own: members, invitations that are under way, and rules for groups at providers."""

    members: int
    invitations: int
    rules: int


def built_in_labels() -> RoleLabels:
    """The built-in roles in the reader's words."""
    return RoleLabels({role: gettext(label) for role, label in ROLE_LABELS.items()})


async def list_roles(club: Club) -> list[ClubRole]:
    """The roles that a club made, those that stand highest first."""
    return sorted(await ClubRole.filter(club_id=club.id), key=_place)


async def own_names(club: Club) -> tuple[str, ...]:
    """The names of the roles that a club made, those that stand highest first."""
    return tuple(role.name for role in await list_roles(club))


def columns_of(own: Collection[str]) -> tuple[str, ...]:
    """The built-in roles of members from the highest on, each followed by those of the club's own that are like it.

    Args:
        own: names, as `own_names` sorts them.
    """
    return tuple(name for base in MEMBER_ROLES for name in (base, *(one for one in own if base_of(one) == base)))


async def labels_in(club: Club) -> RoleLabels:
    """All roles of a club in the reader's words, one query."""
    return RoleLabels({**built_in_labels(), **{role.name: role.label for role in await list_roles(club)}})


async def roles_in(club: Club) -> tuple[dict[str, int], RoleLabels]:
    """How many members have each role that is held, and all roles in the reader's words; one query."""
    word = dialect().param
    found = await rows(
        "SELECT m.role AS role, COUNT(*) AS many, '' AS label FROM spaces_membership m "
        f"WHERE m.club_id = {word(1)} AND {standing('m')} GROUP BY m.role "
        f"UNION ALL SELECT r.name, 0, r.label FROM spaces_club_role r WHERE r.club_id = {word(2)}",
        [club.id, club.id],
    )
    counts = {row["role"]: int(row["many"]) for row in found if row["many"]}
    return counts, RoleLabels({**built_in_labels(), **{row["role"]: row["label"] for row in found if row["label"]}})


async def labels_in_many(club_ids: Collection[int]) -> Mapping[int, RoleLabels]:
    """The same for several clubs, in one query."""
    found = {number: RoleLabels(built_in_labels()) for number in club_ids}
    for role in await ClubRole.filter(club_id__in=list(found)):
        found[role.club_id][role.name] = role.label
    return found


async def get_role(club: Club, name: str) -> ClubRole:
    """A role that the club made.

    Raises:
        NotFound: when it has none of this name.
    """
    found = await ClubRole.get_or_none(club_id=club.id, name=name[:30])
    if found is None:
        raise NotFound(gettext("There is no such role."))
    return found


async def uses_of(club: Club) -> Mapping[str, RoleUse]:
    """What hangs on the roles of a club, by their names; three queries."""
    invitations = Invitation.filter(club_id=club.id, withdrawn_at=None, uses_left__gt=0)
    invited = [str(role) for role in await invitations.filter(role__contains=".").values_list("role", flat=True)]
    rules = [str(role) for role in await GroupRule.filter(club_id=club.id).values_list("role", flat=True)]
    members = await count_roles(club)
    used = {*members, *invited, *rules}
    return {role: RoleUse(members.get(role, 0), invited.count(role), rules.count(role)) for role in used}


async def use_of(club: Club, name: str) -> RoleUse:
    """What hangs on one role."""
    return (await uses_of(club)).get(name, RoleUse(0, 0, 0))


def _place(role: ClubRole) -> tuple[int, str, str]:
    return -rank(role.name), sort_key(role.label), role.name
