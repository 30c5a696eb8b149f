"""The way into a club for somebody outside: joining, asking to, and what became of one's request."""

from __future__ import annotations

from typing import Annotated

from starlette.responses import Response

from core.errors import Invalid, SignInNeeded
from core.forms import Form, Input, StringConstraints, Text, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import JoinInput
from spaces.models import JoinRequest
from spaces.queries.requests import own_request
from spaces.services import Banned, ClubFull, answer_question, join_club, request_to_join, withdraw_request
from spaces.services.questions import mark_of, read_answers, read_questions


class ReplyInput(Input):
    """What they say to that."""

    reply: Annotated[Text, StringConstraints(min_length=1, max_length=1000)]


async def show(request: Request) -> Response:
    """The club's questions; for somebody who has asked already, how their request stands."""
    _require_person(request)
    asked = await own_request(request.club, request.viewer)
    if asked is not None and not request.access.is_member:
        return await _waiting(request, asked, Form[ReplyInput]())
    if request.access.is_member or request.club.join_policy != "request" or request.club.is_archived:
        return request.redirect("spaces:club")
    return await _ask(request, Form[JoinInput]())


async def create(request: Request) -> Response:
    """Come in, or ask to."""
    _require_person(request)
    form = await read_form(request, JoinInput)
    if request.access.is_member:
        return request.redirect("spaces:club")
    if request.club.join_policy == "open":
        return await _join(request)
    try:
        await _request(request, form)
    except Invalid as error:
        form.refuse(error)
        return await _ask(request, form, 422)
    except Banned as error:
        request.flash(error.message, "error")
        return request.redirect("spaces:club")
    request.flash(gettext("Your request is with the people who run %(club)s.", club=request.club.name))
    return request.redirect("spaces:club")


async def reply(request: Request) -> Response:
    """Answer what the people who run the club wanted to know."""
    _require_person(request)
    form = await read_form(request, ReplyInput)
    asked = await own_request(request.club, request.viewer)
    if asked is not None and not form.is_valid:
        return await _waiting(request, asked, form, 422)
    await answer_question(request.club, form.data.reply, actor=request.viewer)
    request.flash(gettext("Your answer is with the people who run %(club)s.", club=request.club.name))
    return request.redirect("spaces:join")


async def delete(request: Request) -> Response:
    """Take a request to join back."""
    _require_person(request)
    await withdraw_request(request.club, actor=request.viewer)
    request.flash(gettext("Your request is withdrawn."))
    return request.redirect("spaces:club")


async def _join(request: Request) -> Response:
    try:
        await join_club(request.club, actor=request.viewer)
        request.flash(gettext("Welcome to %(club)s.", club=request.club.name))
    except (Banned, ClubFull) as error:
        request.flash(error.message, "error")
    return request.redirect("spaces:club")


async def _request(request: Request, form: Form[JoinInput]) -> None:
    if request.club.questions and form.is_valid and form.data.seen != mark_of(read_questions(request.club.questions)):
        raise Invalid(gettext("The club asks something else now. Please look at the questions again."))
    await request_to_join(request.club, form.data.message, form.data.answer, actor=request.viewer)


async def _ask(request: Request, form: Form[JoinInput], status: int = 200) -> Response:
    asked = read_questions(request.club.questions)
    return await request.page("spaces/club/ask.html", status, form=form, questions=asked, seen=mark_of(asked))


async def _waiting(request: Request, asked: JoinRequest, form: Form[ReplyInput], status: int = 200) -> Response:
    answers = read_answers(asked.answers)
    return await request.page("spaces/club/asked.html", status, asked=asked, answers=answers, form=form)


def _require_person(request: Request) -> None:
    if not request.viewer.is_authenticated:
        raise SignInNeeded()
