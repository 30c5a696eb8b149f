"""Polls through the API."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from starlette.responses import Response

from cercle import Items, Request, answer, api_route, known_query, read_body
from cercle_poll import permissions as p
from cercle_poll import queries, services
from cercle_poll.forms import PollBody
from cercle_poll.models import Poll


class PollOut(BaseModel):
    """A poll."""

    id: int
    question: str
    choices: list[str]
    created_at: datetime
    open: bool


async def index(request: Request) -> Response:
    """The polls of a club."""
    known_query(request)
    polls = await queries.polls_of(request.club)
    return answer(Items[PollOut](items=[_out(poll) for poll in polls]))


async def create(request: Request) -> Response:
    """Ask."""
    body = await read_body(request, PollBody)
    poll = await services.open_poll(request.club, question=body.question, choices=body.choices, actor=request.viewer)
    return answer(_out(poll), 201)


async def show(request: Request) -> Response:
    """A poll."""
    return answer(_out(await queries.get_poll(request.club, request.path_params["poll"])))


def _out(poll: Poll) -> PollOut:
    return PollOut(
        id=poll.id, question=poll.question, choices=poll.choices, created_at=poll.created_at, open=poll.is_open
    )


api = (
    api_route(
        "GET", "/polls", index, "polls.index", permission=p.VIEW, summary="List the polls", returns=Items[PollOut]
    ),
    api_route(
        "POST",
        "/polls",
        create,
        "polls.create",
        permission=p.ASK,
        summary="Ask a question",
        body=PollBody,
        returns=PollOut,
        status=201,
    ),
    api_route("GET", "/polls/{poll}", show, "polls.show", permission=p.VIEW, summary="Read a poll", returns=PollOut),
)
