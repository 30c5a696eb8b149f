"""The page on which owners and moderators write the note on their club's home."""

from __future__ import annotations

from starlette.responses import Response

from core.errors import Conflict, Invalid
from core.forms import Form, check, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import PinnedNoteInput
from spaces.services.notes import NOTE_LENGTH, pin_note, state_of_note


async def edit(request: Request) -> Response:
    """The note as it is."""
    values = {"note": request.club.note, "seen": state_of_note(request.club.note)}
    return await _page(request, check(PinnedNoteInput, values), 200)


async def update(request: Request) -> Response:
    """Pin it; an empty one is taken down."""
    form = await read_form(request, PinnedNoteInput)
    if not form.is_valid:
        return await _page(request, form, 422)
    before = request.club.note
    try:
        await pin_note(request.club, form.data.note, seen=form.data.seen, actor=request.viewer)
    except Invalid as error:
        form.refuse(error)
        return await _page(request, form, 422)
    except Conflict as error:
        await request.club.refresh_from_db()
        form.errors[""] = [error.message]
        return await _page(request, form, 409)
    if request.club.note != before:
        _say(request, before)
    return request.redirect("spaces:club_home")


def _say(request: Request, before: str) -> None:
    """A message with the way back to the note before."""
    said = gettext("The note is pinned.") if request.club.note else gettext("The note is taken down.")
    fields = {"note": before, "seen": state_of_note(request.club.note)}
    request.flash(said, undo=request.path("spaces:note.update"), fields=fields)


async def _page(request: Request, form: Form[PinnedNoteInput], status: int) -> Response:
    return await request.page(
        "spaces/note/edit.html",
        status,
        form=form,
        seen=state_of_note(request.club.note),
        length=NOTE_LENGTH,
        is_changed=status == 409,
    )
