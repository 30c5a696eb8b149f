"""What `core.text_worker` reads in office documents: zip archives of XML, with limits on entries, size and growth.

Nothing here runs outside of that worker.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any, BinaryIO

from defusedxml.ElementTree import iterparse

from core.confined import MIB, refuse

MAX_ENTRIES = 10_000
MAX_UNPACKED = 64 * MIB
MAX_RATIO = 200
SPARED = 64 * 1024  # bytes that an entry may always have

_AROUND = re.compile(r"word/(header|footer)\d*\.xml")
_SHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")
_SLIDE = re.compile(r"ppt/slides/slide\d+\.xml")
_NOTES = re.compile(r"ppt/notesSlides/notesSlide\d+\.xml")
_NUMBER = re.compile(r"\d+")


class Package:
    """A zip archive of XML, read with limits on entries, on all that is unpacked and on how much an entry grows."""

    def __init__(self, file: BinaryIO) -> None:
        if not zipfile.is_zipfile(file):
            refuse("locked" if _is_ole(file) else "format")
        self._zip = zipfile.ZipFile(file)
        if len(self._zip.filelist) > MAX_ENTRIES:
            refuse("large")
        self._names = self._zip.namelist()
        self._left = MAX_UNPACKED

    def named(self, pattern: re.Pattern[str]) -> list[str]:
        """The entries whose names match, in the order of the numbers in them."""
        found = [name for name in self._names if pattern.fullmatch(name)]
        return sorted(found, key=lambda name: [int(number) for number in _NUMBER.findall(name)])

    def paragraphs(self, name: str, *, ends: set[str], text: Callable[[Any], str], without: str = "") -> Iterator[str]:
        """The text of each element of some names in one entry, and nothing where there is no such entry.

        Args:
            name: of the entry.
            ends: local names of the elements.
            text: makes the text of one.
            without: local name of elements that are left out with all they hold.
        """
        if name not in self._names:
            return
        inside_left_out = 0
        with _Counted(self, name) as stream:
            for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
                local = _local(element)
                if local == without:
                    inside_left_out += 1 if event == "start" else -1
                if event == "end" and local in ends:
                    if not inside_left_out:
                        yield text(element)
                    element.clear()

    def open(self, name: str) -> tuple[IO[bytes], int]:
        """An entry, and the bytes that it may have."""
        info = self._zip.getinfo(name)
        if info.flag_bits & 0x1:
            refuse("locked")
        return self._zip.open(info), max(SPARED, info.compress_size * MAX_RATIO)

    def spend(self, size: int) -> None:
        """Count bytes of all entries together; `large` when they are too many."""
        self._left -= size
        if self._left < 0:
            raise MemoryError


class _Counted:
    """An entry as a stream that counts what it gives and never believes a header."""

    def __init__(self, package: Package, name: str) -> None:
        self._package = package
        self._stream, self._left = package.open(name)

    def __enter__(self) -> _Counted:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self, size: int = -1) -> bytes:
        """At most 64 KiB."""
        chunk = self._stream.read(SPARED if size < 0 else min(size, SPARED))
        self._left -= len(chunk)
        if self._left < 0:
            raise MemoryError
        self._package.spend(len(chunk))
        return chunk


def docx(package: Package) -> Iterator[str]:
    """The paragraphs of a text document of Microsoft's kind, without what was deleted and is only tracked."""
    for name in ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml", *package.named(_AROUND)):
        yield from package.paragraphs(name, ends={"p"}, text=_runs)


def pptx(package: Package) -> Iterator[str]:
    """The slides of a presentation of Microsoft's kind in the order of their numbers, then the speaker's notes."""
    for name in package.named(_SLIDE) + package.named(_NOTES):
        yield from package.paragraphs(name, ends={"p"}, text=_runs)


def xlsx(package: Package) -> Iterator[str]:
    """The words in the cells of a spreadsheet of Microsoft's kind; numbers and dates are left out."""
    yield from package.paragraphs("xl/workbook.xml", ends={"sheet"}, text=lambda sheet: sheet.get("name", ""))
    yield from package.paragraphs("xl/sharedStrings.xml", ends={"si"}, text=_runs)
    for name in package.named(_SHEET):
        yield from package.paragraphs(name, ends={"c"}, text=_cell)


def odf(package: Package) -> Iterator[str]:
    """The paragraphs and headings of a document of OpenDocument's kind, without what was deleted and is only tracked."""
    yield from package.paragraphs("content.xml", ends={"p", "h"}, text=_mixed, without="tracked-changes")


OFFICE: dict[str, Callable[[Package], Iterator[str]]] = {"docx": docx, "pptx": pptx, "xlsx": xlsx, "odf": odf}


def _runs(element: Any) -> str:
    """The `t` elements inside, with gaps for tabs and line breaks."""
    parts = []
    for node in element.iter():
        local = _local(node)
        parts.append((node.text or "") if local == "t" else " " if local in ("tab", "br", "cr") else "")
    return "".join(parts)


def _cell(cell: Any) -> str:
    """Words that stand in a cell itself: typed there, or what a formula makes."""
    if cell.get("t") == "inlineStr":
        return _runs(cell)
    return "".join(node.text or "" for node in cell if _local(node) == "v") if cell.get("t") == "str" else ""


def _mixed(element: Any) -> str:
    """All text inside, with gaps where the document says so by an element."""
    parts = [element.text or ""]
    for child in element:
        parts.append(" " if _local(child) in ("s", "tab", "line-break") else _mixed(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_ole(file: BinaryIO) -> bool:
    """Whether this is the container in which office programs put what they encrypt."""
    file.seek(0)
    return file.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
