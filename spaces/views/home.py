"""The front page: what is new in my clubs, or a welcome for those who are not signed in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby

from starlette.responses import Response

from core.http import Request, set_cookie
from core.i18n import day_label
from spaces.models import Content
from spaces.queries.clubs import home_news, list_clubs, load_site_settings, may_create_clubs
from spaces.queries.home_side import home_side

CARDS = 12
"""So many of my clubs stand on my home, in the order in which I put them; the others a tap further."""
LATER = "later"
LATER_LASTS = timedelta(days=90)


async def show(request: Request) -> Response:
    """Home of the person at hand."""
    viewer = request.viewer
    if not viewer.is_authenticated:
        return await request.page(
            "spaces/home/welcome.html", clubs=(await list_clubs(viewer, archived=False, limit=12))[:12]
        )
    if not viewer.clubs:
        return await _without_clubs(request)
    news, side = await home_news(viewer), await home_side(viewer)
    return await request.page(
        "spaces/home/show.html",
        days=by_day(news.items),
        unseen=news.unseen,
        cards=[club for club in viewer.clubs if not club.is_archived][:CARDS],
        newcomers=side.newcomers,
        coming=side.coming,
        clubs={club.id: club for club in viewer.clubs},
        parts={loaded.name: loaded.part for loaded in request.app.parts},
        steps=_steps(request),
    )


async def postpone(request: Request) -> Response:
    """Hide the first steps in this browser for a while."""
    response = request.redirect("spaces:home")
    set_cookie(request, response, LATER, "1", seconds=int(LATER_LASTS.total_seconds()))
    return response


def by_day(items: Iterable[Content]) -> list[tuple[str, list[Content]]]:
    """News under the day on which each was changed, as the reader calls that day."""
    return [(label, list(group)) for label, group in groupby(items, lambda item: day_label(item.updated_at))]


def _steps(request: Request) -> bool:
    """Whether somebody who has shown no face yet is asked for it."""
    return request.viewer.photo_hash is None and LATER not in request.cookies


async def _without_clubs(request: Request) -> Response:
    settings = await load_site_settings()
    return await request.page(
        "spaces/home/empty.html",
        clubs=(await list_clubs(request.viewer, archived=False, limit=6))[:6],
        may_create=may_create_clubs(request.viewer, settings),
        steps=_steps(request),
    )
