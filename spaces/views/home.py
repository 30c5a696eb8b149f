"""The front page: what is new in my clubs, or a welcome for those who are not signed in."""

from __future__ import annotations

from starlette.responses import Response

from core.http import Request
from spaces.queries.clubs import home_news, list_clubs, load_site_settings, may_create_clubs
from spaces.queries.people import newcomers


async def show(request: Request) -> Response:
    """Home of the person at hand."""
    viewer = request.viewer
    if not viewer.is_authenticated:
        return await request.page("spaces/home/welcome.html", clubs=(await list_clubs(viewer, limit=12))[:12])
    if not viewer.clubs:
        return await _without_clubs(request)
    return await request.page(
        "spaces/home/show.html",
        news=await home_news(viewer),
        newcomers=await newcomers(viewer),
        clubs={club.id: club for club in viewer.clubs},
        parts={loaded.name: loaded.part for loaded in request.app.parts},
    )


async def _without_clubs(request: Request) -> Response:
    settings = await load_site_settings()
    return await request.page(
        "spaces/home/empty.html",
        clubs=(await list_clubs(request.viewer, limit=6))[:6],
        may_create=may_create_clubs(request.viewer, settings),
    )
