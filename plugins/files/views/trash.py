"""The trash: what is in it, out of it, and gone for good."""

from __future__ import annotations

from starlette.responses import Response

from cercle import NotFound, Request, can, club_settings, cursor, gettext, ngettext, read_cursor, require
from plugins.files.models import Entry
from plugins.files.permissions import DELETE, ORGANISE
from plugins.files.queries import Listed, get_entry, get_trashed, list_trash
from plugins.files.services.trash import delete_entry, empty_trash, restore_entry
from plugins.files.settings import ClubSettings
from plugins.files.views.folders import id_in

PAGE = 100


async def index(request: Request) -> Response:
    """What can be taken out of the trash."""
    found = await list_trash(request.club, request.viewer, limit=PAGE, after=read_cursor(request, 2))
    last = found[PAGE - 1] if len(found) > PAGE else None
    return await request.page(
        "files/trash/index.html",
        entries=found[:PAGE],
        more=cursor(last.trashed_at.isoformat(), last.id) if last and last.trashed_at else None,
        may_delete=can(request.viewer, DELETE, request.club),
        days=(await club_settings(request.club, ClubSettings)).trash_days,
    )


async def restore(request: Request) -> Response:
    """Take something out; who asks twice finds it out of the trash."""
    entry: Entry | Listed
    try:
        entry = await restore_entry(request.club, id_in(request), actor=request.viewer)
    except NotFound:
        entry = await get_entry(request.club, id_in(request))
        require(request.viewer, ORGANISE, entry)
    request.flash(gettext("“%(name)s” is back.", name=entry.name))
    return request.redirect("files:file.show" if entry.is_file else "files:folders.show", id=entry.id)


async def confirm(request: Request) -> Response:
    """Ask before one thing is deleted for good."""
    entry = await get_trashed(request.club, id_in(request))
    return await request.page("files/trash/delete.html", entry=entry, lost=[])


async def confirm_all(request: Request) -> Response:
    """Ask before everything is deleted for good."""
    lost = await list_trash(request.club, request.viewer, limit=10)
    return await request.page("files/trash/delete.html", entry=None, lost=lost)


async def delete(request: Request) -> Response:
    """Delete one thing for good."""
    await delete_entry(request.club, id_in(request), actor=request.viewer)
    request.flash(gettext("Deleted for good."))
    return request.redirect("files:trash.index")


async def empty(request: Request) -> Response:
    """Delete everything in the trash for good."""
    count = await empty_trash(request.club, actor=request.viewer)
    request.flash(ngettext("One thing was deleted for good.", "%(num)s things were deleted for good.", count))
    return request.redirect("files:trash.index")
