"""Comments for programs: the same checks and verbs as the pages, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel
from starlette.responses import Response

from cercle import (
    Forbidden,
    Invalid,
    Items,
    NotFound,
    Request,
    accepted,
    answer,
    cursor,
    etag_of,
    gettext,
    known_query,
    list_limit,
    read_body,
    read_cursor,
    require_match,
)
from plugins.comments import permissions as p
from plugins.comments.forms import ChangedComment, NewComment, Passage
from plugins.comments.models import SIGNS, Comment
from plugins.comments.queries.comments import Found, get_comment
from plugins.comments.queries.items import find_item
from plugins.comments.queries.threads import Signs, shown_of, signs_of, with_people
from plugins.comments.services import reactions
from plugins.comments.services.removing import remove_comment
from plugins.comments.services.writing import EditConflict, Words, change_comment, write_comment


class Author(BaseModel):
    """Who wrote a comment; the handle is null for somebody who left the site."""

    handle: str | None
    name: str


class CommentOut(BaseModel):
    """A comment. One that was removed, though others replied to it, has no text and no author."""

    id: int
    plugin: str
    kind: str
    item: int
    thread: int
    reply_to: int | None
    author: Author | None
    body: str
    html: str
    passage: Passage | None
    version: int
    removed: bool
    resolved: bool
    locked: bool
    answer: bool
    replies: int
    reactions: dict[str, int]
    created_at: datetime
    edited_at: datetime | None
    url: str


async def index(request: Request) -> Response:
    """A page of the comments of an item."""
    known_query(request, "plugin", "kind", "item")
    asked, limit, after = request.query_params, list_limit(request), _after(request)
    number = asked.get("item", "")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise Invalid(gettext("Say of which item, with plugin, kind and item."), field="item")
    plugin, kind = asked.get("plugin", ""), asked.get("kind", "")
    item = await find_item(request.club, plugin, kind, int(number), viewer=request.viewer)
    if item.state == "off":
        return answer(Items[CommentOut](items=[]))
    found = await with_people(shown_of(item).filter(id__gt=after)).order_by("id").limit(limit + 1)
    signs = await signs_of([comment.id for comment in found[:limit]], request.viewer)
    items = [_out(request, comment, signs) for comment in found[:limit]]
    return answer(Items[CommentOut](items=items, next=cursor(items[-1].id) if len(found) > limit else None))


async def create(request: Request) -> Response:
    """Write a comment."""
    sent = await read_body(request, NewComment)
    item = await find_item(request.club, sent.plugin, sent.kind, sent.item, viewer=request.viewer)
    passage = sent.passage or Passage(exact="")
    words = Words(sent.body, sent.reply_to, passage.exact, passage.prefix, passage.suffix)
    comment, is_out = await write_comment(request.club, item, words, actor=request.viewer)
    if not is_out:
        return accepted()
    response = await _answer(request, comment.id, 201)
    response.headers["Location"] = request.path("comments:api.comments.show", comment=comment.id)
    return response


async def show(request: Request) -> Response:
    """One comment."""
    return await _answer(request, int(request.path_params["comment"]))


async def update(request: Request) -> Response:
    """Write a comment anew; with `If-Match` only the version that the caller knows."""
    sent = await read_body(request, ChangedComment)
    found = await _matched(request)
    if not p.may_edit(request.viewer, found.comment):
        raise Forbidden(gettext("Only its author can change a comment."))
    try:
        comment, base = found.comment, found.comment.version
        await change_comment(request.club, found.item, comment, sent.body, base=base, actor=request.viewer)
    except EditConflict:
        await _matched(request)
        raise
    return await _answer(request, comment.id)


async def delete(request: Request) -> Response:
    """Remove a comment."""
    found = await _matched(request)
    if not p.may_remove(request.viewer, found.comment):
        raise Forbidden(gettext("Only its author and moderators can remove a comment."))
    await remove_comment(request.club, found.comment, found.item.content.title, actor=request.viewer)
    return answer(None)


async def put_sign(request: Request) -> Response:
    """React to a comment."""
    found = await _load(request)
    await reactions.put_sign(found.comment, _sign(request), actor=request.viewer)
    return await _answer(request, found.comment.id)


async def take_sign(request: Request) -> Response:
    """Take a reaction back."""
    found = await _load(request)
    await reactions.take_sign(found.comment, _sign(request), actor=request.viewer)
    return await _answer(request, found.comment.id)


async def _load(request: Request) -> Found:
    return await get_comment(request.club, int(request.path_params["comment"]), viewer=request.viewer)


async def _matched(request: Request) -> Found:
    found = await _load(request)
    signs = await signs_of([found.comment.id], request.viewer)
    require_match(request, _etag(found.comment), _out(request, found.comment, signs))
    return found


async def _answer(request: Request, number: int, status: int = 200) -> Response:
    found = await get_comment(request.club, number, viewer=request.viewer)
    signs = await signs_of([number], request.viewer)
    return answer(_out(request, found.comment, signs), status, etag=_etag(found.comment))


def _sign(request: Request) -> str:
    sign = str(request.path_params["sign"])
    if sign not in SIGNS:
        raise NotFound()
    return sign


def _after(request: Request) -> int:
    values = read_cursor(request, 1)
    if values is None:
        return 0
    if not (values[0].isascii() and values[0].isdigit() and len(values[0]) < 10):
        raise Invalid(gettext("after must be the value of next from the page before."), field="after")
    return int(values[0])


def _etag(comment: Comment) -> str:
    return etag_of(comment.id, comment.version)


def _out(request: Request, comment: Comment, signs: Mapping[int, Sequence[Signs]]) -> CommentOut:
    live = comment.is_live
    return CommentOut(
        id=comment.id,
        plugin=comment.plugin,
        kind=comment.kind,
        item=comment.object_id,
        thread=comment.root_id,
        reply_to=comment.reply_to_id or comment.thread_id,
        author=_author(comment) if live else None,
        body=comment.body if live else "",
        html=comment.body_html if live else "",
        passage=_passage(comment) if live else None,
        version=comment.version,
        removed=not live,
        resolved=comment.resolved_at is not None,
        locked=comment.locked_at is not None,
        answer=comment.is_answer,
        replies=comment.answers,
        reactions={said.sign: said.count for said in signs.get(comment.id, ())} if live else {},
        created_at=comment.created_at,
        edited_at=comment.edited_at if live else None,
        url=request.app.settings.base_url + request.path("comments:comments.show", comment=comment.id),
    )


def _author(comment: Comment) -> Author:
    author = comment.author
    return (
        Author(handle=author.handle, name=author.name)
        if author
        else Author(handle=None, name=gettext("A former member"))
    )


def _passage(comment: Comment) -> Passage | None:
    if not comment.exact:
        return None
    return Passage(exact=comment.exact, prefix=comment.prefix, suffix=comment.suffix)
