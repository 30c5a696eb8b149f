"""Feeds: what happened in all clubs of a person, or in one, for as long as they may read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from cercle import (
    Club,
    Membership,
    NotFound,
    Request,
    Viewer,
    access_for,
    clubs_read_by,
    etag_of,
    feed_token,
    gettext,
    speaking,
    stands,
    viewer_from_feed_token,
)
from plugins.activity.queries import Happened, Reach, list_happenings, reach_of
from plugins.activity.views.atom import Feed, make_feed

FEED = 50


async def show(request: Request) -> Response:
    """Where this activity can be followed in a feed reader."""
    found = (
        await Membership.filter(stands(), club_id=request.club.id, user_id=request.viewer.id)
        .select_related("user")
        .first()
    )
    addresses = []
    if found is not None and request.access.is_member and request.viewer.operator_id is None:
        base, token = request.app.settings.base_url, feed_token(found.user)
        addresses = [
            (request.club.name, base + request.path("activity:feeds.private_club", token=token)),
            (gettext("All my clubs"), base + request.app.urls.path("activity:feeds.private", token=token)),
        ]
    return await request.page("activity/feeds/show.html", addresses=addresses)


async def private(request: Request) -> Response:
    """What the owner of the token may see, as long as they may: the gate's answer counts, each time anew."""
    reader = await viewer_from_feed_token(request.path_params["token"])
    if reader is None:
        raise NotFound()
    return await _feed_for(request, reader)


async def signed(request: Request) -> Response:
    """The same for a feed reader that signs in with an app password, by HTTP Basic."""
    if not request.viewer.is_authenticated:
        return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="Feeds", charset="UTF-8"'})
    return await _feed_for(request, request.viewer)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a feed is about."""

    reach: Reach
    title: str
    path: str


async def _feed_for(request: Request, reader: Viewer) -> Response:
    clubs = [
        club for club in await clubs_read_by(reader.id or 0, "activity") if club.id in (reader.token_clubs or {club.id})
    ]
    with speaking(reader.locale, reader.timezone):
        scope = await _scope(request, reader, clubs)
        return _answer(request, scope, await list_happenings(scope.reach, limit=FEED))


async def _scope(request: Request, reader: Viewer, clubs: Sequence[Club]) -> _Scope:
    slug, path = request.path_params.get("club"), request.app.urls.path
    if not clubs and slug is None:
        return _Scope(
            await reach_of(replace(reader, clubs=())), gettext("Activity in my clubs"), path("activity:mine.index")
        )
    club = next((one for one in clubs if slug in (None, one.slug)), None)
    if club is None:
        raise NotFound()
    viewer = await access_for(request.app, club, user_id=reader.id, name=reader.name)
    reach = await reach_of(replace(viewer, token_clubs=reader.token_clubs, token_scopes=reader.token_scopes))
    if slug is None:
        return _Scope(reach, gettext("Activity in my clubs"), path("activity:mine.index"))
    title = gettext("%(club)s: activity", club=club.name)
    return _Scope(reach.only(club.id), title, path("activity:happenings.index", club=club.slug))


def _answer(request: Request, scope: _Scope, lines: Sequence[Happened]) -> Response:
    feed = Feed(request.app.settings.base_url, request.scope["path"], scope.path, scope.title)
    body = make_feed(feed, lines)
    etag = f'"{etag_of(body)}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/atom+xml; charset=utf-8")
