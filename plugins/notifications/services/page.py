"""The channel in the page: one's own list, and the number at the bell."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cercle import N_, Notice, Reader, Viewer, after_commit, atomic, current_app
from plugins.notifications.models import Entry, PushMessage

KEPT = timedelta(days=90)
LIVE = "notifications-inbox-index"
TRIES = 5
"""So often a message to a device is posted at most."""
_BATCH = 1000
_DAY = timedelta(days=1)


class PageChannel:
    """Writes what people are told on their own page, at once: there it disturbs nobody."""

    name = "page"
    label = N_("On my page")

    async def deliver(self, notice: Notice, readers: Sequence[Reader]) -> None:
        """See `Channel.deliver`. News of what was not read takes the place of older news of the same page."""
        people = [one.user.id for one in readers]
        about = digest_of(notice)
        async with atomic():
            if notice.kind.waits and not notice.kind.direct:
                older = Entry.filter(user_id__in=people, club_id=notice.club_id, path=notice.path[:700], merges=True)
                await older.filter(read_at=None).exclude(about=about).delete()
            await Entry.bulk_create([_entry(notice, about, one) for one in people], ignore_conflicts=True)
            after_commit(lambda: tell_pages(people))


async def mark_read(viewer: Viewer, *, entries: Sequence[int] | None = None, club_id: int | None = None) -> int:
    """Note that the viewer has seen some of their entries, or all of them, or those of a club; answers how many were new."""
    asked = Entry.filter(user_id=viewer.id, read_at=None)
    asked = asked.filter(id__in=list(entries)) if entries is not None else asked
    asked = asked.filter(club_id=club_id) if club_id is not None else asked
    async with atomic():
        count = await asked.update(read_at=datetime.now(UTC))
        if count and viewer.id is not None:
            mine = [viewer.id]
            after_commit(lambda: tell_pages(mine))
    return count


async def tell_pages(people: Sequence[int]) -> None:
    """Let the open pages of these people fetch their number anew."""
    live = current_app().live
    for user_id in people:
        await live.tell(f"me:{user_id}", LIVE)


async def forget_old() -> None:
    """Drop entries after 90 days, some at a time, and what was sent to devices, or could not be, after a day."""
    now = datetime.now(UTC)
    while ids := await Entry.filter(created_at__lt=now - KEPT).limit(_BATCH).values_list("id", flat=True):
        await Entry.filter(id__in=list(ids)).delete()
    await PushMessage.filter(sent_at__lt=now - _DAY).delete()
    await PushMessage.filter(attempts__gte=TRIES, due_at__lt=now - _DAY).delete()


def digest_of(notice: Notice) -> str:
    """What stands for the key of a notice, in which names may be, in a column of its own."""
    return hashlib.sha256(f"{notice.club_id or 0} {notice.key}".encode()).hexdigest()


def _entry(notice: Notice, about: str, user_id: int) -> Entry:
    values = {name: one if isinstance(one, int) else str(one) for name, one in notice.values.items()}
    return Entry(
        user_id=user_id,
        club_id=notice.club_id,
        kind=notice.kind.name,
        content_id=notice.content_id,
        about=about,
        subject=notice.subject[:500],
        values=values,
        path=notice.path[:700],
        merges=notice.kind.waits and not notice.kind.direct,
    )
