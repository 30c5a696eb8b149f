"""Writing down what happened, and that somebody looked; deleting what is old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from cercle import (
    Club,
    Content,
    ContentChanged,
    ContentPublished,
    MemberJoined,
    MemberLeft,
    Membership,
    Viewer,
    atomic,
    club_settings,
    dialect,
    execute,
    stands,
)
from plugins.activity.models import Happening, Look
from plugins.activity.settings import ClubSettings

TOGETHER = timedelta(hours=1)
"""Changes of one item by one person within this time are one line."""
VISIT_LASTS = timedelta(minutes=30)
BATCH = 500


async def note_content(event: ContentPublished | ContentChanged) -> None:
    """Write down that something was published or changed; an event that was heard before changes nothing."""
    if not await Content.filter(id=event.content_id, club_id=event.club_id).exists():
        return  # it is gone again
    if await Happening.filter(content_id=event.content_id, heard__contains=event.id).exists():
        return
    if isinstance(event, ContentChanged):
        if not await _add_to_line(event):
            await _write("changed", event, content_id=event.content_id, actor_id=event.actor_id)
    elif not await Happening.filter(content_id=event.content_id, verb="published").exists():
        await _write("published", event, content_id=event.content_id, actor_id=event.actor_id)


async def note_arrival(event: MemberJoined) -> None:
    """Write down that somebody joined, unless they have left again."""
    known = await Happening.filter(club_id=event.club_id, actor_id=event.user_id, verb="joined").exists()
    if not known and await Membership.filter(stands(), club_id=event.club_id, user_id=event.user_id).exists():
        await _write("joined", event, content_id=None, actor_id=event.user_id)


async def forget_arrival(event: MemberLeft) -> None:
    """Who is no member any more is not told of as a new one."""
    await Happening.filter(club_id=event.club_id, actor_id=event.user_id, verb="joined").delete()


async def note_look(viewer: Viewer, club: Club | None, known: Look | None) -> datetime | None:
    """Remember that somebody looks; answers when they looked before, None at the first time.

    One visit lasts half an hour, so that what is new stays marked while somebody goes on reading. An operator who acts as
    them leaves no trace.

    Args:
        viewer: who looks.
        club: at whose activity; None for that of all their clubs.
        known: their last look.
    """
    now = datetime.now(UTC)
    goes_on = known is not None and now - known.at < VISIT_LASTS
    before = None if known is None else known.before if goes_on else known.at
    if viewer.operator_id is not None:
        return before
    if known is None:
        await Look.create(user_id=viewer.id, club_id=club.id if club else None, at=now)
    elif not goes_on:
        await Look.filter(id=known.id, at=known.at).update(at=now, before=known.at)
    return before


async def forget_old() -> None:
    """Delete lines that are older than their club wants; where the plugin is off or the club is archived all stay."""
    running = Happening.filter(
        club__deleted_at=None,
        club__archived_at=None,
        club__switches__plugin="activity",
        club__switches__effective="on",
    )
    for club_id in await running.distinct().values_list("club_id", flat=True):
        days = (await club_settings(int(str(club_id)), ClubSettings)).keep_days
        old = Happening.filter(club_id=club_id, at__lt=datetime.now(UTC) - timedelta(days=days)).order_by("id")
        while ids := await old.limit(BATCH).values_list("id", flat=True):
            await Happening.filter(id__in=ids).delete()


async def forget_person(user_id: int) -> None:
    """What they did was done by a former member from now on; that they joined, and when they looked, is forgotten."""
    async with atomic():
        await Look.filter(user_id=user_id).delete()
        await Happening.filter(actor_id=user_id, verb="joined").delete()
        await Happening.filter(actor_id=user_id).update(actor_id=None)


async def forget_looks(club: Club) -> None:
    """Forget when people looked at a club that goes into another one."""
    await Look.filter(club_id=club.id).delete()


async def seed(club: Club) -> None:
    """Tell of what the demo wrote and of who joined, as of the days that it says."""
    written = Content.filter(club_id=club.id, state="published").order_by("id")
    for row in await written.only("id", "author_id", "published_at", "updated_at"):
        at = row.published_at or row.updated_at
        await _tell_as_of(at, f"demo-{row.id}", "published", club_id=club.id, content_id=row.id, actor_id=row.author_id)
    for member in await Membership.filter(stands(), club_id=club.id).order_by("id"):
        at, name = member.joined_at, f"demo-joined-{member.id}"
        await _tell_as_of(at, name, "joined", club_id=club.id, content_id=None, actor_id=member.user_id)


async def _tell_as_of(at: datetime, name: str, verb: str, **facts: Any) -> None:
    if not await Happening.filter(verb=verb, **facts).update(at=at, began_at=at):
        when: dict[str, Any] = {"at": at, "began_at": at}
        await Happening.create(verb=verb, event_id=name, **facts, **when)


async def _add_to_line(event: ContentChanged) -> bool:
    """Count a change into the line of the same person and item, where there is one within the hour."""
    now = datetime.now(UTC)
    recent = Happening.filter(content_id=event.content_id, actor_id=event.actor_id, began_at__gt=now - TOGETHER)
    line = await recent.exclude(verb="joined").order_by("-id").first()
    if line is None:
        return False
    words = dialect()
    places = [words.param(number) for number in range(1, 6)]
    await execute(
        f"UPDATE activity_happening SET times = times + 1, at = {places[0]}, heard = heard || {places[1]} "
        f"WHERE id = {places[2]} AND event_id <> {places[3]} AND heard NOT LIKE {places[4]}",
        [now, f" {event.id}", line.id, event.id, f"%{event.id}%"],
    )
    return True


async def _write(
    verb: str, event: ContentPublished | ContentChanged | MemberJoined, *, content_id: int | None, actor_id: int | None
) -> None:
    now = datetime.now(UTC)
    facts: dict[str, Any] = {"club_id": event.club_id, "content_id": content_id, "actor_id": actor_id}
    try:
        async with atomic():
            await Happening.create(**facts, verb=verb, at=now, began_at=now, event_id=event.id)
    except IntegrityError:
        return  # heard before, or what it is about has just gone
