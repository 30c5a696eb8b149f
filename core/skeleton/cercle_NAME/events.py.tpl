"""What happens to notes."""

from dataclasses import dataclass

from cercle import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWritten(Event, name="<< name >>.note_written"):
    """Somebody wrote a note."""

    note_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRemoved(Event, name="<< name >>.note_removed"):
    """Somebody took a note out of sight."""

    note_id: int
