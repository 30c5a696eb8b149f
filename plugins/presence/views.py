"""Who is here, and that I am here."""

from __future__ import annotations

from contextlib import suppress

from starlette.responses import PlainTextResponse, Response

from cercle import Content, NotFound, Request, item_at, read_form
from plugins.presence.forms import Absence, Beat
from plugins.presence.queries import Others, others_at
from plugins.presence.services import be_here, go_away, place_of

PRIVATE = {"Cache-Control": "private, no-store"}


async def show(request: Request) -> Response:
    """Who else is here: a line for pages with scripts, and a page for others."""
    content = await _content(request)
    others = await _others(request, content)
    template = "presence/items/_line.html" if request.is_htmx else "presence/items/show.html"
    return await request.page(template, content=content, sentence=others.sentence)


async def create(request: Request) -> Response:
    """I am here; answers who else is."""
    content = await _content(request)
    form = await read_form(request, Beat)
    await be_here(content, doing=form.data.doing, visit=form.data.visit, actor=request.viewer)
    return PlainTextResponse((await _others(request, content)).sentence, headers=PRIVATE)


async def delete(request: Request) -> Response:
    """I have left; also what is not there any more, or not for me."""
    form = await read_form(request, Absence)
    with suppress(NotFound):
        await go_away(await _content(request), visit=form.data.visit, actor=request.viewer)
    return Response(status_code=204, headers=PRIVATE)


async def _content(request: Request) -> Content:
    asked = request.path_params
    return await item_at(request.club, asked["plugin"], asked["kind"], asked["item"], viewer=request.viewer)


async def _others(request: Request, content: Content) -> Others:
    return await others_at(content, place_of(content), club=request.club, viewer=request.viewer)
