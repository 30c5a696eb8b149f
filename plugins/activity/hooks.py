"""What activity hears of and answers: events, what it keeps, feeds, what people take along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cercle import (
    Club,
    ContentChanged,
    ContentPublished,
    Event,
    ExportFile,
    FeedAddress,
    Holding,
    Link,
    MemberJoined,
    MemberLeft,
    MergeStep,
    PersonHolding,
    clubs_read_by,
    current_app,
    gettext,
    holdings_by_club,
    hookimpl,
    ngettext,
)
from plugins.activity import services
from plugins.activity.queries import count_by_club, count_happenings, done_by


@hookimpl
async def event_announced(event: Event) -> None:
    """Somebody published or changed something, or came, or went."""
    if isinstance(event, ContentPublished) or (isinstance(event, ContentChanged) and event.is_news):
        await services.note_content(event)
    elif isinstance(event, MemberJoined):
        await services.note_arrival(event)
    elif isinstance(event, MemberLeft):
        await services.forget_arrival(event)


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """The lines of activity."""
    count = await count_happenings(club)
    return [Holding(ngettext("line of activity", "lines of activity", count), count)]


@hookimpl
async def person_feeds(user: Any, token: str) -> Sequence[FeedAddress]:
    """What happened in all their clubs, and in each."""
    app, clubs = current_app(), await clubs_read_by(user.id, "activity")
    secret = {"token": token} if token else {}
    kind, base, label = ("private" if token else "signed"), app.settings.base_url, gettext("Activity")
    one = [
        FeedAddress(
            f"{label} · {club.name}", base + app.urls.path(f"activity:feeds.{kind}_club", club=club.slug, **secret)
        )
        for club in clubs
    ]
    everything = FeedAddress(
        f"{label} · {gettext('All my clubs')}", base + app.urls.path(f"activity:feeds.{kind}", **secret)
    )
    return [everything, *one] if clubs else []


@hookimpl
def person_links(club: Club, user: Any) -> Sequence[Link]:
    """What a member did."""
    path = current_app().urls.path("activity:people.show", handle=user.handle)
    return [Link(gettext("What they did"), path, "activity")]


@hookimpl
async def person_exported(user: Any) -> Sequence[ExportFile]:
    """What is remembered that they did, in the clubs whose activity they read."""
    clubs = {club.id: club.slug for club in await clubs_read_by(user.id, "activity")}
    found = await done_by(user.id, clubs)
    return [ExportFile("activity.json", found, gettext("What you did, as your clubs remember it"))] if found else []


@hookimpl
async def person_holdings(user: Any) -> Sequence[PersonHolding]:
    """The lines that name them; they stay without the name."""
    counts = await count_by_club(user.id)
    return await holdings_by_club(user.id, "activity", counts, _lines)


@hookimpl
async def person_erased(user: Any) -> None:
    """A former member did it."""
    await services.forget_person(user.id)


@hookimpl
async def club_merged(source: Club, target: Club, is_over: bool) -> MergeStep | None:
    """When people looked at the club that goes is not told of the other."""
    if not is_over:
        await services.forget_looks(source)
    return None


@hookimpl(trylast=True)  # about what the others wrote
async def demo_seeded(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """What the demo wrote happened on the days that it says."""
    await services.seed(club)


def _lines(count: int) -> str:
    return ngettext("line of activity", "lines of activity", count)
