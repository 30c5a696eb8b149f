"""What the machine has been doing: the mail queue, scheduled jobs, faults of plugins."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from babel.dates import format_timedelta
from starlette.responses import Response

from core.errors import NotFound
from core.forms import Input, Line, read_form
from core.http import Request
from core.i18n import gettext, language
from core.mail import TRIES
from core.models import Mail
from spaces.queries.console import (
    get_any_club,
    leases,
    list_faults,
    list_mail,
    list_paused,
    names_of_clubs,
)
from spaces.switches import resume_plugin
from spaces.views.admin.pages import before_of, console
from spaces.views.people import number_of

PAGE = 50


class ResumeInput(Input):
    """Which plugin may run again where."""

    club: Line
    plugin: Line
    back: Literal["machine", "plugin"] = "machine"


async def show(request: Request) -> Response:
    """Jobs, paused plugins, and the latest mails and faults."""
    return await console(
        request,
        "machine.html",
        "admin.machine",
        jobs=request.app.jobs.registered,
        every={
            job.name: span(job.every) if job.every else gettext("when asked") for job in request.app.jobs.registered
        },
        lease_of={job.name: f"job:{job.name}" for job in request.app.jobs.registered},
        leases=await leases(),
        paused=await list_paused(),
        mails=(await list_mail(limit=5))[:5],
        faults=(await list_faults(limit=5))[:5],
        tries=TRIES,
    )


async def mail(request: Request) -> Response:
    """The mail queue."""
    found = await list_mail(before=before_of(request), limit=PAGE)
    older = request.path("spaces:admin.mail", before=found[PAGE - 1].id) if len(found) > PAGE else None
    return await console(request, "mail.html", "admin.machine", mails=found[:PAGE], older=older, tries=TRIES)


async def retry_mail(request: Request) -> Response:
    """Try a mail again that was given up or waits."""
    number = number_of(request, "mail")
    if not await Mail.filter(id=number, sent_at=None).update(attempts=0, error=""):
        raise NotFound()
    await request.app.jobs.nudge("core.deliver_mail")
    request.flash(gettext("The mail is tried again."))
    return request.redirect("spaces:admin.mail")


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
    """A length of time in words."""
    return format_timedelta(length, threshold=1.5, locale=language())
