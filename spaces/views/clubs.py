"""All clubs that the viewer may know of."""

from __future__ import annotations

from starlette.responses import Response

from core.http import Request
from spaces.queries.clubs import list_clubs, load_site_settings, may_create_clubs
from spaces.views.choices import kind_options

PAGE = 48


async def index(request: Request) -> Response:
    """Clubs to visit or join, searchable, of all kinds or of one."""
    text, after = request.query_params.get("q", "")[:200], request.query_params.get("after", "")[:60]
    settings = await load_site_settings()
    kinds = dict(kind_options(settings))
    asked = request.query_params.get("kind", "")
    kind = asked if asked in kinds else ""
    archived = request.query_params.get("archived") == "1"
    found = await list_clubs(request.viewer, text=text, kind=kind, archived=archived, after=after, limit=PAGE)
    return await request.page(
        "spaces/clubs/index.html",
        clubs=found[:PAGE],
        older=request.path(
            "spaces:clubs", q=text, kind=kind, archived="1" if archived else "", after=found[PAGE - 1].slug
        )
        if len(found) > PAGE
        else None,
        text=text,
        kind=kind,
        archived=archived,
        may_create=may_create_clubs(request.viewer, settings),
        kinds=kinds,
    )
