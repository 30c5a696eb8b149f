"""What a post invites to as a file for calendars (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cercle import content_lines, text_value, uri_value
from plugins.blog.queries.entries import Entry

MEDIA_TYPE = "text/calendar; charset=utf-8"


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
    return content_lines(lines)


def _event(post: Entry, url: str) -> Iterator[str]:
    if post.starts_at is None:
        raise ValueError("The post invites to nothing")
    yield f"UID:blog-post-{post.id}@{urlsplit(url).hostname}"
    yield f"DTSTAMP:{_moment(post.updated_at)}"
    yield f"SEQUENCE:{post.version - 1}"
    yield f"DTSTART:{_moment(post.starts_at)}"
    if post.ends_at:
        yield f"DTEND:{_moment(post.ends_at)}"
    yield f"SUMMARY:{text_value(post.title)}"
    if post.place:
        yield f"LOCATION:{text_value(post.place)}"
    if post.lead:
        yield f"DESCRIPTION:{text_value(post.lead)}"
    yield f"URL:{uri_value(url)}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
