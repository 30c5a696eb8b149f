"""What stands about a thread or an item: resolved, answered, locked, off."""

from __future__ import annotations

from datetime import UTC, datetime

from cercle import Club, Viewer, after_commit, atomic, audit, current_app, topic_of
from plugins.comments.models import LIVE, Comment, ItemState
from plugins.comments.queries.items import Item
from plugins.comments.services.following import follow_item
from plugins.comments.services.publishing import NEWS, tell_pages


async def resolve_thread(first: Comment, *, actor: Viewer) -> None:
    """Say that a thread is settled. Who says it first is named."""
    await _change(first, {"resolved_at": datetime.now(UTC), "resolved_by_id": actor.id}, only={"resolved_at": None})


async def reopen_thread(first: Comment) -> None:
    """Say that it is not."""
    await _change(first, {"resolved_at": None, "resolved_by_id": None})


async def lock_thread(first: Comment, item: Item, *, actor: Viewer) -> None:
    """From now on nobody but moderators replies."""
    async with atomic():
        await _change(first, {"locked_at": datetime.now(UTC)}, only={"locked_at": None})
        subject = item.content.title
        await audit.record("comments.thread_locked", actor=actor, subject=subject, club_id=first.club_id)


async def unlock_thread(first: Comment) -> None:
    """Everybody may reply again who may write comments."""
    await _change(first, {"locked_at": None})


async def accept_answer(comment: Comment) -> None:
    """Say that a reply answers what its thread asks, in place of any other reply that did."""
    async with atomic():
        # The thread's row is taken first, so that of two acceptances at once one stands.
        await Comment.filter(id=comment.root_id).select_for_update().get()
        await Comment.filter(thread_id=comment.root_id, is_answer=True).update(is_answer=False)
        await Comment.filter(LIVE, id=comment.id).exclude(thread_id=None).update(is_answer=True)
        tell_pages(comment)


async def refuse_answer(comment: Comment) -> None:
    """Take that back."""
    await _change(comment, {"is_answer": False})


async def set_item_state(club: Club, item: Item, state: str, *, actor: Viewer) -> None:
    """Open, lock or turn off all comments of an item; what is there stays, and comes back when they are turned on.

    Args:
        state: `open`, `locked` or `off`.
    """
    plugin, kind, number = item.key
    async with atomic():
        await ItemState.filter(plugin=plugin, kind=kind, object_id=number).delete()
        if state != "open":
            row = ItemState(club_id=club.id, plugin=plugin, kind=kind, object_id=number, state=state)
            await ItemState.bulk_create([row], ignore_conflicts=True)
        await _note(club, item, state, actor)
        after_commit(lambda: current_app().live.tell(topic_of(plugin, kind, number), NEWS))
    await follow_item(club, plugin, kind, number)


async def _note(club: Club, item: Item, state: str, actor: Viewer) -> None:
    before, after = {"state": item.state}, {"state": state}
    await audit.record(
        "comments.item_state_changed",
        actor=actor,
        subject=item.content.title,
        club_id=club.id,
        before=before,
        after=after,
    )


async def _change(comment: Comment, values: dict[str, object], *, only: dict[str, object] | None = None) -> None:
    async with atomic():
        if await Comment.filter(id=comment.id, **(only or {})).update(**values):
            tell_pages(comment)
