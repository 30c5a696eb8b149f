"""Whom a publication would reach, for its author; and whether messages from a club keep silent about it."""

from __future__ import annotations

from starlette.responses import Response

from cercle import Content, NotFound, Request, current_app, gettext, item_at, read_form
from plugins.notifications.forms import SilenceInput
from plugins.notifications.models import SilentClub
from plugins.notifications.services.silence import keep_silent
from plugins.notifications.services.telling import count_receivers


async def show(request: Request) -> Response:
    """How many people get this now, and how many in their digest: a piece of a page, fetched after it."""
    params = request.path_params
    place = (params["plugin"], params["kind"], params["item"])
    content: Content = await item_at(request.club, *place, viewer=request.viewer)
    if content.author_id != request.viewer.id and (request.access is None or not request.access.is_member):
        raise NotFound()
    kind = current_app().notifications.get(request.query_params.get("told", "")[:50])
    if kind is not None and kind.part != content.plugin:
        raise NotFound()
    reached = await count_receivers(request.club, content, kind)
    return await request.page("notifications/receivers/_show.html", reached=reached)


async def edit_silence(request: Request) -> Response:
    """Whether mails from this club say what is in it."""
    is_silent = await SilentClub.exists(club_id=request.club.id)
    return await request.page("notifications/receivers/silence.html", is_silent=is_silent)


async def update_silence(request: Request) -> Response:
    """Write down what was chosen."""
    form = await read_form(request, SilenceInput)
    await keep_silent(request.club, form.data.is_silent, actor=request.viewer)
    request.flash(gettext("Saved."))
    return request.redirect("notifications:silence.edit")
