"""The same for programs, below /api/v1/clubs/{club}/<< name >>."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from starlette.responses import Response

from cercle import (
    Invalid,
    Items,
    Request,
    answer,
    api_route,
    cursor,
    gettext,
    known_query,
    list_limit,
    read_body,
    read_cursor,
    require,
)
from cercle_<< name >> import queries, services
from cercle_<< name >>.forms import NoteInput
from cercle_<< name >>.models import Note
from cercle_<< name >>.permissions import REMOVE, VIEW, WRITE


class NoteOut(BaseModel):
    """A note."""

    id: int
    title: str
    body: str
    created_at: datetime


async def index(request: Request) -> Response:
    """A page of notes, newest first."""
    known_query(request)
    notes, older = await queries.notes_of(request.club, before=_before(request), limit=list_limit(request))
    return answer(Items[NoteOut](items=[_out(note) for note in notes], next=cursor(older) if older else None))


async def create(request: Request) -> Response:
    """Write a note."""
    body = await read_body(request, NoteInput)
    note = await services.write_note(request.club, title=body.title, body=body.body, actor=request.viewer)
    return answer(_out(note), 201)


async def show(request: Request) -> Response:
    """A note."""
    return answer(_out(await _note(request)))


async def delete(request: Request) -> Response:
    """Take a note out of sight."""
    note = await _note(request)
    require(request.viewer, REMOVE, note)
    await services.remove_note(request.club, note, actor=request.viewer)
    return answer(None)


async def _note(request: Request) -> Note:
    return await queries.get_note(request.club, request.path_params["note"], viewer=request.viewer)


def _before(request: Request) -> int | None:
    after = read_cursor(request, 1)
    if after is None:
        return None
    if not after[0].isdigit():
        raise Invalid(gettext("after must be the value of next from the page before."), field="after")
    return int(after[0])


def _out(note: Note) -> NoteOut:
    return NoteOut(id=note.id, title=note.title, body=note.body, created_at=note.created_at)


_ONE = "/notes/{note:int}"

api = (
    api_route(
        *("GET", "/notes", index, "notes.index"),
        permission=VIEW,
        summary="List the notes of a club",
        returns=Items[NoteOut],
        query=("limit", "after"),
    ),
    api_route(
        *("POST", "/notes", create, "notes.create"),
        permission=WRITE,
        summary="Write a note",
        body=NoteInput,
        returns=NoteOut,
        status=201,
    ),
    api_route("GET", _ONE, show, "notes.show", permission=VIEW, summary="Read a note", returns=NoteOut),
    api_route("DELETE", _ONE, delete, "notes.delete", permission=REMOVE, summary="Remove a note", status=204),
)
