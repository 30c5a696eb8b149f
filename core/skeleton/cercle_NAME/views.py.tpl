"""The pages, one function for each. The gate has decided before they run: the plugin is on, the permission is held."""

from starlette.responses import Response

from cercle import Request, club_settings, gettext, read_form, require
from cercle_<< name >> import queries, services
from cercle_<< name >>.forms import NoteInput
from cercle_<< name >>.models import Note
from cercle_<< name >>.permissions import REMOVE
from cercle_<< name >>.settings import ClubSettings


async def index(request: Request) -> Response:
    """The notes of the club."""
    before = request.query_params.get("before", "")
    limit = (await club_settings(request.club, ClubSettings)).notes_per_page
    notes, older = await queries.notes_of(request.club, before=int(before) if _is_id(before) else None, limit=limit)
    return await request.page("<< name >>/notes/index.html", notes=notes, older=older)


async def new(request: Request) -> Response:
    """An empty form."""
    return await request.page("<< name >>/notes/new.html", form=None)


async def create(request: Request) -> Response:
    """Write a note."""
    form = await read_form(request, NoteInput)
    if not form.is_valid:
        return await request.page("<< name >>/notes/new.html", 422, form=form)
    given = form.data
    note = await services.write_note(request.club, title=given.title, body=given.body, actor=request.viewer)
    request.flash(gettext("Your note is there."))
    return request.redirect("<< name >>:notes.show", note=note.id)


async def show(request: Request) -> Response:
    """A note."""
    return await request.page("<< name >>/notes/show.html", note=await _note(request))


async def remove(request: Request) -> Response:
    """Take a note out of sight. Authors may too, and only the loaded note says who that is."""
    note = await _note(request)
    require(request.viewer, REMOVE, note)
    await services.remove_note(request.club, note, actor=request.viewer)
    return request.redirect("<< name >>:notes.show", note=note.id)


async def bring_back(request: Request) -> Response:
    """Show a removed note again."""
    note = await _note(request)
    require(request.viewer, REMOVE, note)
    await services.bring_back_note(request.club, note)
    return request.redirect("<< name >>:notes.show", note=note.id)


async def _note(request: Request) -> Note:
    return await queries.get_note(request.club, request.path_params["note"], viewer=request.viewer)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
