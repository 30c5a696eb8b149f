"""Telling people of a comment: each once, for the nearest reason, and nobody who may not see the item."""

from __future__ import annotations

from collections.abc import Collection

from cercle import (
    N_,
    Club,
    Content,
    NotificationKind,
    gettext,
    item_readers,
    members_named,
    mentioned_in,
    notify,
)
from plugins.comments.models import LIVE, Comment
from plugins.comments.notifications import MENTIONED, ON_MY_ITEM, REPLIED
from plugins.comments.queries.items import state_of
from plugins.comments.services.answering import addresses
from plugins.comments.services.publishing import comment_path

MOST = 50
"""So many people are told by one mention; whoever mentions more means nobody."""

SAID = {
    MENTIONED.name: (
        N_("%(name)s mentions you in a comment on “%(title)s”"),
        N_("%(name)s mentions you in a comment on “%(title)s” in %(club)s."),
    ),
    REPLIED.name: (
        N_("%(name)s replied in a discussion of “%(title)s”"),
        N_("%(name)s replied in a discussion of “%(title)s” in %(club)s, in which you take part."),
    ),
    ON_MY_ITEM.name: (
        N_("%(name)s commented on “%(title)s”"),
        N_("%(name)s commented on “%(title)s” in %(club)s, which you wrote."),
    ),
}


async def tell_of_comment(club: Club, number: int, *, is_new: bool) -> None:
    """Tell those whom a comment mentions and, where it is new, who takes part in its thread and who wrote the item.

    Args:
        club: where.
        number: of the comment; nobody is told where it was removed meanwhile.
        is_new: False for a change, of which only those hear whom it mentions now.
    """
    comment = await Comment.filter(LIVE, id=number, club_id=club.id).select_related("author").first()
    content = await _content_of(comment) if comment else None
    if comment is None or content is None or await state_of(*comment.item) == "off":
        return
    told = {comment.author_id or 0}
    for kind, people in await _reasons(club, comment, content, is_new=is_new):
        readers = (
            await item_readers(content, people - told, even_muted=kind.even_muted) if people - told else frozenset()
        )
        told |= people
        if readers:
            await _tell(kind, club, comment, content, readers)


async def _reasons(
    club: Club, comment: Comment, content: Content, *, is_new: bool
) -> list[tuple[NotificationKind, set[int]]]:
    handles = mentioned_in(comment.body_html)[:MOST]
    mentioned = (MENTIONED, set(await members_named(club, handles)) if handles else set())
    if not is_new:
        return [mentioned]
    partners = await _partners(comment) if comment.thread_id else set()
    return [mentioned, (REPLIED, partners), (ON_MY_ITEM, {content.author_id} if content.author_id else set())]


async def _partners(comment: Comment) -> set[int]:
    """Who wrote in its thread."""
    wrote = Comment.filter(LIVE, thread_id=comment.thread_id).exclude(author_id=None).distinct()
    people = {int(id) for id in await wrote.values_list("author_id", flat=True)}  # type: ignore[call-overload]
    first = await Comment.get(id=comment.thread_id).only("id", "author_id", "removed_at", "hidden_at")
    return people | ({first.author_id} if first.author_id and first.is_live else set())


async def _content_of(comment: Comment) -> Content | None:
    plugin, kind, number = comment.item
    return await Content.get_or_none(club_id=comment.club_id, plugin=plugin, kind=kind, object_id=number)


async def _tell(
    kind: NotificationKind, club: Club, comment: Comment, content: Content, people: Collection[int]
) -> None:
    subject, text = SAID[kind.name]
    row = await Content.get_or_none(plugin="comments", kind="comment", object_id=comment.id)
    if row is None:
        return
    name = comment.author.name if comment.author else gettext("A former member")
    await notify(
        kind,
        to=people,
        besides=comment.author_id,
        club=club,
        key=f"comment {comment.id}",
        subject=subject,
        text=text,
        path=comment_path(club, comment.id),
        values={"name": name, "title": content.title, "club": club.name},
        content_id=row.id,
        thread_id=content.id,
        reply_to=(await addresses(comment, people)).get,
    )
