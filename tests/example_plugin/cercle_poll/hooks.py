"""Where polls meet the rest of a club. Hooks answer with data, never with HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from cercle import (
    Club,
    Event,
    ExportFile,
    Holding,
    Link,
    Panel,
    PanelQuery,
    Select,
    Shared,
    ShareTarget,
    Viewer,
    can,
    current_app,
    dialect,
    gettext,
    hookimpl,
    ngettext,
)
from cercle_poll import demo, queries, services
from cercle_poll.models import Poll, Vote
from cercle_poll.permissions import ASK

ICON = "list-todo"


@hookimpl
def club_panels(club: Club, viewer: Viewer) -> Sequence[PanelQuery]:
    """The newest open polls, on the home of the club.

    A `PanelQuery` only says what to read; the home reads the rows of all its panels in one query.
    """
    param = dialect().param
    sql = (
        "SELECT p.id, p.question, EXISTS (SELECT 1 FROM poll_vote v WHERE v.poll_id = p.id "
        f"AND v.voter_id = {param(1)}) AS voted FROM poll_poll p WHERE p.club_id = {param(2)} "
        f"AND p.closed_at IS NULL AND p.removed_at IS NULL AND (p.closes_at IS NULL OR p.closes_at > {param(3)}) "
        "ORDER BY p.id DESC LIMIT 3"
    )
    values = (viewer.id, club.id, datetime.now(UTC))
    return [PanelQuery(Select(("id", "question", "voted"), sql, values), partial(_panel, club.slug))]


def _panel(club: str, polls: list[list[Any]]) -> Panel | None:
    path = current_app().urls.path
    links = tuple(
        Link(
            question,
            path("poll:polls.show", club=club, poll=id),
            ICON,
            "" if voted else gettext("Your vote is missing"),
        )
        for id, question, voted in polls
    )
    more = Link(gettext("All polls"), path("poll:polls.index", club=club))
    return Panel(gettext("Polls"), links, more, order=30) if links else None


@hookimpl
def palette_commands(club: Club, viewer: Viewer) -> Sequence[Link]:
    """Asking, for those who may. No query: it answers from what the gate has loaded."""
    ask = Link(gettext("Ask a question"), current_app().urls.path("poll:polls.new", club=club.slug), ICON)
    return [ask] if can(viewer, ASK, club) else []


@hookimpl
def share_targets(club: Club, viewer: Viewer, shared: Shared) -> Sequence[ShareTarget]:
    """A question about what is shared from another app."""
    if shared.files or not can(viewer, ASK, club):
        return []
    url = current_app().urls.path("poll:polls.new", club=club.slug, question=shared.title)
    return [ShareTarget(gettext("Ask a question"), url, ICON)]


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """What turning polls off would freeze."""
    polls, votes = await Poll.filter(club=club).count(), await Vote.filter(club=club).count()
    return [Holding(ngettext("poll", "polls", polls), polls), Holding(ngettext("vote", "votes", votes), votes)]


@hookimpl
async def person_exported(user: Any) -> Sequence[ExportFile]:
    """What a person takes along. When their account is erased, `SET_NULL` in the models leaves polls and votes without a name."""
    words = await queries.words_of(user.id)
    return [ExportFile("polls.json", words, gettext("What you asked and chose"))] if words else []


@hookimpl
async def event_announced(event: Event) -> None:
    """Whoever leaves the club leaves its open polls too."""
    if event.event_name == "spaces.member_left":
        await services.withdraw_votes(event.club_id, event.user_id)


@hookimpl
async def demo_seeded(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """Polls of a made-up club, for `cercle demo`."""
    await demo.seed(app, club, cast)
