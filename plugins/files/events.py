"""What happens to files and folders."""

from dataclasses import dataclass

from cercle import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUploaded(Event, name="files.file_uploaded"):
    """A new file."""

    file_id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionUploaded(Event, name="files.version_uploaded"):
    """A new version of a file."""

    file_id: int
    title: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCreated(Event, name="files.folder_created"):
    """A new folder."""

    folder_id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRenamed(Event, name="files.entry_renamed"):
    """A file or folder has another name."""

    entry_id: int
    title: str
    old_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryMoved(Event, name="files.entry_moved"):
    """A file or folder is in another folder; 0 is the top."""

    entry_id: int
    title: str
    folder_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTrashed(Event, name="files.entry_trashed"):
    """A file, or a folder with everything in it, was put into the trash."""

    entry_id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRestored(Event, name="files.entry_restored"):
    """A file, or a folder with everything in it, was taken out of the trash."""

    entry_id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDeleted(Event, name="files.entry_deleted"):
    """A file, or a folder with everything in it, is gone for good."""

    entry_id: int
    title: str
