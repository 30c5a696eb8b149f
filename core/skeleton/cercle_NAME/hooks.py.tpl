"""Where notes meet the rest of a club."""

from collections.abc import Sequence
from typing import Any

from cercle import Club, ExportFile, Holding, Link, Panel, Viewer, ago, current_app, gettext, hookimpl
from cercle_<< name >>.models import Note
from cercle_<< name >>.queries import notes_by, notes_of

RECENT = 5


@hookimpl
async def club_panels(club: Club, viewer: Viewer) -> Sequence[Panel]:
    """The newest notes, on the home of the club."""
    notes, _ = await notes_of(club, limit=RECENT)
    if not notes:
        return ()
    path = current_app().urls.path
    links = tuple(
        Link(note.title, path("<< name >>:notes.show", club=club.slug, note=note.id), note=ago(note.created_at))
        for note in notes
    )
    more = Link(gettext("All notes"), path("<< name >>:notes.index", club=club.slug))
    return (Panel(gettext("<< title >>"), links, more),)


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """What turning the plugin off would freeze."""
    return (Holding(gettext("notes"), await Note.filter(club_id=club.id, removed_at=None).count()),)


@hookimpl
async def person_exported(user: Any) -> Sequence[ExportFile]:
    """What somebody takes along. Their notes stay when their account goes: the author becomes empty by itself."""
    notes = [{"title": note.title, "body": note.body, "at": note.created_at} for note in await notes_by(user.id)]
    return [ExportFile("notes.json", notes, gettext("Your notes"))] if notes else []
