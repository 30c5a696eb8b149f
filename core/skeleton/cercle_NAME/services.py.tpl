"""Writes: one verb, one function, one transaction."""

from __future__ import annotations

from datetime import UTC, datetime

from cercle import (
    Club,
    Viewer,
    announce,
    atomic,
    current_app,
    publish_content,
    render_in_child,
    summary,
)
from cercle_<< name >>.events import NoteRemoved, NoteWritten
from cercle_<< name >>.models import Note


async def write_note(club: Club, *, title: str, body: str, actor: Viewer) -> Note:
    """Write a note.

    Args:
        club: for whom.
        title: one line.
        body: Markdown.
        actor: who writes.
    """
    made = await render_in_child(body)  # before the transaction, which others wait for
    async with atomic():
        note = await Note.create(
            club=club, author_id=actor.id, title=title, body=body, body_html=made.html, words=made.text
        )
        await _publish(club, note)
        await announce(NoteWritten(club_id=club.id, actor_id=actor.id, note_id=note.id))
    return note


async def remove_note(club: Club, note: Note, *, actor: Viewer) -> None:
    """Take a note out of sight; `bring_back_note` undoes it."""
    async with atomic():
        if await Note.filter(id=note.id, removed_at=None).update(removed_at=datetime.now(UTC)):
            await _publish(club, note, state="trashed")
            await announce(NoteRemoved(club_id=club.id, actor_id=actor.id, note_id=note.id))


async def bring_back_note(club: Club, note: Note) -> None:
    """Show a removed note again."""
    async with atomic():
        if await Note.filter(id=note.id, removed_at__isnull=False).update(removed_at=None):
            await _publish(club, note)


async def _publish(club: Club, note: Note, *, state: str = "published") -> None:
    """The note's row in the catalogue, which search, activity and feeds read."""
    await publish_content(
        note,
        plugin="<< name >>",
        kind="note",
        title=note.title,
        url=current_app().urls.path("<< name >>:notes.show", club=club.slug, note=note.id),
        summary=summary(note.words),
        words=note.words,
        author_id=note.author_id,
        state=state,
    )
