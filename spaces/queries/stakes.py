"""What depends on a plugin in a club: what it keeps, who links to it, who reads and writes in it, which plugins need it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from core import current
from core.permissions import Permission
from spaces.access import OUTSIDE_ROLES, READABLE, Matrix
from spaces.hookspecs import Holding
from spaces.models import Club
from spaces.queries.people import count_roles
from spaces.queries.roles import columns_of, own_names
from spaces.queries.switchboard import Switch, holdings


@dataclass(frozen=True, slots=True)
class Right:
    """A permission that a plugin brings, and the roles that have it in the club now."""

    permission: Permission
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stakes:
    """What a change of one switch touches.

    Args:
        holdings: what the plugin keeps here, without what there is none of.
        links: what links to it from elsewhere in the club, by the name of the plugin that it is in.
        rights: its permissions.
        readers: how many members may read it while it is on or read-only.
        writers: how many of them may change something.
        open_to: whether people outside may read it: `visitor` and `anonymous`, or neither.
        needing: the plugins that need it, themselves or through others, as they are now.
        needed: the plugins that it needs itself and that are switched per club.
    """

    holdings: tuple[Holding, ...]
    links: dict[str, tuple[Holding, ...]]
    rights: tuple[Right, ...]
    readers: int
    writers: int
    open_to: tuple[str, ...]
    needing: tuple[Switch, ...]
    needed: tuple[Switch, ...]

    def falling(self, wanted: str) -> list[Switch]:
        """The plugins that would follow it to a more closed state: those that are on, or can still be read."""
        states = {"on"} if wanted == "read_only" else {"on", "read_only"}
        return [switch for switch in self.needing if switch.effective in states]

    @property
    def missing(self) -> list[Switch]:
        """The plugins without which it does not run at the moment."""
        return [switch for switch in self.needed if switch.effective not in READABLE]


async def load_stakes(club: Club, switch: Switch, switches: Sequence[Switch], matrix: Matrix) -> Stakes:
    """What depends on a plugin in a club.

    Args:
        club: the club.
        switch: the plugin's.
        switches: all of the club.
        matrix: the club's.
    """
    columns = (*columns_of(await own_names(club)), *(OUTSIDE_ROLES if club.visibility == "public" else ()))
    rights = _rights(current.app().permissions.of(switch.name), matrix, columns)
    counts = await count_roles(club)
    others = [one.name for one in switches if one.name != switch.name and one.effective in READABLE]
    kept = [one for one in await holdings(club, switch.name) if one.count]
    reading = _roles(right for right in rights if right.permission.name == f"{switch.name}.view")
    writing = _roles(right for right in rights if right.permission.writes)
    return Stakes(
        tuple(kept),
        await links_to_plugin(club, switch.name, others),
        rights,
        sum(counts.get(role, 0) for role in reading),
        sum(counts.get(role, 0) for role in writing & reading),
        tuple(role for role in OUTSIDE_ROLES if role in reading),
        _needing(switch.name, switches),
        tuple(one for one in switches if one.name in switch.loaded.needs),
    )


async def links_to_plugin(club: Club, plugin: str, others: Collection[str]) -> dict[str, tuple[Holding, ...]]:
    """What links to a plugin's pages from other plugins of the club, by the name of the plugin that it is in.

    Args:
        club: the club.
        plugin: where the links lead.
        others: the plugins to ask.
    """
    address = f"/c/{club.slug}/{plugin}/"
    answers = await current.app().hooks.collect(
        "links_counted", plugins=frozenset(others), club_id=club.id, club=club, address=address
    )
    found = {one.plugin: tuple(holding for holding in one.value if holding.count) for one in answers}
    return {name: counted for name, counted in found.items() if counted and name in others}


def _rights(permissions: Iterable[Permission], matrix: Matrix, roles: Collection[str]) -> tuple[Right, ...]:
    return tuple(Right(p, tuple(role for role in roles if matrix.allows(role, p))) for p in permissions)


def _roles(rights: Iterable[Right]) -> set[str]:
    return {role for right in rights for role in right.roles}


def _needing(plugin: str, switches: Sequence[Switch]) -> tuple[Switch, ...]:
    """Those that need a plugin, directly or not."""
    found: set[str] = set()
    while fresh := {one.name for one in switches if one.loaded.needs & ({plugin} | found)} - found:
        found |= fresh
    return tuple(one for one in switches if one.name in found)
