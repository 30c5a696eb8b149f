"""What the API answers about files and folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel
from starlette.responses import Response

from cercle import (
    Invalid,
    Items,
    NotFound,
    Request,
    Stale,
    accepted,
    answer,
    body_chunks,
    clean_filename,
    cursor,
    etag_of,
    gettext,
    known_query,
    list_limit,
    read_body,
    read_cursor,
    require,
)
from plugins.files.forms import MAX_ID, EntryPatch, FolderInput
from plugins.files.models import Entry
from plugins.files.permissions import ORGANISE
from plugins.files.queries import Listed, find_path, get_entry, get_file, list_folder, order_of, position
from plugins.files.services import folders as folder_services
from plugins.files.services import uploads as upload_services
from plugins.files.services.entries import change_entry
from plugins.files.services.space import largest_upload, refuse_announced
from plugins.files.services.trash import trash_entry
from plugins.files.services.uploads import Arrived, receive
from plugins.files.views.file import bytes_of
from plugins.files.views.folders import folder_trail, id_in


class EntryOut(BaseModel):
    """A file or folder. `folder` is the id of the folder it is in, null at the top; `hash` is the SHA-256 of a file."""

    id: int
    kind: Literal["file", "folder"]
    name: str
    folder: int | None
    url: str
    author: str | None
    created_at: datetime
    updated_at: datetime
    size: int | None = None
    content_type: str | None = None
    version: int | None = None
    hash: str | None = None


async def index(request: Request) -> Response:
    """What is in a folder."""
    known_query(request, "folder", "sort")
    folder = request.query_params.get("folder") or "0"
    if not folder.isdecimal() or int(folder) > MAX_ID:
        raise Invalid(gettext("folder is the id of a folder."), field="folder")
    await folder_trail(request, int(folder))
    limit, order = list_limit(request), order_of(request.query_params.get("sort", ""))
    found = await list_folder(request.club, int(folder), order=order, limit=limit, after=read_cursor(request, 3))
    more = cursor(*position(found[limit - 1], order)) if len(found) > limit else None
    return answer(Items[EntryOut](items=[_out(request, one) for one in found[:limit]], next=more))


async def create_folder(request: Request) -> Response:
    """Make a folder."""
    body = await read_body(request, FolderInput)
    folder = await folder_services.create_folder(request.club, body.name, parent=body.parent or 0, actor=request.viewer)
    return await _answer(request, folder.id, 201)


async def show(request: Request) -> Response:
    """A file or folder."""
    return await _answer(request, id_in(request))


async def update(request: Request) -> Response:
    """Rename or move."""
    body, id = await read_body(request, EntryPatch), id_in(request)
    entry = await change_entry(
        request.club,
        id,
        name=body.name,
        folder=body.folder,
        actor=request.viewer,
        condition=await _condition(request, id),
    )
    return await _answer(request, entry.id)


async def delete(request: Request) -> Response:
    """Into the trash."""
    id = id_in(request)
    await trash_entry(request.club, id, actor=request.viewer, condition=await _condition(request, id))
    return answer(None)


async def content(request: Request) -> Response:
    """The bytes of a file."""
    return bytes_of(request, await get_file(request.club, id_in(request)))


async def path_content(request: Request) -> Response:
    """The bytes of the file at a path."""
    file = await find_path(request.club, _names(request))
    if file is None or not file.is_file:
        raise NotFound()
    return bytes_of(request, file)


async def put_at_path(request: Request) -> Response:
    """A file at a path, or a new version of it."""
    names = _names(request)
    condition = _read_condition(request)
    present = await find_path(request.club, names)
    condition(present)
    _require_replacing(request, present)
    arrived = await _received(request, names[-1])
    file = await upload_services.put_at_path(
        request.club, names[:-1], arrived, actor=request.viewer, condition=condition
    )
    return await _answer(request, file.id, 201 if file.version == 1 else 200, bytes_tag=True)


async def put_into_folder(request: Request) -> Response:
    """A file in a folder, or a new version of it."""
    folder = id_in(request)
    await folder_trail(request, folder)
    arrived = await _received(request, request.path_params["filename"])
    file = (await upload_services.put_files(request.club, [arrived], folder=folder, actor=request.viewer))[0]
    return await _answer(request, file.id, 201 if file.version == 1 else 200, bytes_tag=True)


async def put_version(request: Request) -> Response:
    """A new version of a file."""
    condition = _read_condition(request)
    present = await get_file(request.club, id_in(request))
    condition(present)
    _require_replacing(request, present)
    arrived = await _received(request, present.name)
    file = await upload_services.put_version(
        request.club, present.id, arrived, actor=request.viewer, condition=condition
    )
    return await _answer(request, file.id, bytes_tag=True)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the sender knows of what is there: `If-Match` and `If-None-Match` (RFC 9110, 13.1).

    The tag of the bytes and the tag of the JSON both name a state of the file.
    """

    request: Request
    match: frozenset[str] | None
    absent: bool

    def __call__(self, entry: Entry | Listed | None) -> None:
        if self.absent and entry is not None:
            raise self._stale(entry)
        if self.match is None:
            return
        tags = {entry.hash, _etag(entry), "*"} if entry is not None else set()
        if not self.match & tags:
            raise self._stale(entry)

    def _stale(self, entry: Entry | Listed | None) -> Stale:
        text = gettext("Somebody changed this since you read it. Compare with the current version and try again.")
        if entry is None:
            return Stale(text)
        current = {"id": entry.id, "name": entry.name, "version": entry.version, "hash": entry.hash or None}
        return Stale(text, current=current, etag=_etag(entry))


