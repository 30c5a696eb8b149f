"""Every way into a club that is open: who made it, whether it still works, and who came by it."""

from __future__ import annotations

from dataclasses import dataclass

from spaces.access import Matrix, rank
from spaces.models import Club, Invitation, Membership
from spaces.permissions import INVITE
from spaces.queries.invitations import list_invitations, who_came
from spaces.queries.standing import stands
from spaces.services.grants import load_matrix
from spaces.services.invitations import MAX_USES

NAMED = 5


@dataclass(frozen=True, slots=True)
class OpenWay:
    """An invitation that is under way.

    Args:
        invitation: with its inviter.
        is_working: False where its inviter may not invite to this any more; then its link leads nowhere.
        uses_left: None for as many as come.
        names: of those who came by it, the last one first, five at most.
        came: how many they are.
    """

    invitation: Invitation
    is_working: bool
    uses_left: int | None
    names: tuple[str, ...]
    came: int


async def open_ways(club: Club, limit: int = 200) -> list[OpenWay]:
    """The invitations of a club that were not withdrawn and have not ended, newest first; five queries."""
    found = await list_invitations(club, limit)
    if not found:
        return []
    places = Membership.filter(stands(), club_id=club.id, user_id__in=list({one.inviter_id for one in found}))
    roles = {place.user_id: place.role for place in await places}
    matrix, came = await load_matrix(club), await who_came(club, [one.id for one in found])
    return [_way(club, one, roles.get(one.inviter_id), matrix, came.get(one.id, [])) for one in found]


def _way(club: Club, one: Invitation, role: str | None, matrix: Matrix, came: list[str]) -> OpenWay:
    left = one.uses_left if one.uses_left <= MAX_USES else None
    names = tuple(name for name in came if name)[:NAMED]
    return OpenWay(one, _may_still(club, one, role, matrix), left, names, len(came))


def _may_still(club: Club, one: Invitation, role: str | None, matrix: Matrix) -> bool:
    """What `find_way` asks of an inviter when somebody comes."""
    if role is None or not one.inviter.is_active or (club.needs_factor and not one.inviter.has_factor):
        return False
    return matrix.allows(role, INVITE) and rank(role) >= rank(one.role)
