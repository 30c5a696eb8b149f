"""Who may moderate a club."""

from __future__ import annotations

from spaces.access import Matrix
from spaces.models import Club, GrantLock, GrantOverride, Membership
from spaces.permissions import MODERATE
from spaces.queries.people import count_roles
from spaces.queries.standing import stands


async def moderators_of(club: Club) -> list[int]:
    """The numbers of the members who may moderate a club right now."""
    cells = {(c.role, c.permission): c.allowed for c in await GrantOverride.filter(club_id=club.id)}
    locks = {(c.role, c.permission): c.allowed for c in await GrantLock.all()}
    matrix = Matrix(cells, locks)
    roles = [role for role in await count_roles(club) if matrix.allows(role, MODERATE)]
    found = Membership.filter(stands(), club_id=club.id, role__in=roles, user__is_active=True)
    return [int(str(number)) for number in await found.values_list("user_id", flat=True)]
