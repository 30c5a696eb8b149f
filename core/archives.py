"""A safe reader for what importers are given: a .zip archive or a folder, entry by entry.

Nothing is unpacked to disk. What could reach outside, hide or explode is left out and named in `refused`,
so that a report can say why; sizes are counted while reading and never believed from a header.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from core.errors import Invalid, NotFound, TooLarge
from core.i18n import N_

MIB = 1024 * 1024

_TOO_MANY = N_("There are more files and folders than allowed.")
_FILE_TOO_LARGE = N_("It is larger than allowed for one file.")
_BOMB = N_("It grows more than allowed when it is unpacked.")
_LINK = N_("It is a symbolic link.")
_SPECIAL = N_("It is not a regular file.")
_MOVED = N_("The file was replaced while the folder was read.")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file inside: its POSIX path from the root, in Unicode NFC, and the size in bytes that it claims."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that was left out: its name as found, printable, and why, to translate when shown."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Limits:
    entries: int
    total: int
    entry: int
    ratio: int


class Archive(ABC):
    """An open archive. A context manager: leaving it closes the file.

    `entries()` and `refused` are known at once, from names and headers; what shows while reading (a lying
    size, damaged data) is raised by `read` and `open`.
    """

    def __init__(self, limits: _Limits) -> None:
        self.refused: list[Refusal] = []
        self._limits = limits
        self._entries: dict[str, Entry] = {}
        self._claimed = 0
        self._counted: dict[str, int] = {}
        self._total = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Close the file behind the archive. A second time does nothing."""

    def entries(self) -> list[Entry]:
        """Return the files that may be read, by name."""
        return sorted(self._entries.values(), key=lambda entry: entry.name)

    def read(self, name: str, limit: int) -> bytes:
        """Return the whole file.

        Args:
            limit: the most bytes to accept.

        Raises:
            NotFound: no such entry, or it was refused.
            TooLarge: more than `limit`, or more than the archive's own limits.
            Invalid: the data is damaged.
        """
        parts: list[bytes] = []
        size = 0
        with closing(self.open(name)) as chunks:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLarge(_FILE_TOO_LARGE, name=name)
                parts.append(chunk)
        return b"".join(parts)

    def open(self, name: str) -> Generator[bytes, None, None]:
        """Return the file in chunks of at most 64 KiB. Raises as `read`."""
        entry = self._entries.get(name)
        if entry is None:
            raise NotFound(N_("The archive has no such file."), name=name)
        return self._chunks(entry)

    def _chunks(self, entry: Entry) -> Generator[bytes, None, None]:
        size = 0
        try:
            with self._stream(entry) as stream:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    self._count(entry, size)
                    yield chunk
        except _DAMAGED as error:
            raise Invalid(N_("The file cannot be read, or its data is damaged."), name=entry.name) from error

    def _count(self, entry: Entry, size: int) -> None:
        seen = self._counted.get(entry.name, 0)
        if size > seen:
            self._counted[entry.name] = size
            self._total += size - seen
        if size > self._limits.entry:
            raise TooLarge(_FILE_TOO_LARGE, name=entry.name)
        if size > self._most(entry):
            raise TooLarge(_BOMB, name=entry.name)
        if self._total > self._limits.total:
            raise TooLarge(N_("All files together are larger than allowed."), name=entry.name)

    def _most(self, entry: Entry) -> int:
        """How many bytes the entry may have by its compressed size."""
        return self._limits.entry

    @abstractmethod
    def _stream(self, entry: Entry) -> BinaryIO: ...

    def _accept(self, found: str, size: int, problem: str | None) -> str | None:
        """Take the entry, or refuse it; returns the name it is known by."""
        name = _plain_name(found)
        problem = problem or _problem_of_name(found, name) or self._problem_of_size(name, size)
        if problem:
            self.refused.append(Refusal(_printable(found), problem))
            return None
        self._entries[name] = Entry(name, size)
        self._claimed += size
        return name

    def _problem_of_size(self, name: str, size: int) -> str | None:
        if name in self._entries:
            return N_("A file of the same name came before it.")
        if size > self._limits.entry:
            return _FILE_TOO_LARGE
        if self._claimed + size > self._limits.total:
            return N_("With it, all files together would be larger than allowed.")
        return None


def open_archive(
    path: Path,
    *,
    max_entries: int = 10_000,
    max_total: int = 2048 * MIB,
    max_entry: int = 512 * MIB,
    max_ratio: int = 200,
) -> Archive:
    """Open a folder or a .zip archive for reading.

    Args:
        max_entries: files and folders together; more, and nothing is read.
        max_total: bytes of all files, unpacked.
        max_entry: bytes of one file, unpacked.
        max_ratio: how many times a compressed file may grow. Files under 64 KiB are spared.

    Raises:
        Invalid: nothing is there, or it is no archive.
        TooLarge: too many entries.
    """
    limits = _Limits(max_entries, max_total, max_entry, max_ratio)
    if path.is_dir():
        return _Folder(path, limits)
    if path.is_file():
        return _Zip(path, limits)
    raise Invalid(N_("There is no such file or folder."), name=path.name)


_CHUNK = 64 * 1024
_SPARED = 64 * 1024
_LONGEST_NAME = 1024
_DIRECTORY_BYTES = 1024
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)


