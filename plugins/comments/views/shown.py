"""What every template of comments is given: the item, what the viewer may do, and the signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from starlette.responses import Response

from cercle import Request, can, club_settings
from plugins.comments import permissions as p
from plugins.comments.models import SIGNS, Comment
from plugins.comments.queries.items import Item
from plugins.comments.queries.threads import Signs, count_live, thread_of
from plugins.comments.settings import ClubSettings


def common(request: Request, item: Item) -> dict[str, Any]:
    """The context of a template that shows comments of an item."""
    viewer = request.viewer
    moderates = can(viewer, p.MODERATE, request.club)
    writes = can(viewer, p.WRITE, request.club) and item.is_out
    return {
        "item": item,
        "signs": SIGNS,
        "moderates": moderates,
        "may_write": writes and (item.state == "open" or (item.state == "locked" and moderates)),
        "may_edit": partial(p.may_edit, viewer),
        "may_remove": partial(p.may_remove, viewer),
        "may_restore": partial(p.may_restore, viewer),
        "may_resolve": lambda first: p.may_resolve(viewer, first, item.content),
        "may_accept": lambda first: p.may_accept(viewer, first, item.content),
    }


async def thread_part(request: Request, item: Item, first: Comment, **more: Any) -> Response:
    """One thread with its latest replies, as it stands in the list: what htmx is given after an act."""
    page = await thread_of(await _again(first), viewer=request.viewer, after=-1)
    return await request.page("comments/threads/_one.html", **common(request, item), page=page, **more)


def in_place_of_thread(response: Response, first: int) -> Response:
    """Have htmx put an answer in place of a whole thread, though the form asked for its own place, where errors come."""
    return _placed(response, f"#thread-{first}", "outerHTML")


def _placed(response: Response, target: str, swap: str) -> Response:
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = target, swap
    return response


async def written_part(request: Request, item: Item, comment: Comment) -> Response:
    """What htmx is given for a new comment: its thread, and where it begins one, the place to write the next."""
    first = comment if comment.thread_id is None else await Comment.get(id=comment.thread_id)
    count = await count_live(item)
    if comment.thread_id is not None:
        return in_place_of_thread(await thread_part(request, item, first, count=count), first.id)
    page = await thread_of(await _again(first), viewer=request.viewer, after=-1)
    newest_first = (await club_settings(request.club, ClubSettings)).order == "new"
    response = await request.page(
        "comments/threads/_written.html", **common(request, item), page=page, count=count, newest_first=newest_first
    )
    return _placed(response, "#comments-list", "afterbegin" if newest_first else "beforeend")


async def signs_part(request: Request, item: Item, comment: Comment, said: Mapping[int, Sequence[Signs]]) -> Response:
    """The signs below a comment."""
    return await request.page("comments/single/_signs.html", **common(request, item), comment=comment, said=said)


async def _again(first: Comment) -> Comment:
    found = Comment.filter(id=first.id).select_related("author", "reply_to__author", "resolved_by")
    return await found.get()
