"""The note that is pinned to the home of a club."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from core import audit
from core.db import atomic
from core.errors import Conflict, Invalid
from core.i18n import gettext
from core.markdown import CALLOUTS, clean_text, render_in_child
from spaces.models import Club
from spaces.services.actors import Actor, asker

NOTE_LENGTH = 2000


def state_of_note(note: str) -> str:
    """What a form keeps of the note that it showed, to tell whether somebody changed it since."""
    return hashlib.sha256(note.encode()).hexdigest()


async def pin_note(club: Club, text: str, *, seen: str, actor: Actor | None) -> None:
    """Pin a note to the home of a club, or take it down.

    The audit log says how long it was and is: who runs the site reads there, and need not be a member.

    Args:
        club: the club; carries the note afterwards.
        text: Markdown, at most 2,000 characters; "" takes the note down.
        seen: the state of the note that the actor saw.
        actor: who does it.

    Raises:
        Invalid: for a text that is too long, or cannot be shown.
        Conflict: when somebody changed the note since.
    """
    note = clean_text(text).strip()
    if len(note) > NOTE_LENGTH:
        raise Invalid(gettext("At most %(max_length)s characters, please.", max_length=NOTE_LENGTH), field="note")
    html = await _rendered(note)
    async with atomic():
        before = await Club.get(id=club.id).only("id", "note")
        if before.note != note:
            await _replace(club, before.note, note, html, seen, actor)
    club.note, club.note_html = note, html


async def _replace(club: Club, before: str, note: str, html: str, seen: str, actor: Actor | None) -> None:
    is_seen = state_of_note(before) == seen
    if not is_seen or not await Club.filter(id=club.id, note=before).update(
        note=note, note_html=html, note_by_id=actor.id if note and actor else None, note_at=datetime.now(UTC)
    ):
        raise Conflict(gettext("Somebody else changed the note since you opened this page."))
    await audit.record(
        "spaces.note_pinned" if note else "spaces.note_removed",
        actor=asker(actor),
        subject=club.slug,
        club_id=club.id,
        before={"characters": len(before)},
        after={"characters": len(note)},
    )


async def _rendered(note: str) -> str:
    if not note:
        return ""
    titles = {kind: gettext(title) for kind, title in CALLOUTS.items()}
    try:
        return (await render_in_child(note, callouts=titles)).html
    except Invalid as error:
        raise Invalid(gettext(error.message), field="note") from error
