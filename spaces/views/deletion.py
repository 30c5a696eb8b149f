"""Deleting a club, with an export before; and the way back as long as there is one."""

from __future__ import annotations

from starlette.responses import Response, StreamingResponse

from core.accounts.views.entry import proven
from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext, short_date
from spaces.forms import DeleteInput
from spaces.queries.erasing import count_kept
from spaces.services import archive_club, delete_club, restore_club
from spaces.services.deletion import bring_back, deleted_clubs_of
from spaces.services.erasing import running_plugin
from spaces.services.exporting import export_chunks


async def show(request: Request) -> Response:
    """What archiving and deleting mean, with the buttons."""
    return await _page(request, Form[DeleteInput](), 200)


async def archive(request: Request) -> Response:
    """Archive the club."""
    await archive_club(request.club, actor=request.viewer)
    undo = request.path("spaces:archive.delete")
    request.flash(gettext("The club is archived: it can be read, not changed."), undo=undo)
    return request.redirect("spaces:archive")


async def restore(request: Request) -> Response:
    """Bring it back from the archive."""
    await restore_club(request.club, actor=request.viewer)
    request.flash(gettext("The club is back."))
    return request.redirect("spaces:club")


@proven
async def export(request: Request) -> Response:
    """Everything that one plugin keeps in the club, as an archive that is made while it is sent."""
    loaded = running_plugin(request.path_params["plugin"])
    name = f"{request.club.slug}-{loaded.name}.zip"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    chunks = export_chunks(request.club, loaded, request.viewer)
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)


@proven
async def create(request: Request) -> Response:
    """Delete the club, when its name was typed."""
    form = await read_form(request, DeleteInput)
    if not form.is_valid or _plain(form.data.name) != _plain(request.club.name):
        form.refuse(Invalid(gettext("Type the name of the club as it is shown."), field="name"))
        return await _page(request, form, 422)
    await delete_club(request.club, actor=request.viewer)
    text = gettext(
        "%(club)s is deleted. Until %(day)s you can bring it back.",
        club=request.club.name,
        day=short_date(request.club.purge_at),
    )
    request.flash(text, undo=request.app.urls.path("spaces:clubs.restore", number=request.club.id))
    return request.redirect("spaces:home")


async def index(request: Request) -> Response:
    """The deleted clubs that the viewer can bring back."""
    return await request.page("spaces/clubs/deleted.html", clubs=await deleted_clubs_of(request.viewer))


async def delete(request: Request) -> Response:
    """Bring a deleted club back."""
    club = await bring_back(request.path_params["number"], actor=request.viewer)
    request.flash(gettext("%(club)s is back, with everything in it. Its members are told.", club=club.name))
    return request.redirect("spaces:club", club=club.slug)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


async def _page(request: Request, form: Form[DeleteInput], status: int) -> Response:
    plugins = [loaded for loaded in request.app.parts.plugins if loaded.part.scope == "club"]
    return await request.page(
        "spaces/settings/archive.html",
        status,
        form=form,
        days=request.app.settings.club_purge_days,
        kept=[one for one in plugins if (await count_kept(request.club, one.name)).rows],
    )
