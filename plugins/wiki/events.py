"""What happens to pages."""

from dataclasses import dataclass

from cercle import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePublished(Event, name="wiki.page_published"):
    """A new page."""

    page_id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChanged(Event, name="wiki.page_changed"):
    """A new version of a page."""

    page_id: int
    title: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRenamed(Event, name="wiki.page_renamed"):
    """A page has another title; the slugs are the same when its address did not change."""

    page_id: int
    title: str
    old_slug: str
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTrashed(Event, name="wiki.page_trashed"):
    """A page was put into the trash."""

    page_id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRestored(Event, name="wiki.page_restored"):
    """A page was taken out of the trash."""

    page_id: int
    title: str
