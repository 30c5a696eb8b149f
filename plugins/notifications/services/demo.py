"""A few things that the demo's people were told, so that their page is not empty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cercle import N_, Club, Content
from plugins.notifications.models import Entry, Follow
from plugins.notifications.notifications import PUBLISHED

_AGES = (timedelta(hours=2), timedelta(hours=5), timedelta(days=1), timedelta(days=3))


async def seed(club: Club, cast: Mapping[str, Any]) -> None:
    """Tell the member of the newest things in a club, and let them follow the first; doing it twice changes nothing."""
    member = cast.get("member")
    if member is None:
        return
    newest = await Content.filter(club_id=club.id, state="published", audience="club").order_by("-updated_at").limit(4)
    entries = [_entry(club, member.id, one) for one in newest if one.author_id != member.id]
    await Entry.bulk_create(entries[::-1], ignore_conflicts=True)
    for entry, age in zip(entries, _AGES, strict=False):
        mine = Entry.filter(user_id=member.id, kind=entry.kind, about=entry.about)
        present = await mine.get()
        moment = present.created_at - age
        if present.read_at is None and present.values.get("aged") is None:
            aged = {**present.values, "aged": 1}
            read_at = moment if age > timedelta(days=1) else None
            await mine.update(created_at=moment, read_at=read_at, values=aged)
    if newest:
        target = f"item:{newest[0].plugin}/{newest[0].kind}/{newest[0].object_id}"
        row = Follow(user_id=member.id, club_id=club.id, target=target, content_id=newest[0].id)
        await Follow.bulk_create([row], ignore_conflicts=True)


def _entry(club: Club, user_id: int, content: Content) -> Entry:
    return Entry(
        user_id=user_id,
        club_id=club.id,
        kind=PUBLISHED.name,
        content_id=content.id,
        about=f"demo {content.id}",
        subject=N_("New in %(club)s: %(title)s"),
        values={"club": club.name, "title": content.title},
        path=content.url,
        merges=True,
    )
