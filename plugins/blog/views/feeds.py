"""Feeds: the open one of public posts, the private one of a member, and the page that tells their addresses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from starlette.responses import Response
from tortoise.expressions import Q

from cercle import (
    Club,
    Membership,
    NotFound,
    Request,
    Viewer,
    access_for,
    can,
    etag_of,
    feed_token,
    speaking,
    viewer_from_feed_token,
)
from plugins.blog.permissions import VIEW
from plugins.blog.queries.entries import Entry
from plugins.blog.queries.posts import FEED, list_posts
from plugins.blog.views.atom import Feed, changed_at, make_feed


async def show(request: Request) -> Response:
    """Where this blog can be followed in a feed reader."""
    club = request.club
    open_url = request.path("blog:feeds.open") if await list_posts(club, None, limit=1) else None
    membership = await Membership.filter(club_id=club.id, user_id=request.viewer.id).select_related("user").first()
    private_url = None
    if membership is not None and request.access.is_member and request.viewer.operator_id is None:
        private_url = request.path("blog:feeds.private", token=feed_token(membership.user))
    base = request.app.settings.base_url
    return await request.page(
        "blog/feeds/show.html",
        open_url=open_url and base + open_url,
        private_url=private_url and base + private_url,
    )


async def open_feed(request: Request) -> Response:
    """The public posts, the same for everybody; absent where there are none."""
    posts = await list_posts(request.club, None, limit=FEED, bodies=True)
    if not posts:
        raise NotFound()
    with speaking(request.app.settings.locale, "UTC"):
        return _answer(request, request.club, posts, request.path("blog:feeds.open"), "public, no-cache")


async def private_feed(request: Request) -> Response:
    """What the owner of the token may read, as long as they may: the gate's answer counts, each time anew."""
    reader = await viewer_from_feed_token(request.path_params["token"])
    if reader is None:
        raise NotFound()
    return await _feed_for(request, reader)


async def signed_feed(request: Request) -> Response:
    """The same for a feed reader that signs in with an app password, by HTTP Basic."""
    if not request.viewer.is_authenticated:
        return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="Feeds", charset="UTF-8"'})
    return await _feed_for(request, request.viewer)


async def _feed_for(request: Request, reader: Viewer) -> Response:
    slug = request.path_params["club"][:60]
    club = await Club.filter(Q(slug=slug) | Q(old_addresses__slug=slug), deleted_at=None).first()
    if club is None or club.id not in (reader.token_clubs or {club.id}):
        raise NotFound()
    viewer = await access_for(request.app, club, user_id=reader.id, name=reader.name)
    if not can(viewer, VIEW, club):
        raise NotFound()
    posts = await list_posts(club, viewer, limit=FEED, bodies=True)
    with speaking(reader.locale, reader.timezone):
        return _answer(request, club, posts, request.scope["path"], "private, no-cache", reader.timezone)


def _answer(request: Request, club: Club, posts: Sequence[Entry], path: str, cache: str, zone: str = "UTC") -> Response:
    paths = request.app.urls
    feed = Feed(
        base_url=request.app.settings.base_url,
        path=path,
        blog_path=paths.path("blog:posts.index", club=club.slug),
        post_paths={post.id: paths.path("blog:posts.show", club=club.slug, slug=post.slug) for post in posts},
        zone=zone,
    )
    body = make_feed(feed, club, posts)
    changed = max((changed_at(post) for post in posts), default=club.created_at).replace(microsecond=0)
    etag = f'"{etag_of(body)}"'
    headers = {
        "ETag": etag,
        "Last-Modified": format_datetime(changed.astimezone(UTC), usegmt=True),
        "Cache-Control": cache,
        "X-Robots-Tag": "noindex",
    }
    if _is_fresh(request, etag, changed):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/atom+xml; charset=utf-8")


def _is_fresh(request: Request, etag: str, changed: datetime) -> bool:
    """Whether the reader's copy is the present one (RFC 9110, 13.2.2)."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in known.split(",")}
    since = request.headers.get("if-modified-since", "")
    try:
        then = parsedate_to_datetime(since)
    except ValueError:
        return False
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return abs(then - changed) < timedelta(seconds=1)
