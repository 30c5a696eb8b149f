"""Navigation as data: tabs of a club, links, panels. Plugins return these, never HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.i18n import gettext
from core.selects import Select

if TYPE_CHECKING:
    from core.accounts.viewer import Viewer
    from core.http import Request


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere.

    Args:
        label: the words, translated.
        url: where they lead.
        icon: name of an icon of the sprite.
        note: a few quiet words beside them.
        key: what to type for it on a keyboard, where there is something.
        photo: the address of a person's photo, for links to people who have one.
    """

    label: str
    url: str
    icon: str = ""
    note: str = ""
    key: str = ""
    photo: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a club. `key` is the letter that leads to it after `g` on a keyboard; `away` says that it is unavailable."""

    label: str
    url: str
    icon: str
    active: bool = False
    key: str = ""
    away: bool = False


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands above the pages of a club until it is settled.

    Args:
        text: what is so, translated.
        more: where it is said at length.
        act: what settles it: the words of a button, and where it posts to as its `url`; None where the viewer may not.
    """

    text: str
    more: Link | None = None
    act: Link | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What everybody reads above every page of the site.

    Args:
        text: in the words of who wrote it.
        tone: `info`, `warning` or `error`.
        more: where it is said at length.
        mark: what is sent to put it away; "" for one that stays.
    """

    text: str
    tone: str = "info"
    more: Link | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A quiet box beside or below the main column.

    Args:
        title: its heading, translated.
        links: its rows.
        more: where "all of them" leads.
        order: smaller stands higher.
        template: a template of the plugin for richer content, given `context`; None shows the links.
    """

    title: str
    links: tuple[Link, ...] = ()
    more: Link | None = None
    order: int = 100
    template: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """A panel whose rows are read together with those of the other panels, in one query for all.

    It is made only where these rows are not those it was last made from, so it may show nothing but them.

    Args:
        select: its rows, only such as the viewer may see.
        make: the panel of these rows, in the order of the SELECT; None where there is nothing to show. Times are texts.
    """

    select: Select
    make: Callable[[list[list[Any]]], Panel | None]


def _no_panel(_: list[list[Any]]) -> None:
    return None


@dataclass(frozen=True, slots=True)
class DatesQuery(PanelQuery):
    """What members of a club meet for next. The dates of all plugins stand together on its home, in one panel, the soonest first,
    in the reader's language and time zone.

    Args:
        select: rows with the columns `title`, `url`, `starts_at`, `ends_at` and `place` of what is going on or still to come,
            soonest first, at most five, only such as the viewer may see. `url` is a path; `ends_at` may be empty.
        more: where all of them are.
    """

    make: Callable[[list[list[Any]]], Panel | None] = field(default=_no_panel, init=False)
    more: Link | None = None


class Navigation:
    """Builds the tabs and names plugins; `spaces` says how, because the core knows no club."""

    def __init__(self) -> None:
        self._tabs: Callable[[Request], tuple[Tab, ...]] | None = None
        self._title: Callable[[Request, str], str] | None = None
        self._banners: Callable[[Request], tuple[Banner, ...]] | None = None
        self._notices: Callable[[Request], tuple[Notice, ...]] | None = None
        self._trail: Callable[[Request], Link | None] | None = None
        self.dates: dict[str, Callable[[Viewer], Select]] = {}

    def provide_tabs(self, make: Callable[[Request], tuple[Tab, ...]]) -> None:
        """Say how the tabs of a request are made."""
        self._tabs = make

    def tabs(self, request: Request) -> tuple[Tab, ...]:
        """The tabs for this request; none outside a club."""
        return self._tabs(request) if self._tabs and request.club is not None else ()

    def provide_banners(self, make: Callable[[Request], tuple[Banner, ...]]) -> None:
        """Say what stands above the pages of a club."""
        self._banners = make

    def banners(self, request: Request) -> tuple[Banner, ...]:
        """What stands above this page; nothing outside a club."""
        return self._banners(request) if self._banners and request.club is not None else ()

    def provide_trail(self, find: Callable[[Request], Link | None]) -> None:
        """Say what stands above a club; it is asked for each page, so it makes no query."""
        self._trail = find

    def trail(self, request: Request) -> Link | None:
        """What stands above the club of this request, as far as the viewer may know of it; None outside a club."""
        return self._trail(request) if self._trail and request.club is not None else None

    def provide_notices(self, make: Callable[[Request], tuple[Notice, ...]]) -> None:
        """Say what everybody reads above every page; it is asked for each page, so it makes no query."""
        self._notices = make

    def notices(self, request: Request) -> tuple[Notice, ...]:
        """What stands above this page, whoever looks at it."""
        return self._notices(request) if self._notices else ()

    def provide_dates(self, plugin: str, make: Callable[[Viewer], Select]) -> None:
        """Say what a plugin knows of what comes next in all clubs of somebody, for their home.

        Args:
            plugin: its name.
            make: the query for a viewer, with the columns of a `DatesQuery` and `club_id` as the last, soonest first, at most
                five rows, only such as they may see.
        """
        self.dates[plugin] = make

    def provide_titles(self, find: Callable[[Request, str], str]) -> None:
        """Say how a plugin is called where a request is."""
        self._title = find

    def title(self, request: Request, plugin: str) -> str:
        """What a plugin is called here, in the reader's language; "" for one that does not run."""
        if self._title and request.club is not None:
            return self._title(request, plugin)
        loaded = request.app.parts.get(plugin)
        return gettext(loaded.part.title) if loaded else ""
