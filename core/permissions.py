"""Permissions: declared by parts, granted to roles, asked with `can()`. Deny by default; an error is a no.

The core knows no club. A *scope* is whatever grants are given in (a club), known by its id; a thing belongs to the scope
that its `club_id` names.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from core.errors import Forbidden, PluginError
from core.i18n import N_

logger = logging.getLogger("cercle.permissions")

ROLES = ("owner", "moderator", "member", "guest", "visitor", "anonymous")
OWN_ROLE_BASES = ("moderator", "member", "guest")
"""The built-in roles that a scope can make a role of its own like."""
OPERATE = "site.operate"
"""The permission of a route for operators of the site alone."""
SIGNED_IN = "site.signed_in"
"""The permission of a route for everybody who is signed in."""

Rule = Callable[["Asker", Any], bool]


@dataclass(frozen=True, slots=True)
class Permission:
    """One verb that a role may be granted in a club.

    Args:
        name: `part.verb`, such as `wiki.edit`; the part must be the one that declares it.
        label: what it allows, in the words of a member, for the matrix (source language; translated when shown).
        default_roles: the roles that have it unless a club or the operator changes that.
        author: whether the author of a thing has it for that thing, as long as they belong to the club.
        writes: False for permissions that only read; those stay when a plugin is `read_only`.
    """

    name: str
    label: str
    default_roles: frozenset[str] = frozenset()
    author: bool = False
    writes: bool = True

    def __str__(self) -> str:
        return self.name


def permission(name: str, label: str, roles: Iterable[str], *, author: bool = False, writes: bool = True) -> Permission:
    """Declare a permission; see `Permission` for the arguments."""
    return Permission(name, label, frozenset(roles), author, writes)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person may do in one scope.

    Args:
        role: the role held there.
        allowed: names of the permissions that role has.
        frozen_because: why nothing may be written at all ("This club is archived."), or None.
        writable: names of the plugins that can be changed here at the moment; the rights of authors end at the others.
    """

    role: str
    allowed: frozenset[str]
    frozen_because: str | None = None
    writable: frozenset[str] = frozenset()


class Asker(Protocol):
    """Who asks: a viewer. `core.accounts.viewer.Viewer` is the one there is."""

    @property
    def id(self) -> int | None: ...
    @property
    def is_operator(self) -> bool: ...
    @property
    def is_authenticated(self) -> bool: ...
    @property
    def grants(self) -> Mapping[int, Grant]: ...


def base_of(role: str) -> str:
    """The built-in role that a role is like: `member` of `member.treasurer`; itself where it is built in, "" of any other word.

    Args:
        role: as `Viewer.role_in` or `Grant.role` has it.
    """
    base, dot, word = role.partition(".")
    if not dot:
        return role if role in ROLES else ""
    return base if base in OWN_ROLE_BASES and word.isascii() and word.isalnum() else ""


class Permissions:
    """All permissions that the loaded parts declare."""

    def __init__(self) -> None:
        self._by_name: dict[str, Permission] = {}

    def declare(self, part: str, permissions: Iterable[Permission]) -> None:
        """Take over the permissions of a part.

        Raises:
            PluginError: for a name without the part's prefix, an unknown role, or one that is declared twice.
        """
        for one in permissions:
            if not one.name.startswith(f"{part}."):
                raise PluginError(f"Permission {one.name!r} must start with {part + '.'!r}", plugin=part)
            if unknown := one.default_roles.difference(ROLES):
                raise PluginError(f"Permission {one.name!r} names unknown roles: {sorted(unknown)}", plugin=part)
            if one.name in self._by_name:
                raise PluginError(f"Permission {one.name!r} is declared twice", plugin=part)
            self._by_name[one.name] = one

    def forget(self, part: str) -> None:
        """Remove what a part declared, when it turns out to be broken."""
        self._by_name = {n: p for n, p in self._by_name.items() if not n.startswith(f"{part}.")}

    def get(self, name: str) -> Permission | None:
        """The permission of this name, or None."""
        return self._by_name.get(name)

    def all(self) -> tuple[Permission, ...]:
        """Every permission, in the order of the parts."""
        return tuple(self._by_name.values())

    def of(self, part: str) -> tuple[Permission, ...]:
        """The permissions that one part declares."""
        return tuple(p for p in self._by_name.values() if p.name.startswith(f"{part}."))


def can(viewer: Asker, permission: Permission | str, thing: Any = None) -> bool:
    """Whether the viewer may do this to the thing; asks loaded data only, never the database.

    Args:
        viewer: who asks.
        permission: a declared permission, or `OPERATE` or `SIGNED_IN` for the site as a whole.
        thing: a club, or anything with a `club_id` (and an `author_id` where authors have rights); None for the site.
    """
    try:
        return _decide(viewer, permission, thing)[0]
    except Exception:
        logger.exception("Deciding %s failed; the answer is no", permission)
        return False


def why(viewer: Asker, permission: Permission | str, thing: Any = None) -> str:
    """The reason for the answer of `can`, in plain words."""
    return _decide(viewer, permission, thing)[1]


def require(viewer: Asker, permission: Permission | str, thing: Any = None) -> None:
    """Raise `Forbidden` unless `can`."""
    if not can(viewer, permission, thing):
        raise Forbidden(why(viewer, permission, thing))


def _decide(viewer: Asker, permission: Permission | str, thing: Any) -> tuple[bool, str]:
    name = str(permission)
    if name == OPERATE:
        return viewer.is_operator, N_("Only operators of the site may do this.")
    if name == SIGNED_IN:
        return viewer.is_authenticated, N_("Only people who are signed in may do this.")
    grant = viewer.grants.get(_scope_of(thing))
    if grant is None:
        return False, N_("You have no role here.")
    writes = not isinstance(permission, Permission) or permission.writes
    if writes and grant.frozen_because:
        return False, grant.frozen_because
    if name in grant.allowed:
        return True, N_("Your role in this club allows this.")
    if isinstance(permission, Permission) and permission.author and _is_author(viewer, permission, thing, grant):
        return True, N_("The author may do this.")
    return False, N_("Your role in this club does not allow this.")


def _scope_of(thing: Any) -> int:
    return int(getattr(thing, "club_id", None) or 0)


def _is_author(viewer: Asker, permission: Permission, thing: Any, grant: Grant) -> bool:
    return (
        viewer.id is not None
        and (not permission.writes or permission.name.partition(".")[0] in grant.writable)
        and getattr(thing, "author_id", None) == viewer.id
        and base_of(grant.role) in ("owner", "moderator", "member", "guest")
    )
