"""Who is behind the roles of a club: how many, and the first names, for pages that say whom a change touches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from core.db import dialect, rows
from spaces.models import Club
from spaces.queries.standing import standing

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Person:
    """A member by name, for a list of those whom something touches."""

    name: str
    handle: str


@dataclass(frozen=True, slots=True)
class PeopleOfRoles:
    """The members of some roles of a club.

    Args:
        counts: how many, by role.
        listed: the first 50 of each role as (role, person), all by name.
    """

    counts: dict[str, int] = field(default_factory=dict)
    listed: tuple[tuple[str, Person], ...] = ()

    def count(self, roles: Collection[str]) -> int:
        """How many members have one of these roles."""
        return sum(self.counts.get(role, 0) for role in roles)

    def names(self, roles: Collection[str]) -> list[Person]:
        """The first 50 of them, by name."""
        return [person for role, person in self.listed if role in roles][:SHOWN]


async def people_of_roles(club: Club, roles: Collection[str], *, named: bool = True) -> PeopleOfRoles:
    """Who has one of these roles, in one query.

    Args:
        club: the club.
        roles: built-in ones or the club's own.
        named: whether names are wanted.
    """
    words, wanted = dialect(), sorted(set(roles))
    if not wanted:
        return PeopleOfRoles()
    places = ", ".join(words.param(number) for number in range(2, len(wanted) + 2))
    found = await rows(
        "SELECT role, name, handle, many FROM (SELECT m.role, u.name, u.handle, u.sort_name, u.id, "
        "ROW_NUMBER() OVER (PARTITION BY m.role ORDER BY u.sort_name, u.id) AS place, "
        "COUNT(*) OVER (PARTITION BY m.role) AS many FROM spaces_membership m "
        f"JOIN accounts_user u ON u.id = m.user_id AND u.is_active WHERE m.club_id = {words.param(1)} "
        f"AND {standing('m')} AND m.role IN ({places})) x WHERE place <= {SHOWN if named else 1} ORDER BY sort_name, id",
        [club.id, *wanted],
    )
    counts = {str(row["role"]): int(row["many"]) for row in found}
    listed = tuple((str(row["role"]), Person(row["name"], row["handle"])) for row in found) if named else ()
    return PeopleOfRoles(counts, listed)
