"""What a change of the role x permission matrix means for whom, before anything is saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core import current
from core.errors import Invalid
from core.i18n import gettext
from core.permissions import Permission, base_of
from spaces.access import OUTSIDE_ROLES, Matrix
from spaces.models import Club
from spaces.queries.role_people import PeopleOfRoles, Person, people_of_roles
from spaces.queries.roles import columns_of, own_names
from spaces.services.grants import Cell, changed

_SAID: Mapping[str, bool | None] = {"1": True, "0": False, "-": None}


@dataclass(frozen=True, slots=True)
class Side:
    """Those who gain a permission, or lose it.

    Args:
        roles: their roles, those of people outside among them.
        people: how many members.
        names: the first 50 of them; none for somebody who may not see the members.
    """

    roles: tuple[str, ...]
    people: int
    names: tuple[Person, ...]

    @property
    def is_outside(self) -> bool:
        """Whether it touches people outside the club alone, whom nobody counts."""
        return all(role in OUTSIDE_ROLES for role in self.roles)

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.people - len(self.names)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to one permission."""

    permission: Permission
    gain: Side
    lose: Side


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change does: to each permission, and to how many members in all."""

    effects: tuple[Effect, ...]
    gain: int
    lose: int


async def preview_grants(
    club: Club, matrix: Matrix, cells: Mapping[Cell, bool | None], *, named: bool = True
) -> Preview:
    """Whom a change of the matrix touches; two queries, however many members and cells there are.

    Args:
        club: the club.
        matrix: as it is now.
        cells: as for `set_grants`.
        named: whether the names of members may be told.
    """
    outside = OUTSIDE_ROLES if club.visibility == "public" else ()
    roles = (*columns_of(await own_names(club)), *outside)
    after = changed(matrix, cells)
    moved = []
    for permission in _touched(cells):
        gain = [role for role in roles if after.allows(role, permission) > matrix.allows(role, permission)]
        lose = [role for role in roles if after.allows(role, permission) < matrix.allows(role, permission)]
        if gain or lose:
            moved.append((permission, gain, lose))
    gaining, losing = {role for _, gain, _ in moved for role in gain}, {role for *_, lose in moved for role in lose}
    people = await people_of_roles(club, gaining | losing, named=named)
    effects = tuple(Effect(one, _side(gain, people), _side(lose, people)) for one, gain, lose in moved)
    return Preview(effects, people.count(gaining), people.count(losing))


def wanted_cells(matrix: Matrix, toggled: Mapping[tuple[str, Permission], bool]) -> dict[Cell, bool | None]:
    """What to store so that these cells become what somebody wants; back at what is usual, a cell is no exception any more.

    Roles of the club's own follow the built-in one that they are like, unless they are among the cells themselves.

    Args:
        matrix: as it is now.
        toggled: what is wanted, by role and permission.
    """
    cells: dict[Cell, bool | None] = {}
    for (role, permission), wanted in sorted(toggled.items(), key=lambda one: base_of(one[0][0]) != one[0][0]):
        usual = changed(matrix, cells).usual(role, permission)
        value = None if wanted == usual else wanted
        if value != matrix.overrides.get((role, permission.name)):
            cells[role, permission.name] = value
    return cells


def packed(cells: Mapping[Cell, bool | None]) -> str:
    """Cells as one text that a form carries."""
    words = {True: "1", False: "0", None: "-"}
    return ",".join(f"{role} {name} {words[allowed]}" for (role, name), allowed in cells.items())


def unpacked(text: str) -> dict[Cell, bool | None]:
    """Cells from such a text.

    Raises:
        Invalid: when it is none.
    """
    parts: Sequence[list[str]] = [cell.split(" ") for cell in text.split(",") if cell]
    if any(len(part) != 3 or part[2] not in _SAID for part in parts):
        raise Invalid(gettext("This form cannot be read. Load the page again and send it once more."))
    return {(role, name): _SAID[said] for role, name, said in parts}


def _touched(cells: Iterable[Cell]) -> list[Permission]:
    names = {name for _, name in cells}
    return [one for one in current.app().permissions.all() if one.name in names]


def _side(roles: Sequence[str], people: PeopleOfRoles) -> Side:
    return Side(tuple(roles), people.count(roles), tuple(people.names(roles)))
