"""Names of files that came from outside, made safe to show, to save and to pack."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 200

_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)
_JOINERS = "\u200c\u200d"  # invisible, but part of emoji and of Persian and Indic words


def clean_filename(name: str) -> str:
    """A name that is safe to show, to save and to put into an archive on every system.

    Takes the last part of a path; drops control characters and those that turn the direction of writing;
    keeps at most 200 bytes of UTF-8 and the ending. What leaves nothing becomes `file`.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    name = "".join(map(_visible, re.split(r"[/\\]", name.rstrip("/\\"))[-1]))
    name = _tidy(name)
    return _shortened(f"_{name}" if _RESERVED.match(name) else name) or "file"


def _visible(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in ("Zl", "Zp", "Zs") or character in "\t\n\r":
        return " "
    return "" if kind in ("Cc", "Cf", "Cs", "Cn") and character not in _JOINERS else character


def _tidy(name: str) -> str:
    return re.sub(r" {2,}", " ", name).strip(" " + _JOINERS).rstrip(". " + _JOINERS)


def _shortened(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if len(ending.encode()) > 20 or not stem:
        stem, dot, ending = name, "", ""
    room = MAX_NAME - len((dot + ending).encode())
    return _tidy(_cut(stem, room) + dot + ending)


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
