"""The role x permission matrix of a club: shown, changed, and what a change means for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from core.errors import CercleError
from core.forms import Input, StringConstraints, read_form
from core.http import Request
from core.i18n import gettext
from core.permissions import Permission, base_of
from spaces.access import OUTSIDE_ROLES, Matrix, rank
from spaces.permissions import VIEW_MEMBERS
from spaces.queries.roles import RoleLabels, columns_of, labels_in
from spaces.services.grants import (
    Cell,
    MatrixChanged,
    check_grants,
    load_matrix,
    mark_of,
    may_be_granted,
    set_grants,
)
from spaces.services.preview import packed, preview_grants, unpacked, wanted_cells

MOST_CELLS = 450  # on one page; a form has at most 500 fields


class MatrixInput(Input):
    """The role x permission matrix, or the column of one `role`: the cells that are ticked, as `role permission`.

    Args:
        shown: those that were ticked on the page, with commas between, `-` for none; "" where all that differ are meant.
        cells: instead of that, what to change, as `spaces.services.preview.packed` writes it.
        reset: instead of both, everything back to how it usually is.
        seen: as `spaces.services.grants.mark_of` calls the matrix that the preview showed.
    """

    allowed: list[Annotated[str, StringConstraints(max_length=120)]] = Field(default=[], max_length=480)
    shown: Annotated[str, StringConstraints(max_length=60_000)] = ""
    role: Annotated[str, StringConstraints(max_length=30)] = ""
    cells: Annotated[str, StringConstraints(max_length=60_000)] = ""
    reset: bool = False
    seen: Annotated[str, StringConstraints(max_length=64)] = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class CellShown:
    """A cell of the matrix.

    Args:
        role: its column.
        value: what the form sends when it is ticked.
        allowed: whether it is.
        is_fixed: whether it cannot be changed here.
        why: who fixed it.
        differs: whether the club changed it from what is usual.
    """

    role: str
    value: str
    allowed: bool
    is_fixed: bool
    why: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Board:
    """The matrix of a club as it is now, with what its roles are called, and its columns on this page."""

    matrix: Matrix
    labels: RoleLabels
    columns: tuple[str, ...]
    chosen: str = ""

    @property
    def roles(self) -> tuple[str, ...]:
        """The columns that are shown."""
        return (self.chosen,) if self.chosen else self.columns

    @property
    def mark(self) -> str:
        """What `set_grants` compares."""
        return mark_of(self.matrix, self.labels)


async def edit(request: Request) -> Response:
    """The matrix, or the column of one role."""
    return await _form(request, await _board(request, request.query_params.get("role", "")))


async def update(request: Request) -> Response:
    """Show what would change; save it once that was confirmed."""
    sent = (await read_form(request, MatrixInput)).data
    board = await _board(request, sent.role)
    try:
        cells = _changes(request, board, sent)
        if cells and not sent.confirmed:
            await check_grants(request.club, cells, actor=request.viewer)
            return await _confirm(request, board, cells)
        if cells:
            await set_grants(request.club, cells, actor=request.viewer, seen=sent.seen or None)
            request.flash(gettext("The permissions are saved. They hold from now on."))
            return request.redirect("spaces:permissions")
    except MatrixChanged as error:
        return await _again(request, sent, error.message)
    except CercleError as error:
        return await _form(request, board, error.message, error.status)
    request.flash(gettext("Nothing has changed."), "info")
    return request.redirect("spaces:permissions")


async def _board(request: Request, chosen: str = "") -> Board:
    labels = await labels_in(request.club)
    columns = columns_of([name for name in labels if base_of(name) != name])
    columns += OUTSIDE_ROLES if request.club.visibility == "public" else ()
    rows = sum(len(request.app.permissions.of(name)) for name, _ in _sources(request))
    if chosen not in columns:
        chosen = "" if rows * len(columns) <= MOST_CELLS else columns[0]
    return Board(await load_matrix(request.club), labels, columns, chosen)


async def _form(request: Request, board: Board, error: str = "", status: int = 200) -> Response:
    groups = []
    for name, title in _sources(request):
        rows = [
            (p, [_cell(request, board.matrix, role, p) for role in board.roles])
            for p in request.app.permissions.of(name)
        ]
        if rows:
            groups.append((title, rows))
    cells = [cell for _, rows in groups for _, row in rows for cell in row if not cell.is_fixed]
    return await request.page(
        "spaces/permissions/edit.html",
        status,
        groups=groups,
        board=board,
        shown=",".join(cell.value for cell in cells if cell.allowed) or "-",
        may_reset=bool(_exceptions(request, board)),
        error=error,
    )


async def _confirm(
    request: Request, board: Board, cells: Mapping[Cell, bool | None], notice: str = "", status: int = 200
) -> Response:
    named = VIEW_MEMBERS.name in request.access.grant.allowed
    return await request.page(
        "spaces/permissions/confirm.html",
        status,
        preview=await preview_grants(request.club, board.matrix, cells, named=named),
        cells=packed(cells),
        seen=board.mark,
        labels=board.labels,
        notice=notice,
    )


async def _again(request: Request, sent: MatrixInput, notice: str) -> Response:
    """The same change against the matrix as it is now."""
    board = await _board(request, sent.role)
    try:
        cells = _changes(request, board, sent)
        await check_grants(request.club, cells, actor=request.viewer)
    except CercleError as error:
        return await _form(request, board, error.message, error.status)
    if not cells:
        return await _form(request, board, notice, MatrixChanged.status)
    return await _confirm(request, board, cells, notice, MatrixChanged.status)


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
    if matrix.reason(role, permission) == "lock":
        return gettext("Fixed by the operator of the site")
    if role == "owner" and permission.name == "spaces.configure":
        return gettext("Owners always have this")
    if not may_be_granted(role, permission):
        return gettext("People outside can only read")
    if rank(role) > rank(request.access.role):
        return gettext("This role is above yours")
    return ""


def _changes(request: Request, board: Board, sent: MatrixInput) -> dict[Cell, bool | None]:
    """What the form changes of the matrix as it is now."""
    if sent.reset:
        return _exceptions(request, board)
    if sent.cells:
        kept = board.matrix.overrides
        return {cell: allowed for cell, allowed in unpacked(sent.cells).items() if kept.get(cell) is not allowed}
    ticked = frozenset(sent.allowed)
    shown = frozenset(sent.shown.split(",")) if sent.shown else None
    toggled: dict[tuple[str, Permission], bool] = {}
    for name, _title in _sources(request):
        for permission in request.app.permissions.of(name):
            for role in board.roles:
                cell = _cell(request, board.matrix, role, permission)
                wanted = cell.value in ticked
                was = cell.allowed if shown is None else cell.value in shown
                if not cell.is_fixed and wanted not in (was, cell.allowed):
                    toggled[role, permission] = wanted
    return wanted_cells(board.matrix, toggled)


def _exceptions(request: Request, board: Board) -> dict[Cell, bool | None]:
    """All cells that the club changed and the viewer can change back."""
    known = {permission.name: permission for permission in request.app.permissions.all()}
    return {
        (role, name): None
        for role, name in board.matrix.overrides
        if name in known and role in board.columns and not _fixed_because(request, board.matrix, role, known[name])
    }
