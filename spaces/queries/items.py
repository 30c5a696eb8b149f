"""Reads about one item of any plugin, found by what the catalogue knows of it: itself, and who may see it."""

from __future__ import annotations

from collections.abc import Collection

from core.accounts.viewer import Viewer
from core.db import dialect, rows
from core.errors import NotFound
from core.http import Request
from core.permissions import base_of
from spaces.catalogue import visible_in, visible_to
from spaces.models import Club, Content
from spaces.queries.readers import readers_among
from spaces.queries.standing import standing


async def item_at(club: Club, plugin: str, kind: str, object_id: int, *, viewer: Viewer) -> Content:
    """One item of a club, as far as the viewer may see it.

    Args:
        club: behind its door.
        plugin, kind, object_id: which item.
        viewer: who looks.

    Raises:
        NotFound: when there is none, or not for them.
    """
    found = await visible_in(club, viewer).get_or_none(plugin=plugin, kind=kind, object_id=object_id)
    if found is None:
        raise NotFound()
    return found


async def item_readers(
    content: Content, user_ids: Collection[int] | None = None, *, even_muted: bool = True
) -> frozenset[int]:
    """Those of these members of the club who may see an item at this moment; nobody while it is a draft, hidden or in the trash.

    Args:
        content: its row, as it is now.
        user_ids: the people; None for all members.
        even_muted: False to leave out members who muted the club.
    """
    if content.hidden_at is not None or content.state != "published":
        return frozenset()
    readers = await readers_among(content.club_id, content.plugin, user_ids, members_only=True, even_muted=even_muted)
    if content.audience == "author":
        return readers & {content.author_id or 0}
    if content.audience == "moderators":
        return readers & (await _moderators(content.club_id) | {content.author_id or 0})
    return readers


async def item_topic(request: Request, about: str) -> str | None:
    """The topic of the bus about an item, `wiki/page/12`, for who may see it."""
    plugin, kind, number = (*about.split("/"), "", "")[:3]
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    seen = await visible_to(request.viewer).filter(plugin=plugin, kind=kind, object_id=int(number)).exists()
    return topic_of(plugin, kind, int(number)) if seen else None


def topic_of(plugin: str, kind: str, object_id: int) -> str:
    """The topic on which pages hear what is new about an item, for `app.live.tell`."""
    return f"item:{plugin}/{kind}/{object_id}"


async def _moderators(club_id: int) -> frozenset[int]:
    members = (
        f"SELECT m.user_id, m.role FROM spaces_membership m WHERE m.club_id = {dialect().param(1)} AND {standing('m')}"
    )
    found = await rows(members, [club_id])
    return frozenset(int(row["user_id"]) for row in found if base_of(row["role"]) in ("owner", "moderator"))
