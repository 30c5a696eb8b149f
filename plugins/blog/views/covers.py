"""Covers: the picture above a post."""

from __future__ import annotations

from starlette.responses import Response

from cercle import BlobResponse, Invalid, Request, Upload, gettext, multipart_files, read_form, require
from plugins.blog import permissions as p
from plugins.blog.forms import CoverInput
from plugins.blog.models import Post
from plugins.blog.queries.posts import absent, find_post, load_post
from plugins.blog.services.covers import MAX_UPLOAD, describe_cover, remove_cover, set_cover


async def show(request: Request) -> Response:
    """The picture, for whoever may read the post."""
    post = await find_post(request.club, request.path_params["slug"], viewer=request.viewer, bodies=False)
    if post.cover_hash is None:
        raise absent(request.viewer)
    return BlobResponse(
        request.app.storage,
        post.cover_hash,
        size=post.cover_size,
        filename=f"{post.slug}.webp",
        content_type="image/webp",
        inline=True,
    )


async def edit(request: Request) -> Response:
    """The form that gives a post its picture."""
    return await _form(request, await _load(request))


async def create(request: Request) -> Response:
    """Take a picture in."""
    post = await _load(request)
    try:
        if not await _take(request, post):
            raise Invalid(gettext("Please choose a picture."))
    except Invalid as error:
        return await _form(request, post, 422, error=error.message)
    request.flash(gettext("The post has a new cover."))
    return request.redirect("blog:cover.edit", slug=post.slug)


async def update(request: Request) -> Response:
    """Say in words what the picture shows."""
    post = await _load(request)
    form = await read_form(request, CoverInput)
    await describe_cover(post, form.data.alt)
    request.flash(gettext("Saved."))
    return request.redirect("blog:posts.show", slug=post.slug)


async def delete(request: Request) -> Response:
    """Take the picture away."""
    post = await _load(request)
    await remove_cover(post)
    request.flash(gettext("The cover is gone."))
    return request.redirect("blog:cover.edit", slug=post.slug)


async def _take(request: Request, post: Post) -> bool:
    async for part in multipart_files(request, limit=MAX_UPLOAD, max_files=1):
        if isinstance(part, Upload):
            await set_cover(post, part.chunks)
            return True
    return False


async def _form(request: Request, post: Post, status: int = 200, *, error: str | None = None) -> Response:
    return await request.page("blog/covers/edit.html", status, post=post, error=error)


async def _load(request: Request) -> Post:
    post = await load_post(request.club, request.path_params["slug"], viewer=request.viewer)
    require(request.viewer, p.EDIT, post)
    return post
