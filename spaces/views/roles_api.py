"""The roles of a club as JSON, for `spaces.api`. The gate decides as for pages."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.responses import Response

from core.api import Items, answer, known_query, read_body
from core.http import Request
from core.permissions import base_of
from spaces.queries.people import count_roles
from spaces.queries.roles import RoleLabels, columns_of, get_role, labels_in
from spaces.services.roles import make_role, remove_role, rename_role
from spaces.views.roles import NewRoleInput, RoleLabelInput


class RoleView(BaseModel):
    """A role of members: `name` is what other calls take, `base` the built-in role that it is like, null for one of those."""

    name: str
    label: str
    base: str | None
    members: int


async def index(request: Request) -> Response:
    """All roles, the highest first."""
    known_query(request)
    labels, counts = await labels_in(request.club), await count_roles(request.club)
    names = columns_of([name for name in labels if base_of(name) != name])
    return answer(Items[RoleView](items=[_view(name, labels, counts) for name in names]))


async def create(request: Request) -> Response:
    """Make a role of the club's own."""
    sent = await read_body(request, NewRoleInput)
    made = await make_role(request.club, sent.base, sent.label, actor=request.viewer)
    return answer(RoleView(name=made.name, label=made.label, base=base_of(made.name), members=0), 201)


async def update(request: Request) -> Response:
    """Rename one."""
    sent = await read_body(request, RoleLabelInput)
    role = await rename_role(request.club, str(request.path_params["role"]), sent.label, actor=request.viewer)
    return answer(_view(role.name, await labels_in(request.club), await count_roles(request.club)))


async def delete(request: Request) -> Response:
    """Remove one."""
    role = await get_role(request.club, str(request.path_params["role"]))
    await remove_role(request.club, role.name, actor=request.viewer)
    return answer(None)


def _view(name: str, labels: RoleLabels, counts: dict[str, int]) -> RoleView:
    base = base_of(name)
    return RoleView(name=name, label=labels[name], base=None if base == name else base, members=counts.get(name, 0))
