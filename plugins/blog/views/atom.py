"""Atom documents (RFC 4287) of posts. Addresses are absolute, ids are tag URIs (RFC 4151), contents are escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from cercle import Club, gettext
from plugins.blog.queries.entries import Entry, author_of

ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

register_namespace("", ATOM)


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a feed and what it tells of can be found.

    Args:
        base_url: of the site, without a slash at its end.
        path: of the feed itself.
        blog_path: of the blog's first page.
        post_paths: of the posts, by their ids.
        zone: the name of the time zone at hand.
    """

    base_url: str
    path: str
    blog_path: str
    post_paths: Mapping[int, str]
    zone: str = "UTC"


def make_feed(feed: Feed, club: Club, posts: Sequence[Entry]) -> bytes:
    """The document, in UTF-8.

    Args:
        feed: its addresses.
        club: whose blog it is.
        posts: with their texts, newest first.
    """
    root = Element(f"{{{ATOM}}}feed")
    _add(root, "id", f"{_tag(feed, club.created_at)}:club/{club.id}/blog")
    _add(root, "title", gettext("%(club)s: blog", club=club.name))
    _add(root, "updated", _moment(max((changed_at(post) for post in posts), default=club.created_at)))
    _add(root, "link", rel="self", type="application/atom+xml", href=urljoin(feed.base_url, feed.path))
    _add(root, "link", rel="alternate", type="text/html", href=urljoin(feed.base_url, feed.blog_path))
    _add(root, "generator", "Cercle")
    for post in posts:
        _entry(root, feed, post)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def changed_at(post: Entry) -> datetime:
    """When readers last saw something new in a post: its latest version, or its publication."""
    return max(post.updated_at, post.published_at or post.updated_at)


def _entry(root: Element, feed: Feed, post: Entry) -> None:
    address = urljoin(feed.base_url, feed.post_paths[post.id])
    entry = _add(root, "entry")
    _add(entry, "id", f"{_tag(feed, post.created_at)}:blog/post/{post.id}")
    _add(entry, "title", post.title)
    _add(entry, "link", rel="alternate", type="text/html", href=address)
    _add(entry, "published", _moment(post.published_at or post.updated_at))
    _add(entry, "updated", _moment(changed_at(post)))
    _add(_add(entry, "author"), "name", author_of(post))
    for tag in post.tags:
        _add(entry, "category", term=tag.slug, label=tag.label)
    words = _occasion(feed, post)
    if summary := "\n".join(text for text in (words, post.lead) if text):
        _add(entry, "summary", summary)
    body = f"<p><strong>{escape(words)}</strong></p>\n{post.body_html}" if words else post.body_html
    content = _add(entry, "content", body, type="html")
    content.set(f"{{{_XML}}}base", address)


def _occasion(feed: Feed, post: Entry) -> str:
    """What it invites to; with the time zone, because nobody knows where a feed is read."""
    return " · ".join(text for text in (f"{post.when} ({feed.zone})", post.place) if text) if post.when else ""


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


def _tag(feed: Feed, minted: datetime) -> str:
    return f"tag:{urlsplit(feed.base_url).hostname},{minted.astimezone(UTC):%Y-%m-%d}:cercle"
