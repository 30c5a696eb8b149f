"""The requests of people who want to join: what they say, asking for more, letting them in or not."""

from __future__ import annotations

from starlette.responses import Response

from core.errors import Conflict, Invalid
from core.forms import Input, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import Note
from spaces.queries.plans import is_full
from spaces.queries.requests import list_asking
from spaces.services import Banned, ClubFull, accept_request, ask_more, refuse_request
from spaces.services.questions import read_answers
from spaces.views.people import number_of


class QuestionInput(Input):
    """What a moderator wants to know of somebody who asks to join."""

    question: Note


class DecisionInput(Input):
    """A few words with the answer to a request."""

    words: Note = ""


async def index(request: Request) -> Response:
    """Who wants to join."""
    found, full = await list_asking(request.club, request.viewer), await is_full(request.club)
    return await request.page("spaces/requests/index.html", requests=found, full=full, read_answers=read_answers)


async def accept(request: Request) -> Response:
    """Let somebody in who asked."""
    form = await read_form(request, DecisionInput)
    try:
        user = await accept_request(request.club, number_of(request, "request"), form.data.words, actor=request.viewer)
        request.flash(gettext("%(name)s is a member now.", name=user.name))
    except (Banned, ClubFull) as error:
        request.flash(error.message, "error")
    return request.redirect("spaces:requests")


async def refuse(request: Request) -> Response:
    """Answer a request with no."""
    form = await read_form(request, DecisionInput)
    user = await refuse_request(request.club, number_of(request, "request"), form.data.words, actor=request.viewer)
    request.flash(gettext("The request of %(name)s is refused.", name=user.name))
    return request.redirect("spaces:requests")


async def ask(request: Request) -> Response:
    """Want to know more before deciding."""
    form = await read_form(request, QuestionInput)
    try:
        user = await ask_more(request.club, number_of(request, "request"), form.data.question, actor=request.viewer)
        request.flash(gettext("%(name)s gets your question by mail.", name=user.name))
    except (Invalid, Conflict) as error:
        request.flash(error.message, "error")
    return request.redirect("spaces:requests")
