"""The comments of an item: below its page, on a page of their own, and what moderators decide about all of them."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from cercle import Invalid, Request, club_settings, gettext, read_form
from plugins.comments.forms import ItemStateInput
from plugins.comments.models import Comment
from plugins.comments.queries.items import Item, find_item
from plugins.comments.queries.latest import latest_threads
from plugins.comments.queries.people import people_to_mention
from plugins.comments.queries.threads import News, count_live, news_of, threads_of
from plugins.comments.services.states import set_item_state
from plugins.comments.settings import ClubSettings
from plugins.comments.views.shown import common

PRIVATE = {"Cache-Control": "private, no-store"}


async def index(request: Request) -> Response:
    """What the club discusses."""
    threads, more = await latest_threads(request.club, request.viewer, before=number_in(request, "before"))
    return await request.page("comments/items/index.html", threads=threads, more=more)


async def show(request: Request) -> Response:
    """The comments of an item: a page; for htmx what stands below the item, or the next threads after some."""
    item, after = await item_of(request), number_in(request, "after")
    newest_first = (await club_settings(request.club, ClubSettings)).order == "new"
    is_off = item.state == "off"
    page = None if is_off else await threads_of(item, viewer=request.viewer, newest_first=newest_first, after=after)
    context: dict[str, Any] = {**common(request, item), "page": page, "newest_first": newest_first, "after": after}
    if request.is_htmx and after is not None:
        return await request.page("comments/items/_list.html", **context)
    context |= {"count": 0 if is_off else await count_live(item), "newest": await _newest(item)}
    template = "_comments.html" if request.is_htmx else "show.html"
    return await request.page(f"comments/items/{template}", **context)


async def news(request: Request) -> Response:
    """How many comments of others came after those that a page shows, as a button that brings them; nothing for none."""
    item, known = await item_of(request), number_in(request, "after") or 0
    if not request.is_htmx:
        return request.redirect("comments:items.show", **item.params)
    news = News() if item.state == "off" else await news_of(item, after=known, besides=request.viewer.id)
    context: dict[str, Any] = {"count": news.count, "first": news.first, "beyond": news.is_beyond}
    return await request.page("comments/items/_news.html", item=item, **context)


async def people(request: Request) -> Response:
    """Whom a comment here may mention, for what follows an `@`."""
    item = await item_of(request)
    found = await people_to_mention(request.club, item.content, request.query_params.get("q", "")[:100])
    return JSONResponse(found, headers=PRIVATE)


async def update(request: Request) -> Response:
    """Open, lock or turn off the comments of an item."""
    item, form = await item_of(request), await read_form(request, ItemStateInput)
    await set_item_state(request.club, item, form.data.state, actor=request.viewer)
    said = {
        "open": gettext("Everybody who may write comments can do so here."),
        "locked": gettext("The comments here are locked: they can be read."),
        "off": gettext("The comments here are off. What was written is kept."),
    }
    undo = request.path("comments:items.update", **item.params)
    request.flash(said[form.data.state], undo=undo, fields={"state": item.state})
    return request.redirect("comments:items.show", **item.params)


async def item_of(request: Request) -> Item:
    """The item in the address.

    Raises:
        NotFound: when there is none, or not for the viewer.
    """
    asked = request.path_params
    return await find_item(request.club, asked["plugin"], asked["kind"], int(asked["item"]), viewer=request.viewer)


def number_in(request: Request, name: str) -> int | None:
    """A number in the query; None without one.

    Raises:
        Invalid: for anything else.
    """
    raw = request.query_params.get(name, "")
    if raw and not (raw.isascii() and raw.isdigit() and len(raw) < 10):
        raise Invalid(field=name)
    return int(raw) if raw else None


async def _newest(item: Item) -> int:
    """The number of the newest comment of an item, after which comments are news to the page."""
    plugin, kind, number = item.key
    found = Comment.filter(plugin=plugin, kind=kind, object_id=number).order_by("-id").first().only("id")
    newest = await found
    return newest.id if newest else 0
