"""The mail queue: found by state and address, tried again, taken out."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from starlette.responses import Response

from core.errors import Conflict
from core.http import Request
from core.i18n import gettext, ngettext
from core.mail import TRIES
from core.permissions import Asker
from spaces.queries.machinery import MAIL_STATES, list_mails
from spaces.services.machinery import delete_mail, retry_failed_mails, retry_mail
from spaces.views.admin.pages import before_of, console
from spaces.views.people import number_of

PAGE = 50


class Act(Protocol):
    """What is done to one mail."""

    def __call__(self, number: int, *, actor: Asker) -> Awaitable[None]: ...


async def index(request: Request) -> Response:
    """The queue, newest first."""
    state, to = (request.query_params.get(name, "")[:100] for name in ("state", "to"))
    state = state if state in MAIL_STATES else ""
    found = await list_mails(state=state, to=to.strip(), before=before_of(request), limit=PAGE)
    shown = {"state": state, "to": to}
    older = request.path("spaces:admin.mail", **shown, before=found[PAGE - 1].id) if len(found) > PAGE else None
    states = (gettext("All mails"), gettext("Waiting"), gettext("Given up"), gettext("Sent"))
    return await console(
        request,
        "mail.html",
        "admin.machine",
        mails=found[:PAGE],
        older=older,
        tries=TRIES,
        shown=shown,
        is_narrowed=bool(state or to),
        states=list(zip(("", *MAIL_STATES), states, strict=True)),
    )


async def update(request: Request) -> Response:
    """Try a mail again that was given up or waits."""
    return await _answer(request, retry_mail, gettext("The mail is tried again."))


async def delete(request: Request) -> Response:
    """Take a mail out of the queue."""
    return await _answer(request, delete_mail, gettext("The mail is gone and will not be sent."))


async def update_all(request: Request) -> Response:
    """Try all again that were given up."""
    count = await retry_failed_mails(actor=request.viewer)
    request.flash(ngettext("%(num)s mail is tried again.", "%(num)s mails are tried again.", count))
    return request.redirect("spaces:admin.mail")


async def _answer(request: Request, act: Act, said: str) -> Response:
    try:
        await act(number_of(request, "mail"), actor=request.viewer)
        request.flash(said)
    except Conflict as error:
        request.flash(error.message, "error")
    return request.redirect("spaces:admin.mail")
