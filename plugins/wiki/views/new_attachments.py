"""What an editor sends and shows while a new page is written: the viewer's own files, which wait for it."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from cercle import CercleError, Request
from plugins.wiki.services.waiting import keep_file, waiting_files
from plugins.wiki.views.attachments import listed, refused, take_in, written


async def index(request: Request) -> Response:
    """Their names and addresses."""
    return listed(request, await waiting_files(request.club, request.viewer))


async def create(request: Request) -> Response:
    """Take files in, as they stream, and answer what to write for them."""
    try:
        return written(await take_in(request, partial(keep_file, request.club, actor=request.viewer)))
    except CercleError as error:
        return refused(error)
