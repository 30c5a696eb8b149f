"""What the machine has been doing: where to look, plugins that stand still, the latest mails and faults."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from babel.dates import format_timedelta
from starlette.responses import Response

from core.forms import Input, Line, read_form
from core.http import Request
from core.i18n import gettext, language
from core.mail import TRIES
from spaces.queries.console import (
    get_any_club,
    list_faults,
    list_mail,
    list_paused,
    names_of_clubs,
)
from spaces.switches import resume_plugin
from spaces.views.admin.pages import before_of, console

PAGE = 50
_Unit = Literal["day", "hour", "minute", "second"]
_UNITS: tuple[tuple[_Unit, timedelta], ...] = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)
_NEVER = 10**9  # so many of a unit that it is never taken instead of the one that was asked for


class ResumeInput(Input):
    """Which plugin may run again where."""

    club: Line
    plugin: Line
    back: Literal["machine", "plugin"] = "machine"


async def show(request: Request) -> Response:
    """Where to look, paused plugins, and the latest mails and faults."""
    return await console(
        request,
        "machine.html",
        "admin.machine",
        paused=await list_paused(),
        mails=(await list_mail(limit=5))[:5],
        faults=(await list_faults(limit=5))[:5],
        tries=TRIES,
    )


async def faults(request: Request) -> Response:
    """What plugins did wrong, with the traceback."""
    found = await list_faults(before=before_of(request), limit=PAGE)
    shown = found[:PAGE]
    older = request.path("spaces:admin.faults", before=shown[-1].id) if len(found) > PAGE else None
    names = await names_of_clubs([fault.club_id for fault in shown])
    return await console(request, "faults.html", "admin.machine", faults=shown, older=older, names=names)


async def resume(request: Request) -> Response:
    """Let a paused plugin run again in a club."""
    sent = (await read_form(request, ResumeInput)).data
    club = await get_any_club(sent.club)
    await resume_plugin(club.id, sent.plugin, actor=request.viewer)
    request.flash(gettext("The plugin runs again in %(club)s.", club=club.name))
    if sent.back == "plugin":
        return request.redirect("spaces:admin.plugin", plugin=sent.plugin)
    return request.redirect("spaces:admin.machine")


def span(length: timedelta) -> str:
    """A length of time in words, in the largest unit that it is whole in: `1 minute`, `90 minutes`."""
    unit: _Unit = next((name for name, whole in _UNITS if length >= whole and not length % whole), "second")
    return format_timedelta(length, granularity=unit, threshold=_NEVER, locale=language())
