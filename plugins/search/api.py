"""Search through the API."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from starlette.responses import Response

from cercle import (
    SIGNED_IN,
    Invalid,
    Items,
    Request,
    answer,
    api_route,
    cursor,
    gettext,
    known_query,
    list_limit,
    read_body,
    read_cursor,
)
from plugins.search.forms import AlertInput, SavedInput
from plugins.search.models import SavedSearch
from plugins.search.queries import results, saved
from plugins.search.queries.asked import understand
from plugins.search.queries.filters import read_filters
from plugins.search.services import keeping
from plugins.search.services.indexing import catch_up

NARROWING = ("club", "plugin", "kind", "author", "from", "to", "tag")


class ResultOut(BaseModel):
    """One thing that was found."""

    title: str
    summary: str
    url: str
    club: str
    plugin: str
    kind: str
    author: str | None
    updated_at: datetime


class SavedOut(BaseModel):
    """A search that somebody keeps."""

    id: int
    query: str
    filters: dict[str, str]
    alert: bool
    created_at: datetime


async def index(request: Request) -> Response:
    """What the bearer of the token may see and what matches."""
    known_query(request, "q", *NARROWING)
    limit = list_limit(request)
    skip = _skip(request)
    await catch_up()
    asked, filters = understand(request.query_params.get("q", "")), read_filters(request.query_params)
    found = (await results.find(request.viewer, asked, filters, skip=skip, limit=limit)).found
    more = len(found) > limit and skip + limit <= results.DEEPEST
    return answer(
        Items[ResultOut](
            items=[ResultOut.model_validate(one, from_attributes=True) for one in found[:limit]],
            next=cursor(skip + limit) if more else None,
        )
    )


async def saved_index(request: Request) -> Response:
    """The searches that the bearer of the token keeps."""
    known_query(request)
    kept = await saved.searches_of(request.viewer)
    return answer(Items[SavedOut](items=[_out(one) for one in kept[: list_limit(request)]], next=None))


async def saved_create(request: Request) -> Response:
    """Keep a search."""
    given = await read_body(request, SavedInput)
    kept = await keeping.keep_search(given.query, given.filters, alert=given.alert, actor=request.viewer)
    return answer(_out(kept), 201)


async def saved_update(request: Request) -> Response:
    """Be told of what is new, or not any more."""
    given = await read_body(request, AlertInput)
    one = await saved.get_search(request.path_params["saved"], viewer=request.viewer)
    return answer(_out(await keeping.set_alert(one, alert=given.alert)))


async def saved_delete(request: Request) -> Response:
    """Keep a search no longer."""
    await keeping.forget_search(await saved.get_search(request.path_params["saved"], viewer=request.viewer))
    return Response(status_code=204)


def _out(one: SavedSearch) -> SavedOut:
    return SavedOut(id=one.id, query=one.query, filters=one.filters, alert=one.tells, created_at=one.created_at)


def _skip(request: Request) -> int:
    after = read_cursor(request, 1)
    text = after[0] if after else "0"
    if not (text.isascii() and text.isdigit() and len(text) < 5 and int(text) <= results.DEEPEST):
        raise Invalid(gettext("after must be the value of next from the page before."), field="after")
    return int(text)


site_api = (
    api_route(
        "GET",
        "/search",
        index,
        "search",
        public=True,
        summary="Find what you may see: every word must be there, “phrases” in quotes, -word leaves out, type:pdf narrows",
        returns=Items[ResultOut],
        query=("q", *NARROWING, "limit", "after"),
    ),
    api_route(
        *("GET", "/search/saved", saved_index, "saved.index"),
        permission=SIGNED_IN,
        summary="Your saved searches",
        returns=Items[SavedOut],
        query=("limit",),
    ),
    api_route(
        *("POST", "/search/saved", saved_create, "saved.create"),
        permission=SIGNED_IN,
        summary="Save a search; with alert you are told when there is something new",
        body=SavedInput,
        returns=SavedOut,
        status=201,
    ),
    api_route(
        *("PATCH", "/search/saved/{saved:int}", saved_update, "saved.update"),
        permission=SIGNED_IN,
        summary="Be told of what is new, or not any more",
        body=AlertInput,
        returns=SavedOut,
    ),
    api_route(
        *("DELETE", "/search/saved/{saved:int}", saved_delete, "saved.delete"),
        permission=SIGNED_IN,
        summary="Delete a saved search",
        status=204,
    ),
)
