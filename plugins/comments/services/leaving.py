"""What somebody takes along of their comments, and what goes with them when their account is erased."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

from cercle import (
    ExportFile,
    PersonHolding,
    atomic,
    clubs_read_by,
    dialect,
    forget_content,
    gettext,
    holdings_by_club,
    ngettext,
    rows,
)
from plugins.comments.models import Comment, Reaction, Revision

BATCH = 200
_FACTS = ("id", "club_id", "plugin", "kind", "object_id", "body", "exact", "created_at", "edited_at", "removed_at")


async def files_of_person(user_id: int) -> list[ExportFile]:
    """Their comments, with the item that each is about, in the clubs where they may read comments."""
    clubs = {club.id: club.slug for club in await clubs_read_by(user_id, "comments")}
    if not await Comment.filter(author_id=user_id, club_id__in=list(clubs)).exists():
        return []
    return [ExportFile("comments.jsonl", _lines(user_id, clubs), gettext("Your comments"))]


async def holdings_of_person(user_id: int) -> list[PersonHolding]:
    """Their comments. Each is by nobody but them, so all of them can go."""
    sql = (
        "SELECT club_id, COUNT(*) AS many FROM comments_comment "
        f"WHERE author_id = {dialect().param(1)} AND removed_at IS NULL GROUP BY club_id ORDER BY club_id"
    )
    counts = {int(row["club_id"]): (int(row["many"]), int(row["many"])) for row in await rows(sql, [user_id])}
    return await holdings_by_club(user_id, "comments", counts, _comments)


async def forget_person(user_id: int) -> None:
    """Take back their signs."""
    await Reaction.filter(user_id=user_id).delete()


async def erase_works(user_id: int) -> None:
    """Erase what they wrote: comments go, and are empty stones where others replied to them."""
    while some := await Comment.filter(author_id=user_id).order_by("-id").limit(BATCH):
        async with atomic():
            for comment in some:
                await _erase(comment)


async def _erase(comment: Comment) -> None:
    await forget_content(plugin="comments", kind="comment", object_ids=[comment.id])
    await Revision.filter(comment_id=comment.id).delete()
    if not await Comment.filter(id=comment.id, answers=0).exists():
        empty = {"body": "", "body_html": "", "text": "", "exact": "", "prefix": "", "suffix": "", "author_id": None}
        gone = comment.removed_at or datetime.now(UTC)
        await Comment.filter(id=comment.id).update(**empty, removed_at=gone, removed_by_id=None, is_answer=False)
    else:
        await Comment.filter(thread_id=comment.id).update(thread_id=None)
        await Comment.filter(id=comment.id).delete()
    await _count_anew([number for number in (comment.thread_id, comment.reply_to_id) if number])


async def _count_anew(numbers: list[int]) -> None:
    for number in numbers:
        live = Comment.filter(removed_at=None, hidden_at=None)
        direct = await live.filter(reply_to_id=number).count()
        count = await live.filter(thread_id=number).count() or direct
        await Comment.filter(id=number).update(answers=count)


async def _lines(user_id: int, clubs: Mapping[int, str]) -> AsyncIterator[bytes]:
    last = 0
    while (
        found := await Comment.filter(author_id=user_id, club_id__in=list(clubs), id__gt=last)
        .order_by("id")
        .limit(BATCH)
        .values(*_FACTS)
    ):
        for row in found:
            line = {**row, "club": clubs[row["club_id"]]}
            yield json.dumps(line, ensure_ascii=False, default=str).encode() + b"\n"
        last = found[-1]["id"]


def _comments(count: int) -> str:
    return ngettext("comment", "comments", count)
