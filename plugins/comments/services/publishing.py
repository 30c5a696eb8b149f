"""Comments in the catalogue: each for those who may see the item that it is about, and out of it where that is gone."""

from __future__ import annotations

from dataclasses import dataclass

from cercle import (
    Club,
    Content,
    after_commit,
    current_app,
    dialect,
    publish_content,
    rows,
    summary,
    topic_of,
)
from plugins.comments.models import Comment
from plugins.comments.queries.items import state_of

READABLE = ("on", "read_only")
NEWS = "comments"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the comments of an item stand in the catalogue; `audience` is "" where they are not in it."""

    title: str
    audience: str


async def standing_of(club_id: int, plugin: str, kind: str, number: int) -> Standing | None:
    """How the comments of an item shall stand; None when the item is gone for good."""
    content = await Content.get_or_none(club_id=club_id, plugin=plugin, kind=kind, object_id=number)
    if content is None:
        return None
    shown = content.state == "published" and content.hidden_at is None and content.audience != "author"
    audience = await _audience(content) if shown and await state_of(plugin, kind, number) != "off" else ""
    return Standing(f"Re: {content.title}"[:250], audience)


async def record(club: Club, comment: Comment, standing: Standing, *, touch: bool = True) -> bool:
    """Write the catalogue's row of a comment, in the running transaction; False for one that waits for a moderator."""
    out = comment.is_live and bool(standing.audience)
    return await publish_content(
        comment,
        plugin="comments",
        kind="comment",
        title=standing.title,
        url=comment_path(club, comment.id),
        summary=summary(comment.text),
        words=comment.text,
        author_id=comment.author_id,
        state="published" if out else "trashed",
        audience=standing.audience or "moderators",
        created_at=comment.created_at,
        published_at=comment.created_at,
        touch=touch,
    )


def comment_path(club: Club, number: int) -> str:
    """The address that leads to a comment, wherever it stands."""
    return str(current_app().urls.path("comments:comments.show", club=club.slug, comment=number))


def tell_pages(comment: Comment) -> None:
    """Let the pages that are open on the item know, after the commit."""
    topic = topic_of(*comment.item)
    after_commit(lambda: current_app().live.tell(topic, NEWS))


async def _audience(content: Content) -> str:
    """For whom the comments are: all who read comments here, but only where all of them may see the item.

    What is public of an item is the item: its comments are for those whom the club lets read comments.
    """
    word = dialect().param
    sql = (
        "SELECT plugin, effective, readers FROM spaces_club_plugin "
        f"WHERE club_id = {word(1)} AND plugin IN ({word(2)}, 'comments')"
    )
    switches = await rows(sql, [content.club_id, content.plugin])
    readers = {row["plugin"]: set(str(row["readers"]).split()) for row in switches if row["effective"] in READABLE}
    theirs, ours = readers.get(content.plugin), readers.get("comments", set())
    if theirs is None:
        return ""
    if content.audience == "moderators" or not ours <= theirs:
        return "moderators"
    return "club"
