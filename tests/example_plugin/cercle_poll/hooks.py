"""Where polls meet the rest of a club."""

from collections.abc import Sequence

from cercle import Club, Event, Holding, Link, Panel, Shared, ShareTarget, Viewer, can, current_app, gettext, hookimpl
from cercle_poll import queries, services
from cercle_poll.models import Poll
from cercle_poll.permissions import ASK


@hookimpl
async def club_panels(club: Club, viewer: Viewer) -> Sequence[Panel]:
    """The newest polls on the home of the club."""
    polls = (await queries.polls_of(club))[:3]
    links = tuple(Link(poll.question, f"/c/{club.slug}/poll/{poll.id}") for poll in polls)
    return [Panel(gettext("Polls"), links, Link(gettext("All polls"), f"/c/{club.slug}/poll/"))] if links else []


@hookimpl
def palette_commands(club: Club, viewer: Viewer) -> Sequence[Link]:
    """Asking, for those who may."""
    ask = Link(gettext("Ask a question"), current_app().urls.path("poll:polls.new", club=club.slug), "list-checks")
    return [ask] if can(viewer, ASK, club) else []


@hookimpl
def share_targets(club: Club, viewer: Viewer, shared: Shared) -> Sequence[ShareTarget]:
    """A question about what is shared."""
    if shared.files or not can(viewer, ASK, club):
        return []
    url = current_app().urls.path("poll:polls.new", club=club.slug, question=shared.title)
    return [ShareTarget(gettext("Ask a question"), url, "list-checks")]


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """What turning polls off would freeze."""
    return [Holding(gettext("polls"), await Poll.filter(club=club).count())]


@hookimpl
async def event_announced(event: Event) -> None:
    """Whoever leaves the club leaves its open polls too."""
    if event.event_name == "spaces.member_left":
        await services.withdraw_votes(event.club_id, event.user_id)
