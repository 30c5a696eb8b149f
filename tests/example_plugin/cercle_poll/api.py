"""The same for programs, below /api/v1/clubs/{club}/poll. The OpenAPI document describes it by itself."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from starlette.responses import Response

from cercle import Invalid, Items, Request, answer, api_route, cursor, known_query, list_limit, read_body, read_cursor
from cercle_poll import queries, services
from cercle_poll.forms import PollInput, VoteInput
from cercle_poll.models import Poll
from cercle_poll.permissions import ASK, VIEW, VOTE


class ListedPoll(BaseModel):
    """A poll in a list."""

    id: int
    question: str
    answers: list[str]
    several: bool
    named: bool
    open: bool
    created_at: datetime
    closes_at: datetime | None


class FullPoll(ListedPoll):
    """A poll with what the caller chose; `votes` by answer, None until they have voted or it is closed."""

    chosen: list[int]
    voters: int
    votes: list[int] | None


async def index(request: Request) -> Response:
    """A page of polls, newest first."""
    known_query(request, "open")
    after, limit = read_cursor(request, 1), list_limit(request)
    if after and not (after[0].isdecimal() and len(after[0]) < 10):
        raise Invalid(field="after")
    wanted = request.query_params.get("open", "true") != "false"
    polls = await queries.polls_of(request.club, open=wanted, before=int(after[0]) if after else None, limit=limit)
    more = cursor(polls[-1].id) if len(polls) == limit else None
    return answer(Items[ListedPoll](items=[ListedPoll(**_facts(poll)) for poll in polls], next=more))


async def create(request: Request) -> Response:
    """Ask the club a question."""
    body = await read_body(request, PollInput)
    facts = body.model_dump(exclude={"closes_on"})
    closes_at = body.closes_at(request.viewer.timezone)
    poll = await services.open_poll(request.club, **facts, closes_at=closes_at, actor=request.viewer)
    return await _full(request, poll, 201)


async def show(request: Request) -> Response:
    """A poll."""
    return await _full(request, await _poll(request))


async def vote(request: Request) -> Response:
    """Vote, or vote again."""
    poll, body = await _poll(request), await read_body(request, VoteInput)
    await services.cast_vote(poll, body.chosen, actor=request.viewer)
    return await _full(request, poll)


async def _poll(request: Request) -> Poll:
    return await queries.get_poll(request.club, request.path_params["poll"], viewer=request.viewer)


async def _full(request: Request, poll: Poll, status: int = 200) -> Response:
    standing = await queries.standing_of(poll, request.viewer)
    chosen = [result.number for result in standing.results if result.mine]
    votes = [result.votes or 0 for result in standing.results] if standing.is_visible else None
    return answer(FullPoll(**_facts(poll), chosen=chosen, voters=standing.voters, votes=votes), status)


def _facts(poll: Poll) -> dict[str, object]:
    names = ("id", "question", "answers", "several", "named", "created_at", "closes_at")
    return {name: getattr(poll, name) for name in names} | {"open": poll.is_open}


api = (
    api_route(
        *("GET", "/polls", index, "polls.index"),
        permission=VIEW,
        summary="List the polls of a club: those that take votes, or with open=false the others",
        returns=Items[ListedPoll],
        query=("limit", "after", "open"),
    ),
    api_route(
        *("POST", "/polls", create, "polls.create"),
        permission=ASK,
        summary="Ask the club a question",
        body=PollInput,
        returns=FullPoll,
        status=201,
    ),
    api_route("GET", "/polls/{poll:int}", show, "polls.show", permission=VIEW, summary="Read a poll", returns=FullPoll),
    api_route(
        *("PUT", "/polls/{poll:int}/vote", vote, "vote.update"),
        permission=VOTE,
        summary="Vote, or vote again",
        body=VoteInput,
        returns=FullPoll,
    ),
)
