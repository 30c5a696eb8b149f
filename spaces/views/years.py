"""Closing the year of a club: everything in it can be read, nothing changed; and opening it again."""

from __future__ import annotations

from starlette.responses import Response

from core.forms import read_form
from core.http import Request
from core.i18n import gettext, listing
from spaces.forms import YearInput
from spaces.services.years import close_year, reopen
from spaces.tabs import titles_in


async def create(request: Request) -> Response:
    """Make everything that is on read-only."""
    closed = await close_year(request.club, actor=request.viewer)
    if not closed:
        request.flash(gettext("Nothing was open any more."), "info")
        return request.redirect("spaces:plugins")
    said = gettext("The year is closed: %(plugins)s can be read, not changed.", plugins=_named(request, closed))
    request.flash(said, undo=request.path("spaces:year.delete"), fields={"plugins": " ".join(closed)})
    return request.redirect("spaces:plugins")


async def delete(request: Request) -> Response:
    """Open again what was closed with the year."""
    form = await read_form(request, YearInput)
    opened = await reopen(request.club, form.data.plugins.split(), actor=request.viewer)
    if opened:
        request.flash(gettext("Open again: %(plugins)s.", plugins=_named(request, opened)))
    return request.redirect("spaces:plugins")


def _named(request: Request, plugins: list[str]) -> str:
    titles = titles_in(request.app, request.club.tabs)
    return listing([titles[name] for name in plugins])
