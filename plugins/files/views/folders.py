"""Folders: what is in them, and new ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from cercle import CercleError, Form, NotFound, Request, can, cursor, gettext, quota_of, read_cursor, read_form
from plugins.files.forms import MAX_ID, FolderInput
from plugins.files.models import ROOT
from plugins.files.permissions import ORGANISE, UPLOAD
from plugins.files.queries import Listed, Step, list_folder, order_of, position, trail
from plugins.files.services.folders import create_folder

PAGE = 100
Crumbs = list[tuple[str, str | None]]


async def index(request: Request) -> Response:
    """The top."""
    return await _folder(request, ROOT, [])


async def show(request: Request) -> Response:
    """One folder."""
    id = id_in(request)
    return await _folder(request, id, await folder_trail(request, id))


async def new(request: Request) -> Response:
    """The form for a new folder."""
    parent = request.query_params.get("parent", "0")
    return await _form(request, Form({"parent": parent if parent.isdecimal() else "0"}), 200)


async def create(request: Request) -> Response:
    """Make a folder."""
    form = await read_form(request, FolderInput)
    if form.is_valid:
        try:
            await create_folder(request.club, form.data.name, parent=form.data.parent or 0, actor=request.viewer)
        except CercleError as error:
            take_over(form, error, "name")
        else:
            request.flash(gettext("The folder is there."))
            return to_folder(request, form.data.parent or 0)
    return await _form(request, form, 422)


async def folder_trail(request: Request, id: int) -> list[Step]:
    """The way to a folder; NotFound when it is a file."""
    steps = await trail(request.club, id) if id != ROOT else []
    if steps and steps[-1].is_file:
        raise NotFound()
    return steps


def id_in(request: Request, name: str = "id") -> int:
    """A number in the path; NotFound when it is larger than any database counts."""
    number = int(request.path_params[name])
    if number > MAX_ID:
        raise NotFound()
    return number


def crumbs(request: Request, steps: Sequence[Step], *, here: bool) -> Crumbs:
    """The breadcrumb of a trail.

    Args:
        request: gives the addresses.
        steps: from the top.
        here: whether the last step is the page itself, which is no link then.
    """
    links: Crumbs = [(request.plugin_title("files"), request.path("files:folders.index"))]
    links += [(step.name, None if step.is_file else request.path("files:folders.show", id=step.id)) for step in steps]
    if here:
        links[-1] = (links[-1][0], None)
    return links


def to_folder(request: Request, id: int) -> Response:
    """Send the browser to a folder, or to the top."""
    return request.redirect("files:folders.show", id=id) if id else request.redirect("files:folders.index")


def take_over(form: Form[Any], error: CercleError, field: str) -> None:
    """Show what a service refused beside the field that it is about; let other refusals pass on."""
    if error.status not in (409, 422):
        raise error
    form.errors.setdefault(field, []).append(error.message)


async def _folder(request: Request, id: int, steps: list[Step]) -> Response:
    order = order_of(request.query_params.get("sort", ""))
    found = await list_folder(request.club, id, order=order, limit=PAGE, after=read_cursor(request, 3))
    more = _more(request, found, order.word)
    return await request.page(
        "files/folders/show.html",
        id=id,
        steps=steps,
        crumbs=crumbs(request, steps, here=True),
        rows=[(one, can(request.viewer, ORGANISE, one)) for one in found[:PAGE]],
        order=order,
        more=more,
        may_upload=can(request.viewer, UPLOAD, request.club),
        may_trash=can(request.viewer, ORGANISE, request.club),
        quota=quota_of(request.club),
    )


def _more(request: Request, found: list[Listed], sort: str) -> str | None:
    if len(found) <= PAGE:
        return None
    return str(request.url.include_query_params(after=cursor(*position(found[PAGE - 1], order_of(sort)))).query)


async def _form(request: Request, form: Form[FolderInput], status: int) -> Response:
    return await request.page("files/folders/new.html", status, form=form)
