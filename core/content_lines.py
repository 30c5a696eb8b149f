"""The lines of calendars and business cards: their texts, their addresses and how long they are (RFC 5545 and RFC 6350 agree)."""

from __future__ import annotations

from collections.abc import Iterable

_OCTETS = 75
_ESCAPES = (("\\", "\\\\"), (",", "\\,"), (";", "\\;"), ("\r\n", "\\n"), ("\r", "\\n"), ("\n", "\\n"))


def content_lines(lines: Iterable[str]) -> bytes:
    """A whole file: each line folded into pieces of at most 75 octets, none of which cuts a letter in two.

    Args:
        lines: a property each, its values made by `text_value` or `uri_value`.

    Source: RFC 5545, 3.1; RFC 6350, 3.2.
    """
    return b"".join(_folded(line) for line in lines)


def text_value(text: str) -> str:
    """A text as the value of a property: backslash, comma, semicolon and line ends are escaped; other controls are left out.

    Source: RFC 5545, 3.3.11; RFC 6350, 3.4.
    """
    for plain, written in _ESCAPES:
        text = text.replace(plain, written)
    return "".join(
        letter for letter in text.translate({0x2028: " ", 0x2029: " "}) if letter == "\t" or not _controls(letter)
    )


def uri_value(text: str) -> str:
    """An address as the value of a property; it holds no white space and no controls, so none ends the line."""
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace())


def _controls(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter <= "\x9f"


def _folded(line: str) -> bytes:
    pieces, piece = [], b""
    for letter in line:
        raw = letter.encode()
        if len(piece) + len(raw) > _OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += raw
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
