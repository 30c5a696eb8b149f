"""What a club discusses: its latest threads, as far as the viewer may see their items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cercle import Club, Content, Viewer, visible_in
from plugins.comments.models import LIVE, Comment, ItemState

SHOWN_AT_ONCE, LOOKED_AT = 30, 200


@dataclass(frozen=True, slots=True)
class Discussed:
    """A thread with the item that it is about."""

    first: Comment
    content: Content


async def latest_threads(
    club: Club, viewer: Viewer, *, before: int | None = None
) -> tuple[list[Discussed], int | None]:
    """The latest threads, and where the next ones begin.

    So many are looked at; those whose item the viewer may not see, or has no comments any more, are left out.
    """
    found = Comment.filter(LIVE, club_id=club.id, thread_id=None)
    found = found.filter(id__lt=before) if before else found
    firsts = await found.order_by("-id").limit(LOOKED_AT).select_related("author")
    items = await _visible_items(club, viewer, firsts)
    threads = [Discussed(first, items[first.item]) for first in firsts if first.item in items]
    if len(threads) > SHOWN_AT_ONCE:
        return threads[:SHOWN_AT_ONCE], threads[SHOWN_AT_ONCE - 1].first.id
    return threads, firsts[-1].id if len(firsts) == LOOKED_AT else None


async def _visible_items(club: Club, viewer: Viewer, firsts: Sequence[Comment]) -> dict[tuple[str, str, int], Content]:
    numbers = {first.object_id for first in firsts}
    seen = await visible_in(club, viewer).filter(object_id__in=numbers).exclude(plugin="comments")
    off = await ItemState.filter(club_id=club.id, object_id__in=numbers, state="off")
    closed = {(one.plugin, one.kind, one.object_id) for one in off}
    wanted = {first.item for first in firsts} - closed
    return {key: one for one in seen if (key := (one.plugin, one.kind, one.object_id)) in wanted}
