"""The trash: what was thrown away, and the way back."""

from __future__ import annotations

from starlette.responses import Response

from cercle import NotFound, Request, club_settings, gettext, require
from plugins.blog import permissions as p
from plugins.blog.queries.posts import list_trash, load_post
from plugins.blog.services.publication import restore_post
from plugins.blog.settings import ClubSettings


async def index(request: Request) -> Response:
    """My posts in the trash, and with the right to it those of others."""
    days = (await club_settings(request.club, ClubSettings)).trash_days
    posts = await list_trash(request.club, request.viewer)
    return await request.page("blog/trash/index.html", posts=posts, days=days)


async def restore(request: Request) -> Response:
    """Take a post out of the trash; who asks twice finds it out of it."""
    slug = request.path_params["slug"]
    try:
        post = await load_post(request.club, slug, viewer=request.viewer, trashed=True)
    except NotFound:
        post = await load_post(request.club, slug, viewer=request.viewer)
    require(request.viewer, p.DELETE, post)
    in_trash = post.state == "trashed"
    restored = await restore_post(request.club, post, actor=request.viewer) if in_trash else post
    request.flash(gettext("The post is back.") if restored.is_out() else gettext("The post is back, as a draft."))
    return request.redirect("blog:posts.show", slug=post.slug)
