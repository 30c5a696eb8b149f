"""Telling followers of what is new, and counting beforehand whom a publication reaches."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cercle import (
    N_,
    Club,
    Content,
    ContentChanged,
    ContentPublished,
    NotificationKind,
    Reader,
    Waits,
    current_app,
    item_readers,
    notify,
    site_settings,
    wishes_of,
)
from plugins.notifications.models import SilentClub
from plugins.notifications.notifications import CHANGED, PUBLISHED
from plugins.notifications.queries.follows import followers, item_target, targets_of
from plugins.notifications.services.following import follow_own
from plugins.notifications.settings import SiteSettings

OLD = timedelta(days=1)
"""What was written longer ago, and not touched here since, was brought in from elsewhere and is news to nobody."""


class SiteAdviser:
    """Answers what notifications ask about clubs and items."""

    async def may_see(self, content_id: int, user_ids: Collection[int], *, even_muted: bool) -> Collection[int]:
        """See `Adviser.may_see`."""
        content = await Content.get_or_none(id=content_id)
        return await item_readers(content, user_ids, even_muted=even_muted) if content else frozenset()

    async def waits(self) -> Waits:
        """See `Adviser.waits`."""
        chosen = await site_settings(SiteSettings)
        return Waits(timedelta(minutes=chosen.wait_minutes_direct), timedelta(minutes=chosen.wait_minutes))

    async def is_confidential(self, club: Club) -> bool:
        """See `Adviser.is_confidential`: hidden clubs always are."""
        return club.visibility == "hidden" or await SilentClub.exists(club_id=club.id)


@dataclass(frozen=True, slots=True)
class Reached:
    """How many people hear of something.

    Args:
        now: by mail or on a device, within minutes.
        digest: in their digest.
    """

    now: int = 0
    digest: int = 0


async def tell_of_new(event: ContentPublished) -> None:
    """Tell the followers of an item that came out, all but who did it; from now on its author follows it."""
    content = await _content(event.content_id)
    if content is None or _is_old(content):
        return
    if author := content.author_id:
        wishes = (await wishes_of([author])).get(author)
        if wishes is None or wishes.rhythm.follows_own:
            await follow_own(content)
    await _tell(content, PUBLISHED, await targets_of(content), key=f"published {content.id}", besides=event.actor_id)


async def tell_of_change(event: ContentChanged) -> None:
    """Tell those who follow an item that it is another one."""
    content = await _content(event.content_id) if event.is_news else None
    if content is not None:
        target = item_target(content.plugin, content.kind, content.object_id)
        await _tell(content, CHANGED, [target], key=event.id, besides=event.actor_id)


async def count_receivers(club: Club, content: Content, kind: NotificationKind | None) -> Reached:
    """How many people would hear of an item if it came out now; the same choices decide as when they are told.

    Args:
        club: the club.
        content: its row, which may be a draft; its audience is the one that it would have.
        kind: of what the plugin tells all members, None when it tells nobody but followers.
    """
    out = copy(content)
    out.state, out.hidden_at = "published", None
    readers = await item_readers(out, None, even_muted=False) - {content.author_id}
    reached: dict[int, bool] = {}
    if kind is not None:
        await _count(club.id, kind, readers, reached)
    following = await followers(club.id, await targets_of(out))
    await _count(club.id, PUBLISHED, readers & following, reached)
    return Reached(sum(reached.values()), len(reached) - sum(reached.values()))


async def _count(club_id: int, kind: NotificationKind, people: Collection[int], reached: dict[int, bool]) -> None:
    """Note for each person whether it reaches them before the digest."""
    registry = current_app().notifications
    async for readers in registry.readers(kind, club_id, people):
        for one in readers:
            by_push = one.wishes.want(kind, "push", club_id) and "push" in registry.channels
            if one.wishes.want(kind, "mail", club_id) or by_push:
                reached[one.user.id] = reached.get(one.user.id, False) or not await _in_digest(kind, one)


async def _in_digest(kind: NotificationKind, reader: Reader) -> bool:
    _, bundle = await current_app().notifications.leaves_at(kind, reader)
    return bundle.startswith("digest:")


async def _tell(
    content: Content, kind: NotificationKind, targets: Collection[str], *, key: str, besides: int | None
) -> None:
    people = await followers(content.club_id, targets) - {besides}
    if not people:
        return
    changed = kind is CHANGED
    await notify(
        kind,
        to=people,
        besides=besides,
        club=content.club,
        key=key,
        subject=N_("Changed in %(club)s: %(title)s") if changed else N_("New in %(club)s: %(title)s"),
        text=N_("“%(title)s” has changed in %(club)s.") if changed else N_("“%(title)s” is new in %(club)s."),
        path=content.url,
        values={"club": content.club.name, "title": content.title},
        content_id=content.id,
    )


async def _content(content_id: int) -> Content | None:
    return await Content.get_or_none(id=content_id).select_related("club")


def _is_old(content: Content) -> bool:
    before = datetime.now(UTC) - OLD
    return content.updated_at < before or (content.published_at is not None and content.published_at < before)
