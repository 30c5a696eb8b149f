"""The role x permission matrix of a club: shown, changed, and what a change means for how many people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from core.errors import CercleError, Invalid
from core.forms import read_form
from core.http import Request
from core.i18n import gettext
from core.permissions import Permission
from spaces.access import MEMBER_ROLES, OUTSIDE_ROLES, RANK, Matrix
from spaces.forms import MatrixInput
from spaces.queries.people import count_roles
from spaces.services.grants import Cell, load_matrix, may_be_granted, set_grants
from spaces.views.choices import role_labels


@dataclass(frozen=True, slots=True)
class CellShown:
    """A cell of the matrix.

    Args:
        role: its column.
        value: what the form sends when it is ticked.
        allowed: whether it is.
        is_fixed: whether it cannot be changed here.
        why: who fixed it.
        differs: whether the club changed it from the default.
    """

    role: str
    value: str
    allowed: bool
    is_fixed: bool
    why: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A cell that is about to change.

    Args:
        people: how many members it touches; None for people outside, whom nobody counts.
    """

    role: str
    permission: Permission
    allowed: bool
    people: int | None


async def edit(request: Request) -> Response:
    """The matrix."""
    return await _form(request, await load_matrix(request.club))


async def update(request: Request) -> Response:
    """Show what would change; save it once that was confirmed."""
    form = await read_form(request, MatrixInput)
    matrix = await load_matrix(request.club)
    cells = _changes(request, matrix, frozenset(form.data.allowed))
    if not cells:
        request.flash(gettext("Nothing has changed."), "info")
        return request.redirect("spaces:permissions")
    if not form.data.confirmed:
        return await _confirm(request, matrix, cells, form.data.allowed)
    try:
        await set_grants(request.club, cells, actor=request.viewer)
    except (Invalid, CercleError) as error:
        return await _form(request, matrix, error.message, error.status)
    request.flash(gettext("The permissions are saved. They hold from now on."))
    return request.redirect("spaces:permissions")


async def _form(request: Request, matrix: Matrix, error: str = "", status: int = 200) -> Response:
    roles = roles_of(request)
    groups = []
    for name, title in _sources(request):
        rows = [(p, [_cell(request, matrix, role, p) for role in roles]) for p in request.app.permissions.of(name)]
        if rows:
            groups.append((title, rows))
    return await request.page(
        "spaces/permissions/edit.html", status, groups=groups, roles=roles, labels=role_labels(), error=error
    )


async def _confirm(request: Request, matrix: Matrix, cells: Mapping[Cell, bool | None], allowed: list[str]) -> Response:
    counts = await count_roles(request.club)
    changes = []
    for (role, name), value in cells.items():
        permission = request.app.permissions.get(name)
        if permission is not None:
            given = role in permission.default_roles if value is None else value
            people = None if role in OUTSIDE_ROLES else counts.get(role, 0)
            changes.append(Change(role, permission, given, people))
    gaining = {change.role for change in changes if change.allowed}
    losing = {change.role for change in changes if not change.allowed}
    return await request.page(
        "spaces/permissions/confirm.html",
        changes=changes,
        gain=sum(counts.get(role, 0) for role in gaining),
        lose=sum(counts.get(role, 0) for role in losing),
        allowed=allowed,
        labels=role_labels(),
    )


def roles_of(request: Request) -> tuple[str, ...]:
    """The columns: people outside only where the club is public, since nowhere else they are granted anything."""
    return MEMBER_ROLES + (OUTSIDE_ROLES if request.club.visibility == "public" else ())


def _sources(request: Request) -> list[tuple[str, str]]:
    """The club itself, then its plugins that are not off."""
    states = request.access.states
    found = [("spaces", gettext("The club"))]
    return found + [
        (one.name, gettext(one.part.title)) for one in request.app.parts.plugins if states.get(one.name, "off") != "off"
    ]


def _cell(request: Request, matrix: Matrix, role: str, permission: Permission) -> CellShown:
    why = _fixed_because(request, matrix, role, permission)
    differs = matrix.reason(role, permission) == "club"
    return CellShown(role, f"{role} {permission.name}", matrix.allows(role, permission), bool(why), why, differs)


def _fixed_because(request: Request, matrix: Matrix, role: str, permission: Permission) -> str:
    if (role, permission.name) in matrix.locks:
        return gettext("Fixed by the operator of the site")
    if role == "owner" and permission.name == "spaces.configure":
        return gettext("Owners always have this")
    if not may_be_granted(role, permission):
        return gettext("People outside can only read")
    if RANK[role] > RANK.get(request.access.role, -1):
        return gettext("This role is above yours")
    return ""


def _changes(request: Request, matrix: Matrix, ticked: frozenset[str]) -> dict[Cell, bool | None]:
    """The cells that differ from what holds; back at the default, a cell is no exception any more."""
    changed: dict[Cell, bool | None] = {}
    for name, _title in _sources(request):
        for permission in request.app.permissions.of(name):
            for role in roles_of(request):
                cell = _cell(request, matrix, role, permission)
                wanted = cell.value in ticked
                if not cell.is_fixed and wanted != cell.allowed:
                    default = role in permission.default_roles
                    changed[role, permission.name] = None if wanted == default else wanted
    return changed
