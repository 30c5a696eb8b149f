"""People who ask for an account: each is answered, one by one or many at once, with a sentence if there is one to say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from core.accounts.services import approve_request, refuse_request
from core.accounts.views.entry import in_browser
from core.errors import Invalid, NotFound
from core.forms import Input, Text, read_form
from core.http import Request
from core.i18n import gettext, ngettext
from spaces.queries.console import list_sign_up_requests
from spaces.views.admin.pages import console

MOST = 200


class AnswersInput(Input):
    """The requests that are ticked, and what is said to all of them."""

    chosen: list[Annotated[int, Field(ge=1, lt=2**53)]] = Field(default=[], max_length=MOST)
    answer: Literal["approve", "refuse"]
    note: Annotated[Text, Field(max_length=1000)] = ""


async def index(request: Request) -> Response:
    """Who waits, longest first."""
    found = await list_sign_up_requests(MOST)
    return await console(request, "account_requests.html", "admin.people", requests=found, is_asked=_is_asked(request))


@in_browser
async def update(request: Request) -> Response:
    """Answer those that are ticked. Those that somebody else has answered meanwhile are left out."""
    sent = (await read_form(request, AnswersInput)).data
    done, taken = 0, 0
    for number in sent.chosen:
        try:
            answer = approve_request if sent.answer == "approve" else refuse_request
            await answer(number, actor=request.viewer, note=sent.note)
            done += 1
        except NotFound:
            continue
        except Invalid:
            taken += 1  # the address has an account by now
    _say(request, sent.answer, done, taken, asked=len(sent.chosen))
    return request.redirect("spaces:admin.requests")


def _say(request: Request, answer: str, done: int, taken: int, *, asked: int) -> None:
    if not asked:
        request.flash(gettext("Tick at least one request."), "warning")
    elif answer == "approve":
        request.flash(
            ngettext("%(num)s account is made; a mail tells.", "%(num)s accounts are made; a mail tells.", done)
        )
    else:
        request.flash(ngettext("%(num)s request is refused.", "%(num)s requests are refused.", done))
    if taken:
        kept = ngettext("%(num)s address has an account already.", "%(num)s addresses have an account already.", taken)
        request.flash(kept, "warning")


def _is_asked(request: Request) -> bool:
    return bool(request.app.settings.sign_up == "request")
