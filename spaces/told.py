"""What the catalogue announces: that something can be seen, is another one, or cannot be seen any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from core.events import announce, announce_all
from spaces.events import ContentChanged, ContentPublished, ContentRemoved
from spaces.models import Content


async def tell_of_change(before: Content | None, after: Content, *, actor_id: int | None, is_news: bool) -> None:
    """Announce what became of a row, in the transaction that writes it.

    Args:
        before: the row as it was; None for a new one.
        after: the row as it is.
        actor_id: who did it.
        is_news: whether readers would call it a change.
    """
    facts: dict[str, Any] = {**_facts(after), "actor_id": actor_id}
    was_shown, shown = before is not None and _is_shown(before), _is_shown(after)
    if shown and not was_shown and (before is None or _was_never_out(before)):
        await announce(ContentPublished(**facts))
    elif was_shown and not shown:
        await announce(ContentRemoved(**facts))
    else:
        await announce(ContentChanged(**facts, is_news=is_news and shown and was_shown))


async def tell_of_first_sight(content: Content, *, actor_id: int | None) -> None:
    """Announce an item that waited for a moderator and is let out."""
    if _is_shown(content):
        await announce(ContentPublished(**_facts(content), actor_id=actor_id))


async def tell_of_removal(gone: Iterable[Content]) -> None:
    """Announce rows that go for good, in the transaction that deletes them."""
    await announce_all([ContentRemoved(**_facts(row)) for row in gone])


def _is_shown(row: Content) -> bool:
    if row.is_on_trial or row.hidden_at is not None or row.audience == "author":
        return False
    if row.state == "scheduled":
        return row.published_at is not None and row.published_at <= datetime.now(UTC)
    return row.state == "published"


def _was_never_out(row: Content) -> bool:
    return row.published_at is None or row.audience == "author" or row.state == "scheduled"


def _facts(row: Content) -> dict[str, Any]:
    return {
        "club_id": row.club_id,
        "plugin": row.plugin,
        "kind": row.kind,
        "object_id": row.object_id,
        "content_id": row.id,
    }
