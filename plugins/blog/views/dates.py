"""What posts invite to: a page of what is to come and what is over, and each of them as a file for calendars."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from starlette.responses import Response

from cercle import NotFound, Request, can, cursor, month_label
from plugins.blog.permissions import VIEW
from plugins.blog.queries.dates import list_coming, list_past
from plugins.blog.queries.entries import Entry
from plugins.blog.queries.posts import absent, find_post
from plugins.blog.views.ics import MEDIA_TYPE, calendar_of
from plugins.blog.views.places import place_of

PAGE = 30
PAST = 5
"""So many past dates stand below those to come."""

Month = tuple[str, list[Entry]]
"""A month as the reader calls it, and what begins in it."""


async def index(request: Request) -> Response:
    """What is to come, month by month, and below it what was last; with `past` all that is over."""
    after, club, viewer = place_of(request), request.club, request.viewer
    if request.query_params.get("past"):
        past = await list_past(club, viewer, after=after, limit=PAGE + 1)
        _require_some(request, [], past)
        return await _page(request, past=past[:PAGE], older=_further(past, "?past=1&"))
    coming = await list_coming(club, viewer, after=after, limit=PAGE + 1)
    past = await list_past(club, viewer, limit=PAST + 1) if len(coming) <= PAGE else []
    _require_some(request, coming, past)
    all_past = "?past=1" if len(past) > PAST else None
    return await _page(
        request, coming=coming[:PAGE], past=past[:PAST], coming_on=_further(coming, "?"), all_past=all_past
    )


async def show(request: Request) -> Response:
    """What a post invites to, for a calendar."""
    post = await find_post(request.club, request.path_params["slug"], viewer=request.viewer, bodies=False)
    if post.starts_at is None:
        raise NotFound()
    url = request.app.settings.base_url.rstrip("/") + request.path("blog:posts.show", slug=post.slug)
    headers = {
        "Content-Disposition": f'attachment; filename="{post.slug}.ics"',
        "Cache-Control": "private, no-store",
    }
    return Response(calendar_of(post, url=url), headers=headers, media_type=MEDIA_TYPE)


def _require_some(request: Request, coming: list[Entry], past: list[Entry]) -> None:
    """Who may not read the blog sees the page only where there is something for them."""
    if not coming and not past and not can(request.viewer, VIEW, request.club):
        raise absent(request.viewer)


def _further(posts: list[Entry], query: str) -> str | None:
    last = posts[PAGE - 1] if len(posts) > PAGE else None
    return f"{query}after={cursor(last.starts_at, last.id)}" if last else None


async def _page(
    request: Request,
    *,
    coming: list[Entry] | None = None,
    past: list[Entry],
    coming_on: str | None = None,
    older: str | None = None,
    all_past: str | None = None,
) -> Response:
    return await request.page(
        "blog/dates/index.html",
        coming=None if coming is None else by_month(coming),
        past=by_month(past),
        coming_on=coming_on,
        older=older,
        all_past=all_past,
    )


def by_month(posts: Iterable[Entry]) -> list[Month]:
    """Posts under the month in which what they invite to begins."""
    dated = ((month_label(post.starts_at), post) for post in posts if post.starts_at)
    return [(label, [post for _, post in group]) for label, group in groupby(dated, lambda pair: pair[0])]
