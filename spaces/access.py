"""Who may do what in a club: from switches, policy, default roles, the club's own matrix and the operator's locks.

Pure functions over loaded facts; the results are remembered by the facts, so the common case costs a dictionary look-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from core.i18n import N_
from core.permissions import Permission, Permissions, base_of

State = Literal["off", "paused", "read_only", "on"]
Policy = Literal["unavailable", "available", "on_by_default", "required"]
STATES: tuple[State, ...] = ("off", "paused", "read_only", "on")
"""What a plugin can be in a club, the most closed first; `paused` after faults."""
CHOICES: tuple[State, ...] = ("off", "read_only", "on")
"""What its owners can choose."""
POLICIES: tuple[Policy, ...] = ("unavailable", "available", "on_by_default", "required")
MEMBER_ROLES = ("owner", "moderator", "member", "guest")
OUTSIDE_ROLES = ("visitor", "anonymous")
RANK = {role: rank for rank, role in enumerate(("anonymous", "visitor", "guest", "member", "moderator", "owner"))}
ROLE_LABELS = {
    "owner": N_("Owner"),
    "moderator": N_("Moderator"),
    "member": N_("Member"),
    "guest": N_("Guest"),
    "visitor": N_("Signed in, not a member"),
    "anonymous": N_("Not signed in"),
}
READABLE = frozenset({"on", "read_only"})


def rank(role: str) -> int:
    """How high a role stands, as high as the built-in one that it is like; -1 for a word that is none."""
    return RANK.get(base_of(role), -1)


def effective_state(policy: str, state: str | None, *, paused: bool = False) -> State:
    """What a plugin's switch amounts to.

    Args:
        policy: the operator's, for this club or its kind.
        state: the owner's choice, None when nobody chose.
        paused: True after repeated faults.
    """
    chosen = _chosen_state(policy, state)
    return "paused" if paused and chosen != "off" else chosen


def _chosen_state(policy: str, state: str | None) -> State:
    if policy == "unavailable":
        return "off"
    if policy == "required":
        return "read_only" if state == "read_only" else "on"
    if state in CHOICES:
        return state
    return "on" if policy == "on_by_default" else "off"


def held_back(state: State, needed: Iterable[State]) -> State:
    """The state of a plugin that needs others: off while one of them is off, paused while one is paused, read-only while one
    can only be read.

    Args:
        state: what it amounts to by itself.
        needed: the effective states of those it requires.
    """
    return min((state, *needed), key=STATES.index)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The role x permission matrix of one club. Where nobody decided about a role of the club's own, the built-in one that it is
    like answers; what the operator fixed for that one holds for it as well.

    Args:
        overrides: cells that the club changed, by (role, permission).
        locks: cells that the operator fixed, by (role, permission); only of built-in roles.
    """

    overrides: Mapping[tuple[str, str], bool]
    locks: Mapping[tuple[str, str], bool]

    def allows(self, role: str, permission: Permission) -> bool:
        """Whether a role has a permission: lock, else override, else default. Unknown roles have none."""
        base = base_of(role)
        if not base:
            return False
        if (base, permission.name) in self.locks:
            return self.locks[base, permission.name]
        own = self.overrides.get((role, permission.name))
        return self.usual(role, permission) if own is None else own

    def usual(self, role: str, permission: Permission) -> bool:
        """What a role has where the club did not decide about this cell: the default, and for a role of the club's own what the
        built-in one has.
        """
        base = base_of(role)
        return self.allows(base, permission) if base != role else base in permission.default_roles

    def reason(self, role: str, permission: Permission) -> str:
        """Where the answer comes from: `lock`, `club` or `default`."""
        if (base_of(role), permission.name) in self.locks:
            return "lock"
        return "club" if (role, permission.name) in self.overrides else "default"


def allowed(
    permissions: Iterable[Permission], role: str, matrix: Matrix, states: Mapping[str, str], visibility: str
) -> frozenset[str]:
    """The names of the permissions that a role has in a club.

    Args:
        permissions: all declared ones.
        role: the viewer's.
        matrix: the club's.
        states: effective state by plugin.
        visibility: the club's; only a `public` club grants anything to people outside.
    """
    if role in OUTSIDE_ROLES and visibility != "public":
        return frozenset()
    return frozenset(p.name for p in permissions if matrix.allows(role, p) and _is_open(p, states))


def _is_open(permission: Permission, states: Mapping[str, str]) -> bool:
    state = states.get(permission.name.partition(".")[0])
    if state is None:
        return permission.name.startswith("spaces.")
    return state == "on" or (state == "read_only" and not permission.writes)


@lru_cache(maxsize=4096)
def parse_cells(text: str) -> dict[tuple[str, str], bool]:
    """Cells from `role permission 1,role permission 0,…`, as the gate's query aggregates them."""
    cells = (cell.split(" ") for cell in text.split(",") if cell)
    return {(role, name): value in ("1", "true", "t") for role, name, value in cells}


@lru_cache(maxsize=4096)
def parse_states(text: str) -> dict[str, str]:
    """Effective states from `plugin:state:readers,plugin:state:readers,…`."""
    return {plugin: state for plugin, state, _ in _switches(text)}


@lru_cache(maxsize=4096)
def parse_readers(text: str) -> dict[str, frozenset[str]]:
    """The roles that could read a plugin, for those that the gate's query names them for, from the same text."""
    return {plugin: frozenset(readers.split()) for plugin, _, readers in _switches(text) if readers}


def _switches(text: str) -> list[tuple[str, str, str]]:
    rows = (row.split(":") for row in text.split(",") if row)
    return [(plugin, state, readers) for plugin, state, readers in rows]


class Grants:
    """Computes what is allowed, once per set of facts."""

    def __init__(self, permissions: Permissions) -> None:
        self._permissions = permissions
        self._remembered = lru_cache(maxsize=4096)(self._compute)

    def of(self, role: str, overrides: str, locks: str, states: str, visibility: str) -> frozenset[str]:
        """What a role may do, for the texts that the gate's query answers."""
        return self._remembered(role, overrides, locks, states, visibility)

    def _compute(self, role: str, overrides: str, locks: str, states: str, visibility: str) -> frozenset[str]:
        matrix = Matrix(parse_cells(overrides), parse_cells(locks))
        return allowed(self._permissions.all(), role, matrix, parse_states(states), visibility)
