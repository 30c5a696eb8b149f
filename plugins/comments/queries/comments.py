"""Single comments, through what they are about: who may not see the item finds nothing."""

from __future__ import annotations

from dataclasses import dataclass

from cercle import Club, NotFound, Viewer
from plugins.comments.models import LIVE, SHOWN, Comment, Revision
from plugins.comments.queries.items import Item, find_item
from plugins.comments.queries.threads import with_people


@dataclass(frozen=True, slots=True)
class Found:
    """A comment, the first of its thread (often itself), and its item."""

    comment: Comment
    first: Comment
    item: Item


async def get_comment(club: Club, number: int, *, viewer: Viewer) -> Found:
    """A comment that is there.

    Raises:
        NotFound: when there is none, it was removed or hidden, or the viewer may not see its item.
    """
    found = await find_comment(club, number, viewer=viewer)
    if not found.comment.is_live or (found.item.state == "off"):
        raise NotFound()
    return found


async def find_comment(club: Club, number: int, *, viewer: Viewer) -> Found:
    """A comment, also one that was removed, for bringing it back, or as the stone of a thread.

    Raises:
        NotFound: when there is none, or the viewer may not see its item.
    """
    comment = await with_people(Comment.filter(id=min(number, 2**31 - 1), club_id=club.id)).first()
    if comment is None:
        raise NotFound()
    item = await find_item(club, *comment.item, viewer=viewer)
    first = comment if comment.thread_id is None else await with_people(Comment.filter(id=comment.thread_id)).get()
    return Found(comment, first, item)


async def get_thread(club: Club, number: int, *, viewer: Viewer) -> Found:
    """A thread by its first comment, which may be a stone.

    Raises:
        NotFound: when nothing of it is there, or the viewer may not see its item.
    """
    found = await find_comment(club, number, viewer=viewer)
    gone = not found.comment.is_live and not found.comment.answers
    if found.comment.thread_id is not None or gone or found.item.state == "off":
        raise NotFound()
    return found


async def reply_target(item: Item, number: int) -> Comment:
    """The comment of an item that somebody replies to, with its thread.

    Raises:
        NotFound: when it is not there.
    """
    plugin, kind, item_number = item.key
    found = Comment.filter(LIVE, id=number, plugin=plugin, kind=kind, object_id=item_number)
    target = await found.select_related("thread", "author").first()
    if target is None:
        raise NotFound()
    return target


async def earlier_versions(comment: Comment) -> list[Revision]:
    """The earlier versions of a comment, oldest first, at most 200."""
    return await Revision.filter(comment_id=comment.id).order_by("number").limit(200)


async def place_in_thread(comment: Comment, page: int) -> int:
    """After which reply the page begins that shows this one; 0 for the first page."""
    if comment.thread_id is None:
        return 0
    before = Comment.filter(SHOWN, thread_id=comment.thread_id, id__lt=comment.id)
    if await before.count() < page:
        return 0
    last = await before.order_by("-id").first().only("id")
    return last.id if last else 0
