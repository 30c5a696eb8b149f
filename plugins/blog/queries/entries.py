"""A post as it was read, and what follows from that without another query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from cercle import gettext, time_span
from plugins.blog.models import is_out

WORDS_A_MINUTE = 220
_ADDRESS = re.compile(r"https://[^\s/?#\\]+\S*")


@dataclass(frozen=True, slots=True)
class Tag:
    """A word that posts are filed under."""

    slug: str
    label: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as pages, feeds and the API show it; lists leave `body` and `body_html` empty."""

    id: int
    club_id: int
    slug: str
    title: str
    summary: str
    lead: str
    words: int
    cover_hash: str | None
    cover_size: int
    cover_alt: str
    state: str
    audience: str
    publish_at: datetime | None
    published_at: datetime | None
    trashed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    author_id: int | None
    author_name: str | None
    author_handle: str | None
    author_photo: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    place: str
    tags: tuple[Tag, ...] = ()
    body: str = ""
    body_html: str = ""

    @property
    def is_out(self) -> bool:
        """Whether its readers see it now."""
        return is_out(self.state, self.published_at)

    @property
    def minutes(self) -> int:
        """How long it takes to read, in minutes, at least one."""
        return max(1, round(self.words / WORDS_A_MINUTE))

    @property
    def when(self) -> str:
        """When that is what it invites to, in words of the reader's language and time zone; "" when to nothing."""
        return time_span(self.starts_at, self.ends_at) if self.starts_at else ""

    @property
    def place_url(self) -> str:
        """The place where it is an address, or ""."""
        return self.place if _ADDRESS.fullmatch(self.place) else ""

    @property
    def label(self) -> str:
        """The labels of its tags, as they are typed."""
        return ", ".join(tag.label for tag in self.tags)


def author_of(post: Entry) -> str:
    """The name of who wrote it."""
    return name_of(post.author_name)


def name_of(author: str | None) -> str:
    """The name of an author, who may have left the site."""
    return author or gettext("A former member")
