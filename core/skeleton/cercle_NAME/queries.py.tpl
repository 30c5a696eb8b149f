"""Reads. Absent and invisible are the same `NotFound`."""

from __future__ import annotations

from cercle import Club, NotFound, Viewer, can, clubs_read_by
from cercle_<< name >>.models import Note
from cercle_<< name >>.permissions import REMOVE

PAGE = 50


async def notes_of(club: Club, *, before: int | None = None, limit: int = PAGE) -> tuple[list[Note], int | None]:
    """Notes of a club, newest first.

    Args:
        club: whose.
        before: the id that the last page ended with.
        limit: how many at most.

    Returns:
        The notes, and where the next page begins; None on the last one.
    """
    found = Note.filter(club=club, removed_at=None).order_by("-id").select_related("author")
    notes = await (found if before is None else found.filter(id__lt=before)).limit(limit + 1)
    return notes[:limit], notes[limit - 1].id if len(notes) > limit else None


async def get_note(club: Club, id: int, *, viewer: Viewer) -> Note:
    """A note of this club; a removed one only for those who may bring it back.

    Raises:
        NotFound: when there is none.
    """
    note = await Note.get_or_none(club=club, id=id).select_related("author")
    if note is None or (note.removed_at and not can(viewer, REMOVE, note)):
        raise NotFound()
    return note


async def notes_by(user_id: int) -> list[Note]:
    """What a person wrote, in the clubs where they may read notes at this moment."""
    clubs = await clubs_read_by(user_id, "<< name >>")
    return await Note.filter(author_id=user_id, club_id__in=[club.id for club in clubs]).order_by("id")
