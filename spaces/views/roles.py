"""The roles that a club makes for itself: making, naming and removing them."""

from __future__ import annotations

from typing import Annotated, Literal

from starlette.responses import Response

from core.errors import CercleError, Invalid
from core.forms import Form, Input, Line, StringConstraints, read_form
from core.http import Request
from core.i18n import gettext
from core.permissions import OWN_ROLE_BASES, base_of
from spaces.access import rank
from spaces.models import ClubRole
from spaces.queries.roles import built_in_labels, get_role, list_roles, use_of, uses_of
from spaces.services.roles import MOST_ROLES, make_role, remove_role, rename_role
from spaces.views.choices import role_options

Label = Annotated[Line, StringConstraints(min_length=1, max_length=40)]


class NewRoleInput(Input):
    """A role of the club's own: what it is called, and the built-in one that it is like."""

    label: Label
    base: Literal["moderator", "member", "guest"] = "member"


class RoleLabelInput(Input):
    """Another name for a role of the club's own."""

    label: Label


async def index(request: Request) -> Response:
    """The club's own roles, and the form for another."""
    return await _page(request, Form[NewRoleInput]({"base": "member"}))


async def create(request: Request) -> Response:
    """Make a role."""
    form = await read_form(request, NewRoleInput)
    if form.input is None:
        return await _page(request, form, 422)
    try:
        made = await make_role(request.club, form.input.base, form.input.label, actor=request.viewer)
    except CercleError as error:
        form.refuse(error if isinstance(error, Invalid) else Invalid(error.message))
        return await _page(request, form, error.status)
    request.flash(
        gettext("The role “%(role)s” is there. Give it to members, and decide what it may do.", role=made.label)
    )
    return request.redirect("spaces:roles")


async def edit(request: Request) -> Response:
    """Another name for a role, and the way to remove it."""
    role = await get_role(request.club, request.path_params["role"])
    return await _role_page(request, role, Form[RoleLabelInput]({"label": role.label}))


async def update(request: Request) -> Response:
    """Rename a role."""
    role = await get_role(request.club, request.path_params["role"])
    form = await read_form(request, RoleLabelInput)
    if form.input is None:
        return await _role_page(request, role, form, 422)
    try:
        await rename_role(request.club, role.name, form.input.label, actor=request.viewer)
    except Invalid as error:
        form.refuse(error)
        return await _role_page(request, role, form, error.status)
    request.flash(gettext("The role is called “%(role)s” now.", role=form.input.label))
    return request.redirect("spaces:roles")


async def delete(request: Request) -> Response:
    """Remove a role."""
    role = await get_role(request.club, request.path_params["role"])
    await remove_role(request.club, role.name, actor=request.viewer)
    request.flash(gettext("The role “%(role)s” is removed.", role=role.label))
    return request.redirect("spaces:roles")


async def _page(request: Request, form: Form[NewRoleInput], status: int = 200) -> Response:
    roles, uses = await list_roles(request.club), await uses_of(request.club)
    return await request.page(
        "spaces/roles/index.html",
        status,
        form=form,
        roles=[(role, base_of(role.name), uses[role.name].members if role.name in uses else 0) for role in roles],
        labels=built_in_labels(),
        bases=[one for one in role_options(request.access.role) if one[0] in OWN_ROLE_BASES],
        most=MOST_ROLES,
    )


async def _role_page(request: Request, role: ClubRole, form: Form[RoleLabelInput], status: int = 200) -> Response:
    return await request.page(
        "spaces/roles/edit.html",
        status,
        role=role,
        form=form,
        use=await use_of(request.club, role.name),
        base=built_in_labels()[base_of(role.name)],
        in_reach=rank(role.name) <= rank(request.access.role),
    )
