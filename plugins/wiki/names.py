"""Names and addresses: from a title or a `[[link]]` to the slug of a page, and from a slug to where it is."""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import quote

from slugify import slugify

from cercle import current_app
from plugins.wiki.models import HOME

MAX_SLUG = 80
_SLUG = re.compile(r"[a-z0-9]+(?:[-~][a-z0-9]+)*")
_RESERVED = frozenset({"new"})


class InClub(Protocol):
    """A club, as far as addresses need it."""

    slug: str


def slug_of(title: str) -> str:
    """The slug that a title or the name in a link stands for; "" when it has neither letters nor digits."""
    slug: str = slugify(title[:400], max_length=MAX_SLUG)
    return f"{slug}-page" if slug in _RESERVED else slug


def canonical(text: str) -> str:
    """A slug as it comes in an address, made into one that can exist: `Mon%20Titre` finds the page too."""
    return text if len(text) <= 120 and _SLUG.fullmatch(text) else slug_of(text.replace("\0", ""))


def page_url(club: InClub, slug: str) -> str:
    """The address of a page; the home page is the address of the wiki itself."""
    if slug == HOME:
        return current_app().urls.path("wiki:pages.home", club=club.slug)
    return current_app().urls.path("wiki:pages.show", club=club.slug, slug=slug)


def missing_url(club: InClub, name: str) -> str:
    """Where a page that is not written yet can be begun."""
    return current_app().urls.path("wiki:pages.new", club=club.slug, title=name)


def file_url(club: InClub, key: str, name: str) -> str:
    """The address of an attachment."""
    return current_app().urls.path("wiki:attachments.show", club=club.slug, key=key, file=name)


def file_markdown(name: str, *, shown: bool) -> str:
    """How a text refers to an attachment of its own page.

    Args:
        name: the attachment's.
        shown: as a picture, instead of a link.
    """
    label = re.sub(r"([\[\]\\`*_<>])", r"\\\1", name)
    return f"{'!' if shown else ''}[{label}]({quote(name)})"
