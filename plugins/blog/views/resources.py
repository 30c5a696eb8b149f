"""Posts for scripts: the same lists, checks and verbs as the pages, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from cercle import (
    Invalid,
    Items,
    NotFound,
    Permission,
    Request,
    accepted,
    answer,
    can,
    cursor,
    etag_of,
    gettext,
    known_query,
    list_limit,
    read_body,
    require,
    require_match,
)
from plugins.blog import permissions as p
from plugins.blog.forms import ChangedPost, NewPost
from plugins.blog.models import Post
from plugins.blog.queries.entries import Entry, author_of
from plugins.blog.queries.posts import absent, find_post, list_posts, list_unpublished, load_post
from plugins.blog.services.drafts import current_draft
from plugins.blog.services.posts import EditConflict, change_post, create_post
from plugins.blog.services.publication import Plan, trash_post
from plugins.blog.views.places import place_of


class Author(BaseModel):
    """Who wrote a post; the handle is null for somebody who left the site."""

    handle: str | None
    name: str


class ListedPost(BaseModel):
    """A post in a list."""

    slug: str
    title: str
    summary: str
    tags: list[str]
    state: str
    audience: str
    author: Author
    publish_at: datetime | None
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    starts_at: datetime | None
    ends_at: datetime | None
    place: str
    url: str


class FullPost(ListedPost):
    """A post with its text, as written and as shown."""

    body: str
    html: str


async def index(request: Request) -> Response:
    """The posts that are out; with `state=draft` or `state=scheduled` those that are not yet."""
    known_query(request, "tag", "author", "state")
    limit, wanted = list_limit(request), request.query_params
    state = wanted.get("state", "published")
    if state not in ("draft", "scheduled", "published"):
        raise Invalid(gettext("Choose one of draft, scheduled and published."), field="state")
    if state != "published":
        return answer(await _unpublished(request, state))
    posts = await list_posts(
        request.club,
        request.viewer,
        tag=wanted.get("tag"),
        author=wanted.get("author"),
        after=place_of(request),
        limit=limit + 1,
    )
    if not posts and not can(request.viewer, p.VIEW, request.club):
        raise absent(request.viewer)
    last = posts[limit - 1] if len(posts) > limit else None
    following = cursor(last.published_at, last.id) if last else None
    return answer(Items[ListedPost](items=[_listed(request, post) for post in posts[:limit]], next=following))


async def _unpublished(request: Request, state: str) -> Items[ListedPost]:
    if not can(request.viewer, p.VIEW, request.club):
        raise absent(request.viewer)
    posts = [post for post in await list_unpublished(request.club, request.viewer) if post.state == state]
    return Items[ListedPost](items=[_listed(request, post) for post in posts])


async def show(request: Request) -> Response:
    """One post."""
    post = await find_post(request.club, request.path_params["slug"], viewer=request.viewer)
    return answer(_full(request, post), etag=_etag(post))


async def create(request: Request) -> Response:
    """Write a new post."""
    sent = await read_body(request, NewPost)
    if sent.state != "draft":
        require(request.viewer, p.PUBLISH, request.club)
    post = await create_post(request.club, sent.draft(), actor=request.viewer, plan=sent.plan())
    try:
        made = await find_post(request.club, post.slug, viewer=request.viewer)
    except NotFound:
        return accepted()
    response = answer(_full(request, made), 201, etag=_etag(made))
    response.headers["Location"] = f"{request.scope['path'].rstrip('/')}/{made.slug}"
    return response


async def update(request: Request) -> Response:
    """Write the next version of a post, or publish it."""
    post = await _matched(request, p.EDIT)
    sent = await read_body(request, ChangedPost)
    plan = _plan(post, sent)
    if plan is not None and (plan.state != "draft" or plan.audience):
        require(request.viewer, p.PUBLISH, request.club)
    draft = sent.draft(await current_draft(post))
    try:
        saved = await change_post(
            request.club, post, draft, base=post.version, actor=request.viewer, plan=plan, merge=False
        )
    except EditConflict:
        await _matched(request, p.EDIT)
        raise
    try:
        changed = await find_post(request.club, saved.post.slug, viewer=request.viewer)
    except NotFound:
        return accepted()
    return answer(_full(request, changed), etag=_etag(changed))


async def delete(request: Request) -> Response:
    """Put a post into the trash."""
    post = await _matched(request, p.DELETE)
    await trash_post(request.club, post, actor=request.viewer)
    return answer(None)


async def _matched(request: Request, permission: Permission) -> Post:
    """The row of the post, when the viewer may do this and knows its latest version."""
    post = await load_post(request.club, request.path_params["slug"], viewer=request.viewer)
    require(request.viewer, permission, post)
    current = await find_post(request.club, post.slug, viewer=request.viewer)
    require_match(request, _etag(current), _full(request, current))
    return post


def _plan(post: Post, sent: ChangedPost) -> Plan | None:
    """What is new in the wished state; a script may send back what it read."""
    plan = sent.plan()
    if plan is None:
        return None
    present = "published" if post.is_out() else post.state
    state = plan.state if plan.state != present or plan.publish_at not in (None, post.publish_at) else None
    audience = plan.audience if plan.audience != post.audience else None
    return Plan(state, audience, plan.publish_at if state else None) if state or audience else None


def _etag(post: Entry) -> str:
    return etag_of(post.id, post.version, post.state, post.audience, post.published_at)


def _listed(request: Request, post: Entry) -> ListedPost:
    return ListedPost(**_facts(request, post))


def _full(request: Request, post: Entry) -> FullPost:
    return FullPost(**_facts(request, post), body=post.body, html=post.body_html)


def _facts(request: Request, post: Entry) -> dict[str, Any]:
    out = post.is_out
    return {
        "slug": post.slug,
        "title": post.title,
        "summary": post.summary,
        "tags": [tag.label for tag in post.tags],
        "state": "published" if out else post.state,
        "audience": post.audience,
        "author": Author(handle=post.author_handle, name=author_of(post)),
        "publish_at": None if out else post.publish_at,
        "published_at": post.published_at if out else None,
        "created_at": post.created_at,
        "updated_at": post.updated_at,
        "version": post.version,
        "starts_at": post.starts_at,
        "ends_at": post.ends_at,
        "place": post.place,
        "url": request.app.settings.base_url + request.path("blog:posts.show", slug=post.slug),
    }
