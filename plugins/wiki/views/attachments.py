"""Attachments: what belongs to a page, sending, showing, removing and putting back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from starlette.responses import JSONResponse, Response

from cercle import (
    BlobResponse,
    CercleError,
    Invalid,
    NotFound,
    Request,
    Upload,
    gettext,
    media_type_of,
    multipart_files,
    sort_key,
    store,
)
from plugins.wiki.models import Attachment, Page
from plugins.wiki.names import file_markdown, file_url
from plugins.wiki.queries import get_attachment, get_page
from plugins.wiki.services.files import (
    MAX_FILE,
    MAX_FILES,
    NewFile,
    attach_file,
    is_picture,
    put_back_file,
    remove_file,
)


async def index(request: Request) -> Response:
    """The files of a page, and those that were taken from it. An editor that shows its pictures gets names and addresses."""
    page = await get_page(request.club, request.path_params["slug"])
    files = Attachment.filter(page_id=page.id).order_by("name").limit(MAX_FILES * 2).select_related("uploader")
    found = sorted(await files, key=lambda file: sort_key(file.name))
    if "application/json" in request.headers.get("accept", ""):
        return listed(request, [file for file in found if not file.trashed_at])
    here = [
        (file, file_markdown(file.name, shown=is_picture(file.content_type))) for file in found if not file.trashed_at
    ]
    removed = [file for file in found if file.trashed_at]
    return await request.page("wiki/attachments/index.html", page=page, files=here, removed=removed)


async def create(request: Request) -> Response:
    """Take files in, as they stream. A text box that sends one gets back what to write for it."""
    as_json = "application/json" in request.headers.get("accept", "")
    try:
        page = await get_page(request.club, request.path_params["slug"])
        added = await take_in(request, partial(attach_file, page, actor=request.viewer))
    except CercleError as error:
        if not as_json:
            raise
        return refused(error)
    if as_json:
        return written(added)
    request.flash(gettext("The files are attached."))
    return request.redirect("wiki:attachments.index", slug=page.slug)


async def show(request: Request) -> Response:
    """The bytes of an attachment."""
    file = await get_attachment(request.club, str(request.path_params["key"]), viewer=request.viewer)
    if file.trashed_at is not None or file.name != request.path_params["file"]:
        raise NotFound()
    return BlobResponse(
        request.app.storage, file.hash, size=file.size, filename=file.name, content_type=file.content_type, inline=True
    )


async def delete(request: Request) -> Response:
    """Take a file from its page."""
    file, page = await _of_a_page(request)
    await remove_file(file)
    back = request.path("wiki:attachments.update", key=file.key)
    request.flash(gettext("“%(name)s” is removed. You can put it back.", name=file.name), undo=back)
    return request.redirect("wiki:attachments.index", slug=page.slug)


async def put_back(request: Request) -> Response:
    """Give a page a file back."""
    file, page = await _of_a_page(request)
    await put_back_file(file)
    request.flash(gettext("“%(name)s” is back.", name=file.name))
    return request.redirect("wiki:attachments.index", slug=page.slug)


async def take_in(request: Request, add: Callable[[NewFile], Awaitable[Attachment]]) -> list[Attachment]:
    """Store the files of a request as they stream, and add each.

    Raises:
        Invalid: when there is none.
        TooLarge: when one is too large.
    """
    added = []
    limit = min(MAX_FILE, request.app.settings.max_upload)
    async for part in multipart_files(request, limit=limit):
        if not isinstance(part, Upload):
            continue
        blob = await store(request.app.storage, part.chunks, limit=limit)
        file = NewFile(part.filename, blob.hash, blob.size, media_type_of(part.content_type))
        added.append(await add(file))
    if not added:
        raise Invalid(gettext("Choose a file first."), field="file")
    return added


def listed(request: Request, files: Sequence[Attachment]) -> Response:
    """Names and addresses, for an editor that shows its pictures."""
    urls = [{"name": file.name, "url": file_url(request.club, file.key, file.name)} for file in files]
    return JSONResponse(urls, headers={"Cache-Control": "private, no-store"})


def written(files: Sequence[Attachment]) -> Response:
    """What to write for files that a text box sent."""
    text = "\n".join(file_markdown(file.name, shown=is_picture(file.content_type)) for file in files)
    return JSONResponse({"markdown": text}, 201)


def refused(error: CercleError) -> Response:
    """Why a text box cannot have a file."""
    return JSONResponse({"detail": error.message}, error.status)


async def _of_a_page(request: Request) -> tuple[Attachment, Page]:
    file = await get_attachment(request.club, str(request.path_params["key"]), viewer=request.viewer)
    if file.page is None:
        raise NotFound()
    return file, file.page
