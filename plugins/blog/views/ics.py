"""What a post invites to as a file for calendars (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from plugins.blog.queries.entries import Entry

MEDIA_TYPE = "text/calendar; charset=utf-8"
_OCTETS = 75


def calendar_of(post: Entry, *, url: str) -> bytes:
    """A calendar with the one event that a post invites to.

    Args:
        post: with a beginning.
        url: its absolute address.

    Raises:
        ValueError: for a post that invites to nothing.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Cercle//Blog//EN", "CALSCALE:GREGORIAN"]
    lines += ["BEGIN:VEVENT", *_event(post, url), "END:VEVENT", "END:VCALENDAR"]
    return b"".join(_folded(line) for line in lines)


def _event(post: Entry, url: str) -> Iterator[str]:
    if post.starts_at is None:
        raise ValueError("The post invites to nothing")
    yield f"UID:blog-post-{post.id}@{urlsplit(url).hostname}"
    yield f"DTSTAMP:{_moment(post.updated_at)}"
    yield f"SEQUENCE:{post.version - 1}"
    yield f"DTSTART:{_moment(post.starts_at)}"
    if post.ends_at:
        yield f"DTEND:{_moment(post.ends_at)}"
    yield f"SUMMARY:{_escaped(post.title)}"
    if post.place:
        yield f"LOCATION:{_escaped(post.place)}"
    if post.lead:
        yield f"DESCRIPTION:{_escaped(post.lead)}"
    yield f"URL:{_uri(url)}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """A text value (RFC 5545, 3.3.11): backslash, comma, semicolon and line ends; other controls are left out."""
    for plain, written in (("\\", "\\\\"), (",", "\\,"), (";", "\\;"), ("\r\n", "\\n"), ("\r", "\\n"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return "".join(
        letter for letter in text if letter == "\t" or (ord(letter) >= 32 and not "\x7f" <= letter <= "\x9f")
    ).translate({0x2028: " ", 0x2029: " "})


def _uri(text: str) -> str:
    """An address cannot hold white space or controls, so none ends the line."""
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace())


def _folded(line: str) -> bytes:
    """A line in pieces of at most 75 octets, none of which cuts a letter in two (RFC 5545, 3.1)."""
    pieces, piece = [], b""
    for letter in line:
        raw = letter.encode()
        if len(piece) + len(raw) > _OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += raw
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
