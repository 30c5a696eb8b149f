"""The requests of people who want to join: what they say, asking for more, letting them in or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from core.errors import Conflict, Invalid
from core.forms import Form, Input, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import Note
from spaces.queries.plans import is_full
from spaces.queries.requests import list_asking
from spaces.services import accept_request, ask_more, refuse_request
from spaces.services.questions import read_answers
from spaces.services.request_bans import refuse_and_ban
from spaces.views.membership_ends import BanInput, end_of
from spaces.views.people import number_of


class QuestionInput(Input):
    """What a moderator wants to know of somebody who asks to join."""

    question: Note


class DecisionInput(Input):
    """A few words with the answer to a request."""

    words: Note = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that was not taken, shown again under its request with what was typed.

    Args:
        request: the number of the request.
        act: which of its forms: `decide`, `ask` or `ban`.
        form: the form, with what is wrong.
    """

    request: int
    act: str
    form: Form[Any]


async def index(request: Request) -> Response:
    """Who wants to join."""
    return await _page(request)


async def accept(request: Request) -> Response:
    """Let somebody in who asked."""
    form = await read_form(request, DecisionInput)
    try:
        user = await accept_request(request.club, number_of(request, "request"), form.data.words, actor=request.viewer)
    except (Conflict, Invalid) as error:
        return await _again(request, "decide", form, error)
    request.flash(gettext("%(name)s is a member now.", name=user.name))
    return request.redirect("spaces:requests")


async def refuse(request: Request) -> Response:
    """Answer a request with no."""
    form = await read_form(request, DecisionInput)
    try:
        user = await refuse_request(request.club, number_of(request, "request"), form.data.words, actor=request.viewer)
    except Invalid as error:
        return await _again(request, "decide", form, error)
    request.flash(gettext("The request of %(name)s is refused.", name=user.name))
    return request.redirect("spaces:requests")


async def ban(request: Request) -> Response:
    """Answer a request with no, and keep whoever asked out."""
    form = await read_form(request, BanInput)
    number = number_of(request, "request")
    try:
        until = end_of(form.data.until, request)
        user = await refuse_and_ban(request.club, number, form.data.reason, until, actor=request.viewer)
    except (Conflict, Invalid) as error:
        return await _again(request, "ban", form, error)
    request.flash(gettext("The request of %(name)s is refused. They are banned, and told why by mail.", name=user.name))
    return request.redirect("spaces:requests")


async def ask(request: Request) -> Response:
    """Want to know more before deciding."""
    form = await read_form(request, QuestionInput)
    try:
        user = await ask_more(request.club, number_of(request, "request"), form.data.question, actor=request.viewer)
    except (Conflict, Invalid) as error:
        return await _again(request, "ask", form, error)
    request.flash(gettext("%(name)s gets your question by mail.", name=user.name))
    return request.redirect("spaces:requests")


async def _again(request: Request, act: str, form: Form[Any], error: Conflict | Invalid) -> Response:
    if not form.errors:  # a form that is wrong by itself has them already
        form.refuse(error if isinstance(error, Invalid) else Invalid(error.message))
    return await _page(request, Refused(number_of(request, "request"), act, form))


async def _page(request: Request, refused: Refused | None = None) -> Response:
    found, full = await list_asking(request.club, request.viewer), await is_full(request.club)
    return await request.page(
        "spaces/requests/index.html",
        422 if refused else 200,
        requests=found,
        full=full,
        read_answers=read_answers,
        refused=refused,
    )