def _read_condition(request: Request) -> _Known:
    match, none = request.headers.get("if-match"), request.headers.get("if-none-match", "")
    tags = frozenset(tag.strip().strip('"') for tag in match.split(",")) if match is not None else None
    return _Known(request, tags, absent=none.strip() == "*")


async def _condition(request: Request, id: int) -> _Known:
    """The condition of a change; a stale one is refused with the whole current state where that can be had."""
    known = _read_condition(request)
    if known.match is not None:
        entry = await get_entry(request.club, id)
        if not known.match & {entry.hash, _etag(entry), "*"}:
            text = gettext("Somebody changed this since you read it. Compare with the current version and try again.")
            raise Stale(text, current=_out(request, entry).model_dump(mode="json"), etag=_etag(entry))
    return known


def _require_replacing(request: Request, present: Listed | None) -> None:
    """Before a long body is read, not after."""
    if present is not None and present.is_file:
        require(request.viewer, ORGANISE, present)


async def _received(request: Request, name: str) -> Arrived:
    await refuse_announced(request.club, request.headers.get("content-length"))
    chunks = body_chunks(request, await largest_upload())
    return await receive(request.club, chunks, name=name, content_type=request.headers.get("content-type", ""))


def _names(request: Request) -> Sequence[str]:
    names = str(request.path_params["path"]).split("/")
    if any(name.strip() in ("", ".", "..") for name in names):
        raise Invalid(gettext("A path is made of names with / between them."), field="path")
    return [clean_filename(name) for name in names]


async def _answer(request: Request, id: int, status: int = 200, *, bytes_tag: bool = False) -> Response:
    try:
        entry = await get_entry(request.club, id)
    except NotFound:
        if status != 201:
            raise
        return accepted()
    return answer(_out(request, entry), status, etag=entry.hash if bytes_tag else _etag(entry))


def _etag(entry: Entry | Listed) -> str:
    return etag_of(entry.id, entry.name, entry.parent_key, entry.version)


def _out(request: Request, entry: Listed) -> EntryOut:
    shown = EntryOut(
        id=entry.id,
        kind="file" if entry.is_file else "folder",
        name=entry.name,
        folder=entry.parent_key or None,
        url=request.path("files:file.show" if entry.is_file else "files:folders.show", id=entry.id),
        author=entry.author_name,
        created_at=entry.created_at,
        updated_at=entry.updated_at,
    )
    if not entry.is_file:
        return shown
    facts = {"size": entry.size, "content_type": entry.content_type, "version": entry.version, "hash": entry.hash}
    return shown.model_copy(update=facts)
