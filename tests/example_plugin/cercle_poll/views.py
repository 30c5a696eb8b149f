"""The pages of polls."""

from starlette.responses import Response

from cercle import Form, Request, gettext, read_form, require
from cercle_poll import permissions, queries, services
from cercle_poll.forms import PollInput, VoteInput


async def index(request: Request) -> Response:
    """The polls of the club."""
    return await request.page("poll/polls/index.html", polls=await queries.polls_of(request.club))


async def new(request: Request) -> Response:
    """The form; what is shared from elsewhere brings the question."""
    form = Form[PollInput]({"question": request.query_params.get("question", "").replace("\0", "")[:200]})
    return await request.page("poll/polls/new.html", form=form)


async def create(request: Request) -> Response:
    """Ask."""
    form = await read_form(request, PollInput)
    if not form.is_valid:
        return await request.page("poll/polls/new.html", 422, form=form)
    given = form.data
    poll = await services.open_poll(
        request.club, question=given.question, choices=given.choices.splitlines(), actor=request.viewer
    )
    request.flash(gettext("Your question is out."))
    return request.redirect("poll:polls.show", poll=poll.id)


async def show(request: Request) -> Response:
    """A poll with its results."""
    poll = await queries.get_poll(request.club, request.path_params["poll"])
    return await request.page("poll/polls/show.html", poll=poll, results=await queries.results_of(poll))


async def vote(request: Request) -> Response:
    """Vote."""
    poll = await queries.get_poll(request.club, request.path_params["poll"])
    form = await read_form(request, VoteInput)
    await services.cast_vote(poll, form.data.choice, actor=request.viewer)
    request.flash(gettext("Your vote is counted."))
    return request.redirect("poll:polls.show", poll=poll.id)


async def close(request: Request) -> Response:
    """Take no more votes."""
    poll = await queries.get_poll(request.club, request.path_params["poll"])
    require(request.viewer, permissions.CLOSE, poll)
    await services.close_poll(poll)
    return request.redirect("poll:polls.show", poll=poll.id)
