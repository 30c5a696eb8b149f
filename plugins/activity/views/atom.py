"""Atom documents (RFC 4287) of what happened. Addresses are absolute, ids are tag URIs (RFC 4151), texts are escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from plugins.activity.queries import Happened
from plugins.activity.views.groups import actor_of, headline_of

ATOM = "http://www.w3.org/2005/Atom"
MINTED = "2026-11-24"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

register_namespace("", ATOM)


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a feed and what it tells of can be found.

    Args:
        base_url: of the site, without a slash at its end.
        path: of the feed itself; without its secret it names the feed.
        page: of the page that shows the same.
        title: in the reader's language.
    """

    base_url: str
    path: str
    page: str
    title: str


def make_feed(feed: Feed, lines: Sequence[Happened]) -> bytes:
    """The document, in UTF-8.

    Args:
        feed: its addresses.
        lines: latest first.
    """
    root = Element(f"{{{ATOM}}}feed")
    _add(root, "id", f"{_tag(feed)}:activity{feed.page}")
    _add(root, "title", feed.title)
    _add(root, "updated", _moment(lines[0].at if lines else datetime.fromisoformat(f"{MINTED}T00:00:00+00:00")))
    _add(root, "link", rel="self", type="application/atom+xml", href=urljoin(feed.base_url, feed.path))
    _add(root, "link", rel="alternate", type="text/html", href=urljoin(feed.base_url, feed.page))
    _add(root, "generator", "Cercle")
    for line in lines:
        _entry(root, feed, line)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(root: Element, feed: Feed, line: Happened) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", f"{_tag(feed)}:activity/{line.id}")
    _add(entry, "title", headline_of(line))
    _add(entry, "link", rel="alternate", type="text/html", href=urljoin(feed.base_url, line.url or feed.page))
    _add(entry, "updated", _moment(line.at))
    _add(_add(entry, "author"), "name", actor_of(line))


def _add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    element = SubElement(parent, f"{{{ATOM}}}{name}", {key: _clean(value) for key, value in attributes.items()})
    if text:
        element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot carry in any form."""
    return _FORBIDDEN.sub("", text)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _tag(feed: Feed) -> str:
    return f"tag:{urlsplit(feed.base_url).hostname},{MINTED}:cercle"
