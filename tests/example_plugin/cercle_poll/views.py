"""The pages. The gate has decided before they run: polls are on in this club, and the route's permission is held."""

from starlette.responses import Response

from cercle import Form, Invalid, Request, club_settings, gettext, read_form, require
from cercle_poll import queries, services
from cercle_poll.forms import PollInput, VoteInput
from cercle_poll.models import Poll
from cercle_poll.permissions import CLOSE, REMOVE
from cercle_poll.settings import ClubSettings


async def index(request: Request) -> Response:
    """The polls that take votes."""
    return await _list(request, open=True)


async def closed(request: Request) -> Response:
    """The polls that are over."""
    return await _list(request, open=False)


async def _list(request: Request, *, open: bool) -> Response:
    before = request.query_params.get("before", "")
    polls = await queries.polls_of(request.club, open=open, before=int(before) if _is_number(before) else None)
    voted = await queries.voted_in(polls, request.viewer)
    older = polls[-1].id if len(polls) == queries.PAGE else None
    return await request.page("poll/polls/index.html", polls=polls, voted=voted, open=open, older=older)


async def new(request: Request) -> Response:
    """The form. What is shared from another app brings the question, the club's settings say how it begins."""
    question = request.query_params.get("question", "").replace("\0", "")[:200]
    settings = await club_settings(request.club, ClubSettings)
    form = Form[PollInput]({"question": question, "named": settings.named})
    return await request.page("poll/polls/new.html", form=form)


async def create(request: Request) -> Response:
    """Ask."""
    form = await read_form(request, PollInput)
    try:
        given = form.data
        poll = await services.open_poll(
            request.club,
            question=given.question,
            answers=given.answers,
            several=given.several,
            named=given.named,
            closes_at=given.closes_at(request.viewer.timezone),
            actor=request.viewer,
        )
    except Invalid as error:  # the form comes back as it was typed, with a sentence beside each field
        form.errors.update(error.errors)
        return await request.page("poll/polls/new.html", 422, form=form)
    request.flash(gettext("Your question is out."))
    return request.redirect("poll:polls.show", poll=poll.id)


async def show(request: Request) -> Response:
    """A poll: the ballot, or the results for those who may see them."""
    return await _show(request, await _poll(request))


async def vote(request: Request) -> Response:
    """Vote, or vote again."""
    poll, form = await _poll(request), await read_form(request, VoteInput)
    try:
        await services.cast_vote(poll, form.data.chosen, actor=request.viewer)
    except Invalid as error:
        return await _show(request, poll, [text for texts in error.errors.values() for text in texts])
    request.flash(gettext("Your vote is counted."))
    return request.redirect("poll:polls.show", poll=poll.id)


async def close(request: Request) -> Response:
    """Take no more votes. The route lets in every author; only the loaded poll says whether it is theirs."""
    poll = await _poll(request)
    require(request.viewer, CLOSE, poll)
    await services.close_poll(poll, actor=request.viewer)
    request.flash(gettext("The poll is closed."), undo=request.path("poll:closing.delete", poll=poll.id))
    return request.redirect("poll:polls.show", poll=poll.id)


async def reopen(request: Request) -> Response:
    """Take votes again."""
    poll = await _poll(request)
    require(request.viewer, CLOSE, poll)
    await services.reopen_poll(poll)
    return request.redirect("poll:polls.show", poll=poll.id)


async def remove(request: Request) -> Response:
    """Take a poll out of sight; the message that says so brings it back."""
    poll = await _poll(request)
    require(request.viewer, REMOVE, poll)
    await services.remove_poll(request.club, poll)
    request.flash(gettext("The poll is removed."), undo=request.path("poll:removal.delete", poll=poll.id))
    return request.redirect("poll:polls.index")


async def bring_back(request: Request) -> Response:
    """Show a removed poll again."""
    poll = await _poll(request)
    require(request.viewer, REMOVE, poll)
    await services.bring_back_poll(request.club, poll)
    return request.redirect("poll:polls.show", poll=poll.id)


async def _poll(request: Request) -> Poll:
    return await queries.get_poll(request.club, request.path_params["poll"], viewer=request.viewer)


async def _show(request: Request, poll: Poll, errors: list[str] | None = None) -> Response:
    standing = await queries.standing_of(poll, request.viewer)
    status = 422 if errors else 200
    return await request.page("poll/polls/show.html", status, poll=poll, standing=standing, errors=errors)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
