"""Renaming, moving and trashing, the same for files and folders."""

from __future__ import annotations

from starlette.responses import Response

from cercle import CercleError, Form, Request, gettext, read_form, require
from plugins.files.forms import NameInput, PlaceInput
from plugins.files.permissions import ORGANISE
from plugins.files.queries import Listed, get_entry, list_folders
from plugins.files.services.entries import change_entry
from plugins.files.services.trash import trash_entry
from plugins.files.views.folders import id_in, take_over, to_folder


async def edit_name(request: Request) -> Response:
    """The form for another name."""
    entry = await _mine(request)
    return await request.page("files/entries/name.html", entry=entry, form=Form({"name": entry.name}))


async def update_name(request: Request) -> Response:
    """Give another name."""
    entry, form = await _mine(request), await read_form(request, NameInput)
    if form.is_valid:
        try:
            await change_entry(request.club, entry.id, name=form.data.name, actor=request.viewer)
        except CercleError as error:
            take_over(form, error, "name")
        else:
            request.flash(
                gettext("Renamed."), undo=request.path("files:name.update", id=entry.id), fields={"name": entry.name}
            )
            return _to(request, entry)
    return await request.page("files/entries/name.html", 422, entry=entry, form=form)


async def edit_place(request: Request) -> Response:
    """The form for another folder."""
    entry = await _mine(request)
    return await _place_form(request, entry, Form({"folder": entry.parent_key}), 200)


async def update_place(request: Request) -> Response:
    """Move into another folder."""
    entry, form = await _mine(request), await read_form(request, PlaceInput)
    if form.is_valid:
        try:
            await change_entry(request.club, entry.id, folder=form.data.folder, actor=request.viewer)
        except CercleError as error:
            take_over(form, error, "folder")
        else:
            fields = {"folder": str(entry.parent_key)}
            request.flash(gettext("Moved."), undo=request.path("files:place.update", id=entry.id), fields=fields)
            return _to(request, entry)
    return await _place_form(request, entry, form, 422)


async def trash(request: Request) -> Response:
    """Put it into the trash."""
    entry = await trash_entry(request.club, id_in(request), actor=request.viewer)
    said = gettext("“%(name)s” is in the trash, from where you can take it out again.", name=entry.name)
    request.flash(said, undo=request.path("files:restoration.create", id=entry.id))
    return to_folder(request, entry.parent_key)


async def _mine(request: Request) -> Listed:
    """The entry, when the viewer may organise it."""
    entry = await get_entry(request.club, id_in(request))
    require(request.viewer, ORGANISE, entry)
    return entry


async def _place_form(request: Request, entry: Listed, form: Form[PlaceInput], status: int) -> Response:
    folders = [(0, request.plugin_title("files")), *await list_folders(request.club)]
    return await request.page("files/entries/place.html", status, entry=entry, form=form, folders=folders)


def _to(request: Request, entry: Listed) -> Response:
    return request.redirect("files:file.show" if entry.is_file else "files:folders.show", id=entry.id)