class _Zip(Archive):
    def __init__(self, path: Path, limits: _Limits) -> None:
        super().__init__(limits)
        self._infos: dict[str, zipfile.ZipInfo] = {}
        file = _Measured(path, max_read=max(MIB, limits.entries * _DIRECTORY_BYTES))
        try:
            self._zip = zipfile.ZipFile(file)
            self._list()
        except _TooMany:
            file.close()
            raise TooLarge(_TOO_MANY) from None
        except _DAMAGED as error:
            file.close()
            raise Invalid(N_("This is not a .zip archive, or it is damaged."), name=path.name) from error
        self._file = file

    def close(self) -> None:
        self._zip.close()
        self._file.close()

    def _list(self) -> None:
        infos = self._zip.infolist()
        if len(infos) > self._limits.entries:
            raise _TooMany
        overlapping = _overlapping(infos)
        for place, info in enumerate(infos):
            if info.orig_filename.endswith("/") and not info.file_size:
                continue  # A folder: those that matter show in the names of their files.
            problem = N_("It shares its data with another file.") if place in overlapping else None
            name = self._accept(info.orig_filename, info.file_size, problem or self._problem_of(info))
            if name is not None:
                self._infos[name] = info

    def _problem_of(self, info: zipfile.ZipInfo) -> str | None:
        if info.orig_filename.endswith("/"):
            return N_("It is a folder that claims to have data.")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind == stat.S_IFLNK:
            return _LINK
        if kind not in (0, stat.S_IFREG):
            return _SPECIAL
        if info.flag_bits & _ENCRYPTED:
            return N_("It is encrypted.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return N_("It is compressed in a way that is not supported.")
        if info.file_size > self._grown(info):
            return _BOMB
        return None

    def _grown(self, info: zipfile.ZipInfo) -> int:
        return max(_SPARED, info.compress_size * self._limits.ratio)

    def _most(self, entry: Entry) -> int:
        return self._grown(self._infos[entry.name])

    def _stream(self, entry: Entry) -> BinaryIO:
        return self._zip.open(self._infos[entry.name])  # type: ignore[return-value]


class _Folder(Archive):
    def close(self) -> None:
        """Nothing: no file stays open between two reads."""

    def __init__(self, path: Path, limits: _Limits) -> None:
        super().__init__(limits)
        self._root = path.resolve()
        self._paths: dict[str, Path] = {}
        self._list()

    def _list(self) -> None:
        count = 0
        folders = [self._root]
        while folders:
            for item in self._items(folders.pop()):
                count += 1
                if count > self._limits.entries:
                    raise TooLarge(_TOO_MANY)
                if item.is_dir(follow_symlinks=False):
                    folders.append(Path(item.path))
                    continue
                self._take(Path(item.path), item.stat(follow_symlinks=False))

    def _items(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as items:
                return sorted(items, key=lambda item: item.name)
        except PermissionError:
            self.refused.append(Refusal(_printable(self._name(folder)), N_("The folder may not be opened.")))
            return []

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _take(self, path: Path, status: os.stat_result) -> None:
        problem = None
        if stat.S_ISLNK(status.st_mode):
            problem = _LINK
        elif not stat.S_ISREG(status.st_mode):
            problem = _SPECIAL
        name = self._accept(self._name(path), status.st_size, problem)
        if name is not None:
            self._paths[name] = path

    def _stream(self, entry: Entry) -> BinaryIO:
        path = self._paths[entry.name]
        if not path.parent.resolve().is_relative_to(self._root):
            raise Invalid(_MOVED, name=entry.name)
        # Neither followed nor waited for, should it have become a link or a pipe since it was listed.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise Invalid(_MOVED, name=entry.name)
        return os.fdopen(handle, "rb")


class _TooMany(Exception):
    """The list of entries is longer than allowed."""


class _Measured(io.FileIO):
    """A file that refuses the one huge read with which `zipfile` would load a huge list of entries."""

    def __init__(self, path: Path, *, max_read: int) -> None:
        super().__init__(path, "rb")
        self._max_read = max_read

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self._max_read:
            raise _TooMany
        return super().read(size) or b""


_ENCRYPTED = 0x1 | 0x40 | 0x2000
_HEADER = 30
_DRIVE = re.compile(r"[A-Za-z]:")


def _overlapping(infos: list[zipfile.ZipInfo]) -> set[int]:
    """The places of entries whose data lies inside another's: how a few bytes claim to hold petabytes."""
    found: set[int] = set()
    end = 0
    for place, info in sorted(enumerate(infos), key=lambda pair: pair[1].header_offset):
        if info.header_offset < end:
            found.add(place)
        end = max(end, info.header_offset + _HEADER + info.compress_size)
    return found


def _plain_name(found: str) -> str:
    parts = unicodedata.normalize("NFC", found).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def _problem_of_name(found: str, name: str) -> str | None:
    if found.startswith(("/", "\\")) or _DRIVE.match(found):
        return N_("Its name is absolute.")
    if ".." in name.split("/"):
        return N_("Its name leads out of the archive.")
    if not name or _printable(found) != found:
        return N_("Its name cannot be used.")
    if len(name) > _LONGEST_NAME:
        return N_("Its name is too long.")
    return None


def _printable(name: str) -> str:
    """The name with control characters and undecodable bytes as `?`, so that it can be stored and shown."""
    return "".join("?" if unicodedata.category(char) in ("Cc", "Cs") else char for char in name)
