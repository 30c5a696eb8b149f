"""Reads the text of one file in a process with little memory, little time and no secrets: `core.texts` starts it.

`python -m core.text_worker '{"kind": "pdf", "most": 50000, "seconds": 15}'` reads a file from standard input and writes its
text to standard output, as much as it could read until its limits. A refusal ends it with status 3 and one word on
standard error: `format`, `locked`, `large`, `empty`, `slow` or `broken`.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from html.parser import HTMLParser

from core.confined import MIB, limit_this_process, read_input, refuse
from core.office_texts import OFFICE, Package

MEMORY = 1024 * MIB
GRACE = 5  # seconds of processor time to write down what was read
MAX_INPUT = 64 * MIB
MAX_TEXT = 2 * MIB  # the beginning of a file that is nothing but text

_UNSEEN = {"script", "style", "template", "noscript", "svg"}
_HYPHEN = re.compile(r"(?<=\w)(?:-|\u00ad)\n(?=[^\W\d_])")


class OutOfTime(BaseException):
    """The processor time is used up; not an `Exception`, so that no reader of a format takes it for damage."""


def main() -> None:
    """Limits itself, reads, and writes what it found."""
    wanted = json.loads(sys.argv[1])
    limit_this_process(memory=MEMORY, seconds=wanted["seconds"], grace=GRACE)
    signal.signal(signal.SIGXCPU, _stop)
    found, problem = Found(wanted["most"]), "empty"
    try:
        found.take(READERS[wanted["kind"]]())
    except OutOfTime:
        problem = "slow"
    except MemoryError:
        problem = "large"
    except Exception:  # noqa: BLE001 - whatever a hostile file makes a reader raise
        problem = "broken"
    text = found.text()
    if not text:
        refuse(problem)
    sys.stdout.buffer.write(text.encode(errors="replace"))


class Found:
    """The text so far."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: list[str] = []
        self._length = 0

    def take(self, parts: Iterable[str]) -> None:
        """Collect these until there is enough."""
        for part in parts:
            cleaned = tidy(part[: 4 * self._most])
            if cleaned:
                self._parts.append(cleaned)
                self._length += len(cleaned) + 1
            if self._length > self._most:
                return

    def text(self) -> str:
        """All of it, one line for each part, cut at the limit."""
        return "\n".join(self._parts)[: self._most].strip()


def tidy(text: str) -> str:
    """Without control characters and halves of characters, which databases refuse, and with single spaces."""
    visible = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs", "Co") else letter for letter in text)
    return " ".join(visible.split())


def plain() -> Iterator[str]:
    """A file that is nothing but text: its lines."""
    yield from _decoded(sys.stdin.buffer.read(MAX_TEXT)).splitlines()


def html() -> Iterator[str]:
    """What a browser would show, without the tags."""
    page = _Page()
    page.feed(_decoded(sys.stdin.buffer.read(MAX_TEXT)))
    page.close()
    yield from "".join(page.parts).splitlines()


def pdf() -> Iterator[str]:
    """The text of each page; a page that cannot be read is left out."""
    import logging

    from pypdf import PasswordType, PdfReader

    logging.disable()
    reader = PdfReader(read_input(MAX_INPUT), strict=False)
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        refuse("locked")
    for number in range(len(reader.pages)):
        try:
            text = reader.pages[number].extract_text()
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112 - one damaged page does not take the others along
            continue
        yield _HYPHEN.sub("", unicodedata.normalize("NFKC", text))


def _office(kind: str) -> Iterator[str]:
    return OFFICE[kind](Package(read_input(MAX_INPUT)))


READERS: dict[str, Callable[[], Iterator[str]]] = {
    "plain": plain,
    "html": html,
    "pdf": pdf,
    **{kind: partial(_office, kind) for kind in OFFICE},
}


class _Page(HTMLParser):
    """Collects the text between tags; every tag counts as a gap, those of blocks as a line end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden.append(tag)
        self._gap(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()
        self._gap(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def _gap(self, tag: str) -> None:
        if tag not in ("a", "b", "i", "em", "strong", "span", "u", "sub", "sup", "mark", "small", "abbr"):
            self.parts.append("\n")


def _decoded(content: bytes) -> str:
    """Text as UTF-8 or UTF-16 where that fits, else as the western code page; `format` for what is no text."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        text = getincrementaldecoder("utf-8")().decode(content.removeprefix(BOM_UTF8))
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if text.count("\0") > len(text) // 100:
        refuse("format")
    return text


def _stop(_signal: int, _frame: object) -> None:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)  # it comes each second, and once is enough
    raise OutOfTime


if __name__ == "__main__":
    main()
