"""The versions of a post: for those who may change it, because earlier ones hold what was never meant to be out."""

from __future__ import annotations

from starlette.responses import Response

from cercle import Request, gettext, require
from plugins.blog import permissions as p
from plugins.blog.models import Post
from plugins.blog.queries.posts import load_post
from plugins.blog.queries.revisions import find_revision, list_revisions
from plugins.blog.services.posts import EditConflict, restore_revision
from plugins.blog.views.comparison import compare


async def index(request: Request) -> Response:
    """All versions, newest first."""
    post = await _load(request)
    return await request.page("blog/revisions/index.html", post=post, revisions=await list_revisions(post))


async def show(request: Request) -> Response:
    """What one version changed."""
    post = await _load(request)
    number = int(request.path_params["number"])
    revision = await find_revision(post, min(number, 2**31 - 1))
    before = await find_revision(post, revision.number - 1) if revision.number > 1 else None
    rows = compare(before.body if before else "", revision.body)
    return await request.page("blog/revisions/show.html", post=post, revision=revision, before=before, rows=rows)


async def restore(request: Request) -> Response:
    """Make a version the latest one again."""
    post = await _load(request)
    revision = await find_revision(post, min(int(request.path_params["number"]), 2**31 - 1))
    try:
        await restore_revision(request.club, post, revision, actor=request.viewer)
    except EditConflict:
        request.flash(gettext("Somebody saved a new version at this moment. Look at it first."), "warning")
        return request.redirect("blog:revisions.index", slug=post.slug)
    before = request.path("blog:revisions.restore", slug=post.slug, number=post.version)
    request.flash(gettext("Version %(number)s is back.", number=revision.number), undo=before)
    return request.redirect("blog:posts.show", slug=post.slug)


async def _load(request: Request) -> Post:
    post = await load_post(request.club, request.path_params["slug"], viewer=request.viewer)
    require(request.viewer, p.EDIT, post)
    return post
