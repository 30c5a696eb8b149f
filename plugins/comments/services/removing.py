"""Removing comments and bringing them back; hiding them for moderators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import F

from cercle import Club, Conflict, Viewer, announce, atomic, audit, gettext
from plugins.comments.events import CommentWritten
from plugins.comments.models import LIVE, Comment
from plugins.comments.services.publishing import record, standing_of, tell_pages


async def remove_comment(club: Club, comment: Comment, title: str, *, actor: Viewer) -> None:
    """Remove a comment: a stone stays where others replied to it. Removing it twice changes nothing.

    Args:
        title: of the item, for the audit log where a moderator removes what somebody else wrote.
    """
    async with atomic():
        values: dict[str, Any] = {"removed_at": datetime.now(UTC), "removed_by_id": actor.id, "is_answer": False}
        gone = await _turn(club, comment, Comment.filter(LIVE, id=comment.id), values, by=-1)
        if gone and actor.id != comment.author_id:
            await audit.record("comments.comment_removed", actor=actor, subject=title, club_id=club.id)


async def restore_comment(club: Club, comment: Comment) -> None:
    """Bring a removed comment back.

    Raises:
        Conflict: when it is not removed, or a moderator has hidden it.
    """
    async with atomic():
        removed = Comment.filter(id=comment.id, hidden_at=None).exclude(removed_at=None)
        if not await _turn(club, comment, removed, {"removed_at": None, "removed_by_id": None}, by=1):
            raise Conflict(gettext("This comment cannot be brought back any more."))


async def hide_comment(club: Club, comment: Comment) -> None:
    """Close every door to a comment, for a moderator's decision or while it waits for one."""
    async with atomic():
        hidden = {"hidden_at": datetime.now(UTC)}
        if comment.removed_at is None:
            await _turn(club, comment, Comment.filter(LIVE, id=comment.id), hidden, by=-1)
        else:
            await _turn(club, comment, Comment.filter(id=comment.id, hidden_at=None), hidden, by=0)


async def show_comment(club: Club, comment: Comment, *, is_new: bool) -> None:
    """Open them again; a comment that waited is new now, and told of."""
    async with atomic():
        hidden = Comment.filter(id=comment.id).exclude(hidden_at=None)
        by = 1 if comment.removed_at is None else 0
        shown = await _turn(club, comment, hidden, {"hidden_at": None}, by=by)
        if shown and is_new and by:
            await announce(CommentWritten(club_id=club.id, actor_id=comment.author_id, comment_id=comment.id))


async def _turn(club: Club, comment: Comment, still: Any, values: dict[str, Any], *, by: int) -> bool:
    """Change what is still so, count it where it is a reply, and bring the catalogue in step; False when it was not so."""
    if not await still.update(**values):
        return False
    answered = [number for number in (comment.thread_id, comment.reply_to_id) if number is not None]
    if by and answered:
        await Comment.filter(id__in=answered).update(answers=F("answers") + by)
    after = await Comment.get(id=comment.id)
    standing = await standing_of(club.id, *after.item)
    if standing is not None:
        await record(club, after, standing)
    tell_pages(after)
    return True
