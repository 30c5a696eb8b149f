"""Threads as pages show them: so many queries, however many comments there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tortoise.queryset import QuerySet

from cercle import Viewer, dialect, rows
from plugins.comments.models import LIVE, SHOWN, Comment
from plugins.comments.queries.items import Item

THREADS, LATEST, REPLIES = 20, 5, 50
"""Threads on a page, the latest replies shown with each, and replies on the page of a single one."""


@dataclass(frozen=True, slots=True)
class Signs:
    """How many said a sign to a comment, and whether the viewer is one of them."""

    sign: str
    count: int
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """A first comment with some of its replies.

    Args:
        first: the comment.
        replies: in the order in which they were written.
        earlier: how many replies stand before these.
        later: whether there are some after these.
    """

    first: Comment
    replies: Sequence[Comment] = ()
    earlier: int = 0
    later: bool = False


@dataclass(frozen=True, slots=True)
class Threads:
    """Some threads, the signs said to their comments, and where the next page begins."""

    threads: Sequence[Thread]
    signs: Mapping[int, Sequence[Signs]] = field(default_factory=dict)
    next: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What came since a page was shown.

    Args:
        count: how many comments.
        first: the number of the first of them.
        is_beyond: whether the item has more threads than one page shows.
    """

    count: int = 0
    first: int = 0
    is_beyond: bool = False


async def threads_of(item: Item, *, viewer: Viewer, newest_first: bool = False, after: int | None = None) -> Threads:
    """A page of the threads of an item, each with its latest replies.

    Args:
        item: which the viewer may see.
        viewer: whose signs are marked.
        newest_first: the order of the threads.
        after: the number of the thread before.
    """
    found = with_people(shown_of(item).filter(thread_id=None))
    if after is not None:
        found = found.filter(id__lt=after) if newest_first else found.filter(id__gt=after)
    firsts = await found.order_by("-id" if newest_first else "id").limit(THREADS + 1)
    more = firsts[THREADS - 1].id if len(firsts) > THREADS else None
    firsts = firsts[:THREADS]
    replies = await _latest_replies([first.id for first in firsts])
    threads = [_with_replies(first, replies.get(first.id, [])) for first in firsts]
    return Threads(threads, await signs_of(_numbers(threads), viewer), more)


async def thread_of(first: Comment, *, viewer: Viewer, after: int = 0) -> Threads:
    """One thread, with a page of its replies after this one; its latest where `after` is -1."""
    if after == -1:
        replies = (await _latest_replies([first.id])).get(first.id, [])
        thread = _with_replies(first, replies)
        return Threads([thread], await signs_of(_numbers([thread]), viewer))
    found = Comment.filter(SHOWN, thread_id=first.id)
    page = await with_people(found.filter(id__gt=after)).order_by("id").limit(REPLIES + 1)
    earlier = await found.filter(id__lte=after).count() if after else 0
    thread = Thread(first, page[:REPLIES], earlier, len(page) > REPLIES)
    return Threads([thread], await signs_of(_numbers([thread]), viewer))


async def signs_of(numbers: Sequence[int], viewer: Viewer) -> dict[int, list[Signs]]:
    """What was said to these comments in signs, by the number of the comment."""
    if not numbers:
        return {}
    words = dialect()
    marks = ", ".join(words.param(place) for place in range(2, len(numbers) + 2))
    sql = (
        f"SELECT comment_id, sign, COUNT(*) AS many, SUM(CASE WHEN user_id = {words.param(1)} THEN 1 ELSE 0 END) AS mine "
        f"FROM comments_reaction WHERE comment_id IN ({marks}) GROUP BY comment_id, sign ORDER BY MIN(id)"
    )
    made: dict[int, list[Signs]] = {}
    for row in await rows(sql, [viewer.id or 0, *numbers]):
        made.setdefault(row["comment_id"], []).append(Signs(row["sign"], int(row["many"]), bool(row["mine"])))
    return made


def shown_of(item: Item) -> QuerySet[Comment]:
    """What lists show of an item's comments."""
    plugin, kind, number = item.key
    return Comment.filter(SHOWN, plugin=plugin, kind=kind, object_id=number)


async def count_live(item: Item) -> int:
    """How many comments an item has."""
    plugin, kind, number = item.key
    return await Comment.filter(LIVE, plugin=plugin, kind=kind, object_id=number).count()


async def news_of(item: Item, *, after: int, besides: int | None) -> News:
    """What came to an item after the comment of this number, by others than somebody."""
    plugin, kind, number = item.key
    found = Comment.filter(LIVE, plugin=plugin, kind=kind, object_id=number, id__gt=after)
    if besides is not None:  # `exclude` would drop those without an author, whose column is NULL
        found = found.filter(author_id__not=besides)
    count, first = await found.count(), await found.order_by("id").first().only("id")
    threads = await shown_of(item).filter(thread_id=None).count() if count else 0
    return News(count, first.id if first else 0, threads > THREADS)


def with_people(found: QuerySet[Comment]) -> QuerySet[Comment]:
    """With their authors, and with those whom they reply to."""
    return found.select_related("author", "reply_to__author", "resolved_by")


async def _latest_replies(firsts: Sequence[int]) -> dict[int, list[tuple[int, Comment]]]:
    """By thread its latest replies in order, each with how many replies the thread has."""
    if not firsts:
        return {}
    words = dialect()
    marks = ", ".join(words.param(place) for place in range(1, len(firsts) + 1))
    inner = (
        "SELECT id, ROW_NUMBER() OVER (PARTITION BY thread_id ORDER BY id DESC) AS place, "
        "COUNT(*) OVER (PARTITION BY thread_id) AS many FROM comments_comment "
        f"WHERE thread_id IN ({marks}) AND ((removed_at IS NULL AND hidden_at IS NULL) OR answers > 0)"
    )
    sql = f"SELECT id, many FROM ({inner}) AS r WHERE place <= {LATEST} ORDER BY id"
    counted = {int(row["id"]): int(row["many"]) for row in await rows(sql, list(firsts))}
    made: dict[int, list[tuple[int, Comment]]] = {}
    for reply in await with_people(Comment.filter(id__in=list(counted))).order_by("id"):
        made.setdefault(reply.root_id, []).append((counted[reply.id], reply))
    return made


def _with_replies(first: Comment, latest: Sequence[tuple[int, Comment]]) -> Thread:
    replies = [reply for _, reply in latest]
    return Thread(first, replies, latest[0][0] - len(replies) if latest else 0)


def _numbers(threads: Iterable[Thread]) -> list[int]:
    return [comment.id for thread in threads for comment in (thread.first, *thread.replies)]
