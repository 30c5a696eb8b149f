"""What the machine does by itself: scheduled jobs, and events on their way to plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from core.collation import sort_key
from core.http import Request
from core.i18n import gettext, ngettext
from spaces.queries.console import names_of_clubs
from spaces.queries.machinery import JobLine, count_waiting, list_deliveries, list_jobs
from spaces.services.machinery import drop_delivery, retry_deliveries, run_job
from spaces.views.admin.machine import span
from spaces.views.admin.pages import before_of, console
from spaces.views.people import number_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class SaidJob:
    """A job in the reader's words: what it does, the part that it is of, "" for the engine's own, and its times."""

    line: JobLine
    title: str
    part: str
    every: str
    usual: str
    longest: str


async def index(request: Request) -> Response:
    """The scheduled jobs."""
    titles = _titles(request)
    lines = [_said(line, titles) for line in await list_jobs(request.app.jobs.registered)]
    lines.sort(key=lambda said: (not said.line.error, sort_key(said.title)))
    return await console(request, "jobs.html", "admin.machine", lines=lines)


async def update(request: Request) -> Response:
    """Let one run now."""
    job = await run_job(str(request.path_params["job"]), actor=request.viewer)
    shown = gettext(job.title) or job.name
    request.flash(gettext("The job “%(name)s” runs now. Look again in a moment.", name=shown))
    return request.redirect("spaces:admin.jobs")


async def outbox(request: Request) -> Response:
    """Events that wait, and what plugins failed to take."""
    found = await list_deliveries(before=before_of(request), limit=PAGE)
    shown = found[:PAGE]
    older = request.path("spaces:admin.outbox", before=shown[-1].id) if len(found) > PAGE else None
    names = await names_of_clubs([one.event.club_id for one in shown])
    return await console(
        request,
        "outbox.html",
        "admin.machine",
        waiting=await count_waiting(),
        deliveries=shown,
        titles=_titles(request),
        names=names,
        older=older,
    )


async def retry(request: Request) -> Response:
    """Tell a plugin of an event again."""
    await retry_deliveries(number_of(request, "delivery"), actor=request.viewer)
    request.flash(gettext("The plugin is told again."))
    return request.redirect("spaces:admin.outbox")


async def retry_all(request: Request) -> Response:
    """Tell all plugins again of what they failed to take."""
    count = await retry_deliveries(actor=request.viewer)
    request.flash(ngettext("%(num)s event is told again.", "%(num)s events are told again.", count))
    return request.redirect("spaces:admin.outbox")


async def drop(request: Request) -> Response:
    """Give up telling a plugin of an event."""
    await drop_delivery(number_of(request, "delivery"), actor=request.viewer)
    request.flash(gettext("The plugin will not be told of this event."))
    return request.redirect("spaces:admin.outbox")


def _titles(request: Request) -> Mapping[str, str]:
    """How the parts are called, by their names."""
    return {loaded.name: gettext(loaded.part.title) for loaded in request.app.parts.all()}


def _said(line: JobLine, titles: Mapping[str, str]) -> SaidJob:
    title, part = gettext(line.title) or line.name, titles.get(line.name.partition(".")[0], "")
    return SaidJob(line, title, part, span(line.every), _took(line.seconds), _took(line.slowest))


def _took(seconds: float) -> str:
    """How long a run took, in words."""
    if seconds < 1:
        return gettext("%(num)s ms", num=round(seconds * 1000))
    return gettext("%(num)s s", num=round(seconds, 1))
