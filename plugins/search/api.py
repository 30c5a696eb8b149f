"""Search through the API."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from starlette.responses import Response

from cercle import Invalid, Items, Request, answer, api_route, cursor, gettext, known_query, list_limit, read_cursor
from plugins.search.queries import results
from plugins.search.queries.asked import understand


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


async def index(request: Request) -> Response:
    """What the bearer of the token may see and what matches."""
    known_query(request, "q", "club", "plugin")
    limit = list_limit(request)
    skip = _skip(request)
    params = request.query_params
    found = await results.find(
        request.viewer,
        await understand(params.get("q", "")),
        club=params.get("club", "")[:60],
        plugin=params.get("plugin", "")[:40],
        skip=skip,
        limit=limit,
    )
    more = len(found) > limit and skip + limit <= results.DEEPEST
    return answer(
        Items[ResultOut](
            items=[ResultOut.model_validate(one, from_attributes=True) for one in found[:limit]],
            next=cursor(skip + limit) if more else None,
        )
    )


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
        query=("q", "club", "plugin", "limit", "after"),
    ),
)
