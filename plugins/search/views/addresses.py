"""Addresses of searches."""

from __future__ import annotations

from urllib.parse import urlencode

from cercle import Request
from plugins.search.queries.asked import MAX_TEXT
from plugins.search.queries.filters import Filters


def typed(request: Request) -> str:
    """What stands in the box."""
    return request.query_params.get("q", "")


def address(request: Request, filters: Filters, page: int = 1, q: str | None = None) -> str:
    """This search, or another one, with these filters. `Request.path` would take `club` for the club at hand."""
    wanted = {"q": (typed(request) if q is None else q)[:MAX_TEXT], **filters.chosen}
    wanted["page"] = str(page) if page > 1 else ""
    values = {name: value.encode("utf-8", "replace").decode() for name, value in wanted.items() if value}
    return f"{request.path('search:index')}?{urlencode(values)}" if values else request.path("search:index")
