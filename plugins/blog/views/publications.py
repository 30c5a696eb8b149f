"""Publication as a thing of its own: made now or for a moment to come, taken back to a draft."""

from __future__ import annotations

from starlette.responses import Response

from cercle import Form, Invalid, Request, can, gettext, read_form, require
from plugins.blog import permissions as p
from plugins.blog.forms import PublicationInput, as_typed, zone_of
from plugins.blog.models import Post
from plugins.blog.queries.posts import load_post
from plugins.blog.services.publication import Plan, audiences_of, plan_post


async def new(request: Request) -> Response:
    """When shall it be out, and for whom?"""
    post = await _load(request)
    values = {"audience": post.audience, **_moment_of(post, request.viewer.timezone)}
    return await _form(request, post, Form[PublicationInput](values=values))


async def create(request: Request) -> Response:
    """Publish now or later, or change whom a post is for."""
    post = await _load(request)
    form = await read_form(request, PublicationInput)
    try:
        plan = form.data.plan(request.viewer.timezone, post.publish_at)
        planned = await plan_post(request.club, post, plan, actor=request.viewer)
    except Invalid as error:
        if form.is_valid:
            form.refuse(error)
        return await _form(request, post, form, 422)
    said = gettext("Published.") if planned.is_out() else gettext("Scheduled. It will be out at that moment.")
    if not await Post.exists(id=post.id, state="trashed"):  # a moderator looks at it first
        _say(request, said, before=post)
    return request.redirect("blog:posts.show", slug=post.slug)


async def delete(request: Request) -> Response:
    """Make it a draft again."""
    post = await load_post(request.club, request.path_params["slug"], viewer=request.viewer)
    require(request.viewer, p.EDIT, post)
    await plan_post(request.club, post, Plan("draft"), actor=request.viewer)
    _say(request, gettext("This post is a draft again. Readers do not see it any more."), before=post)
    return request.redirect("blog:posts.show", slug=post.slug)


def _say(request: Request, said: str, *, before: Post) -> None:
    """Tell what was done, with the way back to what the post was, for who may go it."""
    if before.state == "draft":
        request.flash(said, undo=request.path("blog:publication.delete", slug=before.slug))
        return
    undo = (
        request.path("blog:publication.create", slug=before.slug)
        if can(request.viewer, p.PUBLISH, request.club)
        else None
    )
    request.flash(said, undo=undo, fields={"audience": before.audience, **_moment_of(before, request.viewer.timezone)})


def _moment_of(post: Post, zone: str) -> dict[str, str]:
    """When a post is out, as `PublicationInput` takes it."""
    if post.state != "scheduled" or post.is_out() or not post.published_at:
        return {"moment": "now", "publish_at": ""}
    return {"moment": "later", "publish_at": as_typed(post.published_at, zone)}


async def _load(request: Request) -> Post:
    post = await load_post(request.club, request.path_params["slug"], viewer=request.viewer)
    require(request.viewer, p.EDIT, post)
    return post


async def _form(request: Request, post: Post, form: Form[PublicationInput], status: int = 200) -> Response:
    return await request.page(
        "blog/publications/new.html",
        status,
        post=post,
        form=form,
        audiences=audiences_of(request.club),
        zone=str(zone_of(request.viewer.timezone)),
    )
