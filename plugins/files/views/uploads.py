"""Taking files in: forms of a browser, as streams."""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from cercle import Field, Invalid, NotFound, Request, gettext, multipart_files, ngettext, require, space_left
from plugins.files.forms import MAX_ID
from plugins.files.permissions import ORGANISE
from plugins.files.queries import get_file
from plugins.files.services.publishing import some_wait
from plugins.files.services.space import refuse_announced
from plugins.files.services.uploads import Arrived, cut_off, put_files, put_version, receive
from plugins.files.views.folders import id_in, to_folder

_AROUND = 64 * 1024  # bytes of a form that are not its files


async def create(request: Request) -> Response:
    """Take in the files of a form into a folder, all or none."""
    fields, arrived = await _received(request)
    folder = _folder_in(fields)
    files = await put_files(request.club, arrived, folder=folder, actor=request.viewer)
    request.flash(ngettext("The file is there.", "%(num)s files are there.", len(files)))
    if await some_wait(request.club, [file.id for file in files]):
        request.flash(gettext("What is new waits for a moderator. Until then it is seen by nobody else."), "info")
    return to_folder(request, folder)


async def create_version(request: Request) -> Response:
    """Take in a new version of a file."""
    file = await get_file(request.club, id_in(request))
    require(request.viewer, ORGANISE, file)
    _, arrived = await _received(request, most=1)
    await put_version(request.club, file.id, arrived[0], actor=request.viewer)
    request.flash(gettext("The new version is there."))
    return request.redirect("files:file.show", id=file.id)


def _folder_in(fields: dict[str, str]) -> int:
    text = fields.get("folder") or "0"
    if not text.isdecimal() or int(text) > MAX_ID:
        raise NotFound()
    return int(text)


async def _received(request: Request, most: int = 100) -> tuple[dict[str, str], list[Arrived]]:
    """Everything in the form: the plain fields, and the files, which are in the storage by then."""
    club = request.club
    await refuse_announced(club, request.headers.get("content-length"), around=_AROUND)
    fields: dict[str, str] = {}
    arrived: list[Arrived] = []
    try:
        async for part in multipart_files(request, limit=space_left(club), max_files=most):
            if isinstance(part, Field):
                fields[part.name] = part.value
                continue
            arrived.append(await receive(club, part.chunks, name=part.filename, content_type=part.content_type))
    except ClientDisconnect:
        raise cut_off() from None
    if not arrived:
        raise Invalid(gettext("Please choose a file."), field="file")
    return fields, arrived
