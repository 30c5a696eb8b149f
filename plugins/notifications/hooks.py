"""Where notifications meet the rest of the site: channels, followers, and what people take along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cercle import N_, Club, ContentChanged, ContentPublished, Event, ExportFile, MemberLeft, hookimpl
from plugins.notifications.services import leaving
from plugins.notifications.services.demo import seed
from plugins.notifications.services.page import PageChannel
from plugins.notifications.services.push import PushChannel
from plugins.notifications.services.telling import SiteAdviser, tell_of_change, tell_of_new


@hookimpl
def site_started(app: Any) -> None:
    """Two channels more, and who knows clubs and items."""
    app.notifications.add(PushChannel())
    app.notifications.add(PageChannel())
    app.notifications.advised_by(SiteAdviser())
    app.notifications.offer("notifications:times.edit", N_("Digest, quiet hours and devices"))
    app.notifications.offer("notifications:follows.index", N_("What I follow"))


@hookimpl
async def event_announced(event: Event) -> None:
    """Tell followers of what came out, and of what changed; who leaves a club follows nothing there."""
    if isinstance(event, ContentPublished):
        await tell_of_new(event)
    elif isinstance(event, ContentChanged):
        await tell_of_change(event)
    elif isinstance(event, MemberLeft) and event.club_id is not None:
        await leaving.forget_member(event.club_id, event.user_id)


@hookimpl
async def person_exported(user: Any) -> Sequence[ExportFile]:
    """What they were told and may still know of, what they follow, and their devices."""
    return await leaving.files_of_person(user)


@hookimpl
async def person_erased(user: Any) -> None:
    """What they were told, what they follow and who follows them, and their devices."""
    await leaving.forget_person(user.id)


@hookimpl
async def plugin_purged(name: str) -> None:
    """What people were told of it, and follow in it."""
    await leaving.forget_plugin(name)


@hookimpl(trylast=True)  # about what the others wrote
async def demo_seeded(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """A few things that the demo's people were told."""
    await seed(club, cast)
