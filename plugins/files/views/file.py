"""One file: its page, its bytes, its versions and its small picture."""

from __future__ import annotations

from starlette.responses import Response

from cercle import INLINE_TYPES, BlobResponse, NotFound, Request, can, current_app, gettext
from plugins.files.models import Entry, Version
from plugins.files.permissions import ORGANISE, UPLOAD
from plugins.files.queries import Listed, get_file, get_version, list_versions, trail
from plugins.files.services.uploads import PICTURES, restore_version
from plugins.files.views.folders import crumbs, id_in

PREVIEW = 32 * 1024  # bytes of a text that its page shows
_TEXTS = frozenset({"application/json", "application/xml", "application/yaml", "application/toml", "image/svg+xml"})


async def show(request: Request) -> Response:
    """The page of a file, with a look at what is in it."""
    versions = await list_versions(request.club, id_in(request))
    file: Entry = versions[0].file
    steps = await trail(request.club, file.id)
    may_organise = can(request.viewer, ORGANISE, file)
    return await request.page(
        "files/file/show.html",
        file=file,
        crumbs=crumbs(request, steps, here=True),
        versions=versions,
        is_picture=file.content_type in PICTURES,
        is_shown_inline=file.content_type in INLINE_TYPES,
        text=await _text(file),
        may_organise=may_organise,
        may_replace=may_organise and can(request.viewer, UPLOAD, request.club),
    )


async def content(request: Request) -> Response:
    """The bytes of the current version; `?inline=1` shows harmless types instead of saving them."""
    return bytes_of(request, await get_file(request.club, id_in(request)))


async def version_content(request: Request) -> Response:
    """The bytes of one version."""
    found = await get_version(request.club, id_in(request), id_in(request, "number"))
    return _blob(request, found, found.file.name)


async def restore(request: Request) -> Response:
    """Make an older version the current one again."""
    number, before = id_in(request, "number"), (await get_file(request.club, id_in(request))).version
    file = await restore_version(request.club, id_in(request), number, actor=request.viewer)
    undo = request.path("files:version_restoration.create", id=file.id, number=before)
    request.flash(gettext("Version %(number)s is the current one again.", number=number), undo=undo)
    return request.redirect("files:file.show", id=file.id)


async def thumbnail(request: Request) -> Response:
    """The small picture of an image, once it is made."""
    file = await get_file(request.club, id_in(request))
    size = await current_app().storage.size(file.thumbnail_hash) if file.thumbnail_hash else None
    if file.thumbnail_hash is None or size is None:
        raise NotFound()
    return BlobResponse(
        current_app().storage,
        file.thumbnail_hash,
        size=size,
        filename="thumbnail.webp",
        content_type="image/webp",
        inline=True,
    )


def bytes_of(request: Request, file: Listed) -> Response:
    """The answer with the current bytes of a file, for pages and API alike."""
    return _blob(request, file, file.name)


def _blob(request: Request, bytes_: Listed | Version, name: str) -> Response:
    return BlobResponse(
        current_app().storage,
        bytes_.hash,
        size=bytes_.size,
        filename=name,
        content_type=bytes_.content_type,
        inline=request.query_params.get("inline") == "1",
    )


async def _text(file: Entry) -> str | None:
    """The beginning of a file that is text, as plain text; None for anything else."""
    if not (file.content_type.startswith("text/") or file.content_type in _TEXTS):
        return None
    raw = b"".join([chunk async for chunk in current_app().storage.read(file.hash, 0, min(file.size, PREVIEW))])
    return None if b"\0" in raw else raw.decode("utf-8", "replace")
