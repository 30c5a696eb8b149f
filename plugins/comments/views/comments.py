"""Writing, changing, removing and reading single comments."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from starlette.responses import Response

from cercle import Forbidden, Form, Invalid, NotFound, Request, gettext, read_form, require
from plugins.comments import permissions as p
from plugins.comments.forms import CommentInput, EditInput
from plugins.comments.models import Comment
from plugins.comments.queries.comments import (
    Found,
    earlier_versions,
    find_comment,
    get_comment,
    get_thread,
    place_in_thread,
    reply_target,
)
from plugins.comments.queries.items import Item
from plugins.comments.queries.threads import REPLIES, thread_of
from plugins.comments.services.removing import remove_comment, restore_comment
from plugins.comments.services.writing import EditConflict, Words, change_comment, refuse_closed, write_comment
from plugins.comments.views.comparison import compare
from plugins.comments.views.items import item_of, number_in
from plugins.comments.views.shown import common, in_place_of_thread, thread_part, written_part

_PREFILLED = {"exact": 1000, "prefix": 80, "suffix": 80}


async def show(request: Request) -> Response:
    """Lead to where a comment stands in its thread."""
    found = await get_comment(request.club, request.path_params["comment"], viewer=request.viewer)
    return await _lead_to(request, found.comment)


async def thread(request: Request) -> Response:
    """One thread, with a page of its replies."""
    found = await get_thread(request.club, request.path_params["thread"], viewer=request.viewer)
    if request.is_htmx:
        return await thread_part(request, found.item, found.first)
    page = await thread_of(found.first, viewer=request.viewer, after=number_in(request, "after") or 0)
    return await request.page("comments/threads/show.html", **common(request, found.item), page=page)


async def new(request: Request) -> Response:
    """The form for a new comment, or for a reply: below the others for htmx, else a page."""
    item, to = await item_of(request), number_in(request, "reply_to")
    if request.is_htmx and request.query_params.get("part") == "begin":
        return await request.page("comments/items/_begin.html", **common(request, item))
    refuse_closed(item, actor=request.viewer)
    values = {name: request.query_params.get(name, "").replace("\0", "")[:most] for name, most in _PREFILLED.items()}
    return await _write_page(request, item, Form[CommentInput](values), to)


async def create(request: Request) -> Response:
    """Write a comment."""
    item, form = await item_of(request), await read_form(request, CommentInput)
    try:
        comment, is_out = await write_comment(request.club, item, _words(form.data), actor=request.viewer)
    except Invalid as error:
        if form.is_valid:
            form.refuse(error)
        return await _write_page(request, item, form, _number(form.values.get("reply_to")), 422)
    if not is_out:
        return await _waits(request, item)
    if request.is_htmx:
        return await written_part(request, item, comment)
    request.flash(gettext("Your comment is there."))
    return await _lead_to(request, comment)


async def edit(request: Request) -> Response:
    """The form with what the comment says."""
    found = await _mine(request)
    form = Form[EditInput]({"body": found.comment.body, "version": str(found.comment.version)})
    return await _edit_page(request, found, form)


async def update(request: Request) -> Response:
    """Write a comment anew."""
    found, form = await _mine(request), await read_form(request, EditInput)
    try:
        sent = form.data
        comment = await change_comment(
            request.club, found.item, found.comment, sent.body, base=sent.version, actor=request.viewer
        )
    except Invalid as error:
        if form.is_valid:
            form.refuse(error)
        return await _edit_page(request, found, form, 422)
    except EditConflict as conflict:
        form.values["version"] = str(conflict.comment.version)
        return await _edit_page(request, found, form, 409, rows=compare(conflict.comment.body, form.values["body"]))
    if request.is_htmx:
        return in_place_of_thread(await thread_part(request, found.item, found.first), found.first.id)
    return await _lead_to(request, comment)


async def history(request: Request) -> Response:
    """What a comment said before, for all who may read it."""
    found = await get_comment(request.club, request.path_params["comment"], viewer=request.viewer)
    versions = [(one.number, one.created_at, one.body) for one in await earlier_versions(found.comment)]
    versions.append((found.comment.version, found.comment.edited_at or found.comment.created_at, found.comment.body))
    steps = [(after[0], after[1], compare(before[2], after[2])) for before, after in pairwise(versions)]
    first = versions[0]
    context: dict[str, Any] = {"comment": found.comment, "item": found.item, "steps": steps[::-1], "first": first}
    return await request.page("comments/revisions/index.html", **context)


async def remove(request: Request) -> Response:
    """Remove a comment."""
    found = await _loaded(request)
    if not p.may_remove(request.viewer, found.comment):
        raise Forbidden(gettext("Only its author and moderators can remove a comment."))
    await remove_comment(request.club, found.comment, found.item.content.title, actor=request.viewer)
    if request.is_htmx:
        comment = await Comment.get(id=found.comment.id)
        return await request.page("comments/single/_stone.html", **common(request, found.item), comment=comment)
    request.flash(
        gettext("The comment is removed."), undo=request.path("comments:removal.delete", comment=found.comment.id)
    )
    return request.redirect("comments:items.show", **found.item.params)


async def restore(request: Request) -> Response:
    """Bring a removed comment back."""
    found = await _loaded(request)
    if found.comment.hidden_at is not None or found.item.state == "off":
        raise NotFound()
    if not p.may_restore(request.viewer, found.comment):
        raise Forbidden(gettext("Who removed this comment can bring it back: its author, or moderators."))
    if found.comment.removed_at is not None:
        await restore_comment(request.club, found.comment)
    if request.is_htmx:
        return await thread_part(request, found.item, found.first)
    return await _lead_to(request, found.comment)


async def _loaded(request: Request) -> Found:
    return await find_comment(request.club, request.path_params["comment"], viewer=request.viewer)


async def _mine(request: Request) -> Found:
    found = await get_comment(request.club, request.path_params["comment"], viewer=request.viewer)
    require(request.viewer, p.WRITE, request.club)
    if not p.may_edit(request.viewer, found.comment):
        raise Forbidden(gettext("Only its author can change a comment."))
    refuse_closed(found.item, actor=request.viewer)
    return found


async def _lead_to(request: Request, comment: Comment) -> Response:
    after = await place_in_thread(comment, REPLIES)
    place = {"after": after} if after else {}
    response = request.redirect("comments:threads.show", thread=comment.root_id, **place)
    response.headers["location"] += f"#comment-{comment.id}"
    return response


async def _waits(request: Request, item: Item) -> Response:
    text = gettext("Your comment waits for a moderator. Others see it as soon as it is approved.")
    if request.is_htmx:
        return await request.page("comments/single/_waits.html", text=text)
    request.flash(text, "info")
    return request.redirect("comments:items.show", **item.params)


async def _write_page(
    request: Request, item: Item, form: Form[CommentInput], to: int | None, status: int = 200
) -> Response:
    target = await reply_target(item, to) if to else None
    context: dict[str, Any] = {**common(request, item), "form": form, "target": target, "comment": None, "rows": None}
    template = "_form.html" if request.is_htmx else "write.html"
    return await request.page(f"comments/single/{template}", status, **context)


async def _edit_page(
    request: Request, found: Found, form: Form[EditInput], status: int = 200, *, rows: Any = None
) -> Response:
    context = {**common(request, found.item), "form": form, "target": None, "comment": found.comment, "rows": rows}
    template = "_form.html" if request.is_htmx else "write.html"
    return await request.page(f"comments/single/{template}", status, **context)


def _words(sent: CommentInput) -> Words:
    return Words(sent.body, sent.reply_to, sent.exact, sent.prefix, sent.suffix)


def _number(raw: Any) -> int | None:
    return int(raw) if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 10 else None
