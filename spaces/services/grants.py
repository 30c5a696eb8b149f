"""The role x permission matrix: what a club grants, and what the operator fixes for all clubs."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from core import audit, current
from core.db import atomic
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.i18n import gettext
from core.permissions import Permission, base_of
from spaces.access import OUTSIDE_ROLES, RANK, ROLE_LABELS, Matrix, rank
from spaces.models import Club, GrantLock, GrantOverride, Membership
from spaces.permissions import CONFIGURE
from spaces.queries.roles import list_roles
from spaces.queries.standing import stands
from spaces.services.actors import ABOVE_ALL, Actor, asker, rank_of
from spaces.space import hold_switches
from spaces.switches import refresh, refresh_many

Cell = tuple[str, str]


class MatrixChanged(Conflict):
    """Somebody changed the matrix since it was looked at."""


async def load_matrix(club: Club) -> Matrix:
    """The club's matrix: its own cells and the operator's locks."""
    cells = {(c.role, c.permission): c.allowed for c in await GrantOverride.filter(club_id=club.id)}
    locks = {(c.role, c.permission): c.allowed for c in await GrantLock.all()}
    return Matrix(cells, locks)


async def set_grant(club: Club, role: str, permission: str, allowed: bool | None, *, actor: Actor | None) -> None:
    """Grant or deny one permission to one role; None goes back to the default. See `set_grants`."""
    await set_grants(club, {(role, permission): allowed}, actor=actor)


async def set_grants(
    club: Club, cells: Mapping[Cell, bool | None], *, actor: Actor | None, seen: str | None = None
) -> None:
    """Change cells of a club's matrix together.

    Args:
        club: the club.
        cells: by (role, permission): True, False, or None for the default.
        actor: who does it; may grant only what they have, and only to roles that are not above their own.
        seen: as `mark_of` calls the matrix that the actor looked at; None does not ask.

    Raises:
        Forbidden: for a cell that the operator locked, that is out of the actor's reach, or that would leave the club
            without anybody who can configure it.
        Invalid: for an unknown role or permission, or a right to write for people outside.
        MatrixChanged: when it is not the matrix that was `seen`.
    """
    async with atomic():
        await hold_switches(club.id)
        matrix, labels = await check_grants(club, cells, actor=actor)
        if seen is not None and seen != mark_of(matrix, labels):
            raise MatrixChanged(gettext("Somebody changed the permissions in the meantime. Nothing has been saved."))
        after = changed(matrix, cells)
        for (role, name), allowed in cells.items():
            permission = _known(name)
            await _store(club, role, name, allowed)
            await audit.record(
                "spaces.grant_set",
                actor=asker(actor),
                subject=f"{labels[role]}: {permission.label}",
                club_id=club.id,
                before={"allowed": matrix.allows(role, permission)},
                after={"allowed": after.allows(role, permission)},
            )
        await refresh(club)


async def check_grants(
    club: Club, cells: Mapping[Cell, bool | None], *, actor: Actor | None
) -> tuple[Matrix, dict[str, str]]:
    """Refuse what `set_grants` would refuse; answers the matrix as it is now and what its roles are called.

    Args:
        club, cells, actor: as for `set_grants`, also for the errors.
    """
    matrix, labels = await load_matrix(club), await _labels(club)
    reach, own, after = await rank_of(club, actor), await _own_role(club, actor), changed(matrix, cells)
    for (role, name), allowed in cells.items():
        permission = _known(name)
        _check_cell(matrix, role, permission, allowed, labels)
        _check_reach(matrix, after, role, permission, reach=reach, own_role=own)
    return matrix, labels


def changed(matrix: Matrix, cells: Mapping[Cell, bool | None]) -> Matrix:
    """The matrix as it would be with these cells."""
    kept = {cell: allowed for cell, allowed in {**matrix.overrides, **cells}.items() if allowed is not None}
    return Matrix(kept, matrix.locks)


def mark_of(matrix: Matrix, roles: Collection[str]) -> str:
    """One word for all that a matrix says, by which somebody who looked at it can tell whether it is the same still.

    Args:
        matrix: as `load_matrix` has it.
        roles: the names of all roles of the club.
    """
    said = repr((sorted(matrix.overrides.items()), sorted(matrix.locks.items()), sorted(roles)))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


async def lock_grant(permission: str, role: str, allowed: bool | None, *, actor: Actor | None) -> None:
    """Fix a cell for all clubs, or leave it to them again with None.

    Args:
        permission: its name.
        role: any role.
        allowed: what holds in every club.
        actor: the operator.
    """
    if role not in RANK:
        raise Invalid(gettext("There is no such role."), field="role")
    known = _known(permission)
    _refuse_outside_writes(role, known, allowed)
    async with atomic():
        await hold_switches(None)
        before = await GrantLock.get_or_none(role=role, permission=permission)
        if allowed is None:
            await GrantLock.filter(role=role, permission=permission).delete()
        else:
            await GrantLock.update_or_create(role=role, permission=permission, defaults={"allowed": allowed})
        await audit.record(
            "spaces.grant_locked",
            actor=asker(actor),
            subject=f"{role}: {permission}",
            before={"allowed": before.allowed if before else None},
            after={"allowed": allowed},
        )
        await refresh_many(await Club.all())


def may_be_granted(role: str, permission: Permission) -> bool:
    """Whether a role can have this permission at all: people outside only read what a plugin shows."""
    return role not in OUTSIDE_ROLES or permission.name.endswith(".view")


def _known(name: str) -> Permission:
    found = current.app().permissions.get(name)
    if found is None:
        raise NotFound(gettext("There is no such permission."))
    return found


def _check_cell(
    matrix: Matrix, role: str, permission: Permission, allowed: bool | None, roles: Collection[str]
) -> None:
    if role not in roles:
        raise Invalid(gettext("There is no such role."), field="role")
    if (base_of(role), permission.name) in matrix.locks:
        raise Forbidden(gettext("The operator has fixed “%(right)s” for all clubs.", right=gettext(permission.label)))
    if role == "owner" and permission is CONFIGURE and allowed is False:
        raise Forbidden(gettext("Owners keep the right to change the club; otherwise nobody could."))
    _refuse_outside_writes(role, permission, allowed)


def _refuse_outside_writes(role: str, permission: Permission, allowed: bool | None) -> None:
    if allowed and not may_be_granted(role, permission):
        raise Invalid(gettext("People outside the club can only be allowed to read."), field="allowed")


def _check_reach(
    matrix: Matrix, after: Matrix, role: str, permission: Permission, *, reach: int, own_role: str
) -> None:
    if reach == ABOVE_ALL:
        return
    if rank(role) > reach:
        raise Forbidden(gettext("You cannot give or change a role that is above your own."))
    if after.allows(role, permission) and not matrix.allows(own_role, permission):
        raise Forbidden(
            gettext("You cannot grant “%(right)s”, because you do not have it.", right=gettext(permission.label))
        )


async def _own_role(club: Club, actor: Actor | None) -> str:
    if actor is None:
        return ""
    found = await Membership.get_or_none(stands(), club_id=club.id, user_id=actor.id).only("role")
    return found.role if found else ""


async def _store(club: Club, role: str, permission: str, allowed: bool | None) -> None:
    if allowed is None:
        await GrantOverride.filter(club_id=club.id, role=role, permission=permission).delete()
        return
    await GrantOverride.update_or_create(club=club, role=role, permission=permission, defaults={"allowed": allowed})


async def _labels(club: Club) -> dict[str, str]:
    """What the roles are called in the audit log."""
    return {**ROLE_LABELS, **{role.name: role.label for role in await list_roles(club)}}
