"""Attachments: the pictures and files that the editor sends, and their bytes for who may read the post."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from cercle import BlobResponse, CercleError, Invalid, Request, Upload, gettext, multipart_files
from plugins.blog.models import Attachment
from plugins.blog.queries.attachments import get_attachment, list_attachments
from plugins.blog.queries.posts import load_post
from plugins.blog.services.attachments import MAX_FILE, address_of, attach_file, markdown_of


async def index(request: Request) -> Response:
    """Names and addresses of what the viewer sent and no post has yet, and of what the post `?post=` has."""
    slug = request.query_params.get("post")
    post = await load_post(request.club, slug, viewer=request.viewer) if slug else None
    found = await list_attachments(request.club, viewer=request.viewer, post=post)
    return JSONResponse([{"name": file.name, "url": address_of(request.club, file)} for file in found])


async def create(request: Request) -> Response:
    """Take files in, as they stream, and answer what to write for them."""
    try:
        added = await _take_in(request)
    except CercleError as error:
        return JSONResponse({"detail": error.message}, error.status)
    return JSONResponse({"markdown": "\n".join(markdown_of(request.club, file) for file in added)}, 201)


async def show(request: Request) -> Response:
    """The bytes of a file."""
    asked = request.path_params
    file = await get_attachment(request.club, asked["key"], asked["file"], viewer=request.viewer)
    return BlobResponse(
        request.app.storage, file.hash, size=file.size, filename=file.name, content_type=file.content_type, inline=True
    )


async def _take_in(request: Request) -> list[Attachment]:
    limit = min(MAX_FILE, request.app.settings.max_upload)
    added = [
        await attach_file(request.club, part, actor=request.viewer, limit=limit)
        async for part in multipart_files(request, limit=limit)
        if isinstance(part, Upload)
    ]
    if not added:
        raise Invalid(gettext("Choose a file first."), field="file")
    return added
