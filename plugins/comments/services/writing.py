"""Writing comments, and changing one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import F

from cercle import (
    CALLOUTS,
    Club,
    Conflict,
    Content,
    Forbidden,
    Invalid,
    NotFound,
    Rule,
    Viewer,
    announce,
    atomic,
    can,
    current_app,
    gettext,
    render_in_child,
)
from plugins.comments.events import CommentChanged, CommentWritten
from plugins.comments.models import Comment, Revision
from plugins.comments.permissions import MODERATE
from plugins.comments.queries.comments import reply_target
from plugins.comments.queries.items import Item, state_of
from plugins.comments.services.publishing import record, standing_of, tell_pages

TWICE = timedelta(seconds=30)
OFTEN = Rule("comments.write.author", "200 per hour")


@dataclass(frozen=True, slots=True)
class Words:
    """What a comment shall say.

    Args:
        body: Markdown.
        reply_to: the number of the comment that it replies to; None begins a thread.
        exact, prefix, suffix: the passage that it is about, and the words around it; only where it begins a thread.
    """

    body: str
    reply_to: int | None = None
    exact: str = ""
    prefix: str = ""
    suffix: str = ""


class EditConflict(Conflict):
    """The comment was changed meanwhile, in another window. Nothing was saved, and nothing is lost.

    Args:
        comment: as it is now.
    """

    def __init__(self, comment: Comment) -> None:
        super().__init__(gettext("This comment was changed meanwhile, perhaps in another window."))
        self.comment = comment


async def write_comment(
    club: Club, item: Item, words: Words, *, actor: Viewer, at: datetime | None = None
) -> tuple[Comment, bool]:
    """Write a comment. Answers it, and whether others see it: False for one that waits for a moderator.

    Args:
        club: where.
        item: what it is about.
        words: what it says.
        actor: who writes.
        at: when it was written, for what comes from elsewhere; now otherwise.

    Raises:
        Forbidden: where there are no comments, or no more of them.
        Invalid: when the text cannot be shown.
        NotFound: when what it replies to is gone.
        TooMany: after very many in an hour.
    """
    await current_app().limits.hit(OFTEN, actor.id)
    refuse_closed(item, actor=actor)
    values = await _rendered(words.body)
    async with atomic():
        await _refuse_closed_meanwhile(item, actor)
        target = await reply_target(item, words.reply_to) if words.reply_to else None
        first = (target.thread or target) if target else None
        place, now = _place(club, item, words, target, first), datetime.now(UTC)
        if said := await _said_just_now(item, {**place, "author_id": actor.id, "body": values["body"]}, now):
            return said, said.is_live
        if first is not None:
            await _count_answer(first, target, actor)
        comment = await Comment.create(**values, **place, author_id=actor.id, created_at=at or now)
        return comment, await _publish_new(club, comment)


async def change_comment(club: Club, item: Item, comment: Comment, body: str, *, base: int, actor: Viewer) -> Comment:
    """Write a comment anew; the version before stays in its history.

    Args:
        base: the version that the writer had before them.

    Raises:
        EditConflict: when it is another one by now.
        Forbidden: where the discussion is locked.
        Invalid: when the text cannot be shown.
        NotFound: when it was removed meanwhile.
    """
    refuse_closed(item, actor=actor)
    if body == comment.body and base == comment.version:
        return comment
    values = await _rendered(body)
    async with atomic():
        changed = {**values, "version": base + 1, "edited_at": datetime.now(UTC)}
        still = Comment.filter(id=comment.id, version=base, removed_at=None, hidden_at=None)
        before = await Comment.get(id=comment.id)
        if not await still.update(**changed):
            if not before.is_live:
                raise NotFound()
            raise EditConflict(before)
        await _keep(before)
        after = await Comment.get(id=comment.id)
        standing = await standing_of(club.id, *after.item)
        if standing is not None and await record(club, after, standing):
            await announce(CommentChanged(club_id=club.id, actor_id=actor.id, comment_id=after.id))
        tell_pages(after)
    return after


def refuse_closed(item: Item, *, actor: Viewer) -> None:
    """Refuse to write where nobody but moderators may any more, or where there is nothing to read for others.

    Raises:
        Forbidden: with the reason.
    """
    if item.state == "off":
        raise Forbidden(gettext("There are no comments here: moderators have turned them off."))
    if item.state == "locked" and not can(actor, MODERATE, item.content):
        raise Forbidden(gettext("Moderators have locked the comments here. They can be read."))
    if not item.is_out:
        raise Forbidden(gettext("Others cannot see this yet. It can be commented on as soon as they can."))


async def _refuse_closed_meanwhile(item: Item, actor: Viewer) -> None:
    refuse_closed(Item(item.content, await state_of(*item.key)), actor=actor)


async def _said_just_now(item: Item, facts: dict[str, Any], now: datetime) -> Comment | None:
    """The same words by the same person at the same place a moment ago: a form that was sent twice, also at the same moment."""
    await Content.filter(id=item.content.id).select_for_update().first()  # one after another
    return await Comment.filter(**facts, removed_at=None, created_at__gt=now - TWICE).first()


async def _count_answer(first: Comment, target: Comment | None, actor: Viewer) -> None:
    """Count a reply in its thread, and with what it replies to, unless that was locked or removed meanwhile."""
    open_thread = Comment.filter(id=first.id)
    if not can(actor, MODERATE, first):
        open_thread = open_thread.filter(locked_at=None)
    if not await open_thread.update(answers=F("answers") + 1):
        raise Forbidden(gettext("A moderator has locked this discussion. It can be read."))
    if target is not None and target.id != first.id:
        await Comment.filter(id=target.id).update(answers=F("answers") + 1)


def _place(club: Club, item: Item, words: Words, target: Comment | None, first: Comment | None) -> dict[str, Any]:
    plugin, kind, number = item.key
    place: dict[str, Any] = {"club_id": club.id, "plugin": plugin, "kind": kind, "object_id": number}
    if first is None or target is None:
        quote = {"prefix": words.prefix, "suffix": words.suffix} if words.exact else {}
        return {**place, "exact": words.exact, **quote}
    return {**place, "thread_id": first.id, "reply_to_id": target.id if target.id != first.id else None}


async def _publish_new(club: Club, comment: Comment) -> bool:
    standing = await standing_of(club.id, *comment.item)
    if standing is None:
        raise NotFound()
    is_out = await record(club, comment, standing)
    if is_out:
        await announce(CommentWritten(club_id=club.id, actor_id=comment.author_id, comment_id=comment.id))
        tell_pages(comment)
    return is_out


async def _keep(before: Comment) -> None:
    written = before.edited_at or before.created_at
    await Revision.create(
        club_id=before.club_id, comment_id=before.id, number=before.version, body=before.body, created_at=written
    )


async def _rendered(body: str) -> dict[str, Any]:
    try:
        made = await render_in_child(body, callouts={key: gettext(title) for key, title in CALLOUTS.items()})
    except Invalid as error:
        raise Invalid(error.message, field="body") from None
    return {"body": body, "body_html": made.html, "text": made.text}
