"""The operator's page: which fields profiles have, in which groups and in which order."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from cercle import Form, Invalid, NotFound, Request, gettext, read_form
from plugins.directory import queries
from plugins.directory.forms import FieldInput, GroupInput, MoveInput
from plugins.directory.models import KINDS, FieldGroup, ProfileField
from plugins.directory.services import fields as services


async def index(request: Request) -> Response:
    """All groups with all their fields."""
    return await _index(request, None, 200)


async def create_group(request: Request) -> Response:
    """Add a group."""
    form = await read_form(request, GroupInput)
    if not form.is_valid:
        return await _index(request, form, 422)
    await services.add_group(form.data.label, actor=request.viewer)
    return request.redirect("directory:fields.index")


async def update_group(request: Request) -> Response:
    """Give a group another heading."""
    group = await _group(request.path_params["id"])
    form = await read_form(request, GroupInput)
    if not form.is_valid:
        return await _index(request, form, 422, refused=group)
    await services.rename_group(group, _source(form.data.label, group.label), actor=request.viewer)
    request.flash(gettext("The group is renamed."))
    return request.redirect("directory:fields.index")


async def move_group(request: Request) -> Response:
    """Move a group up or down."""
    group = await _group(request.path_params["id"])
    form = await read_form(request, MoveInput)
    await services.move_group(group, up=form.data.direction == "up")
    return request.redirect("directory:fields.index")


async def new(request: Request) -> Response:
    """The form of a new field."""
    group = request.query_params.get("group", "")
    return await _page(request, None, Form[FieldInput]({"kind": "text", "group": group}), 200)


async def create(request: Request) -> Response:
    """Add a field."""
    form = await read_form(request, FieldInput)
    if form.is_valid:
        try:
            group = await _group(form.data.group)
            given = form.data
            await services.add_field(
                group,
                label=given.label,
                kind=given.kind,
                hint=given.hint,
                choices=given.choice_list,
                is_facet=given.is_facet,
                actor=request.viewer,
            )
            request.flash(gettext("The field is there."))
            return request.redirect("directory:fields.index")
        except Invalid as error:
            form.refuse(error)
    return await _page(request, None, form, 422)


async def edit(request: Request) -> Response:
    """The form of a field."""
    field = await _field(request.path_params["id"])
    values: dict[str, Any] = {"label": field.title, "kind": field.kind, "hint": field.advice}
    values |= {"group": str(field.group_id), "choices": "\n".join(field.choices)}
    values |= {name: "true" if getattr(field, name) else "" for name in ("is_facet", "is_hidden")}
    return await _page(request, field, Form[FieldInput](values), 200)


async def update(request: Request) -> Response:
    """Change a field."""
    field = await _field(request.path_params["id"])
    form = await read_form(request, FieldInput)
    if form.is_valid:
        given = form.data
        try:
            values = given.model_dump(exclude={"group", "choices"})
            values |= {"label": _source(given.label, field.label), "hint": _source(given.hint, field.hint)}
            await services.change_field(
                field, await _group(given.group), choices=given.choice_list, actor=request.viewer, **values
            )
            request.flash(gettext("The field is changed."))
            return request.redirect("directory:fields.index")
        except Invalid as error:
            form.refuse(error)
    return await _page(request, field, form, 422)


async def move(request: Request) -> Response:
    """Move a field up or down in its group."""
    field = await _field(request.path_params["id"])
    form = await read_form(request, MoveInput)
    await services.move_field(field, up=form.data.direction == "up")
    return request.redirect("directory:fields.index")


async def _index(
    request: Request, form: Form[GroupInput] | None, status: int, *, refused: FieldGroup | None = None
) -> Response:
    """The page; `form` is that of the refused group, or of a new one."""
    return await request.page(
        "directory/fields/index.html",
        status,
        groups=await queries.list_groups(hidden=True),
        form=form,
        refused=refused.id if refused else None,
        kinds={kind: gettext(label) for kind, label in KINDS.items()},
    )


async def _page(request: Request, field: ProfileField | None, form: Form[FieldInput], status: int) -> Response:
    groups = [(str(group.id), group.title) for group in await FieldGroup.all().order_by("position", "id")]
    kinds = [(kind, gettext(label)) for kind, label in KINDS.items() if _may_become(field, kind)]
    return await request.page("directory/fields/edit.html", status, one=field, form=form, groups=groups, kinds=kinds)


def _may_become(field: ProfileField | None, kind: str) -> bool:
    return field is None or kind == field.kind or {kind, field.kind} == services.CONVERTIBLE


def _source(typed: str, stored: str) -> str:
    """What to store: the words of ours that were shown translated and left alone stay translatable."""
    return stored if typed == gettext(stored) else typed


async def _group(number: int) -> FieldGroup:
    found = await FieldGroup.get_or_none(id=number) if 0 < number < 2**31 else None
    if found is None:
        raise NotFound()
    return found


async def _field(number: int) -> ProfileField:
    found = await ProfileField.get_or_none(id=number) if 0 < number < 2**31 else None
    if found is None:
        raise NotFound()
    return found
