"""What the home of a club shows, in one query: who is in it, what is new, and the rows of the plugins' panels."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from markupsafe import Markup

from core.accounts.sessions import moment
from core.accounts.shown import shown_column
from core.accounts.viewer import Viewer
from core.dispatch.answers import complaint_about, kinds_of
from core.dispatch.calls import HookFault
from core.errors import PluginError
from core.hooks import Hooks
from core.navigation import DatesQuery, Link, Panel, PanelQuery
from core.selects import Select, read_together, rows_in
from spaces.catalogue import visible_sql
from spaces.models import Club
from spaces.queries import next_dates
from spaces.queries.arrivals import Arrival, arrivals_of, arrivals_select
from spaces.queries.club_groups import GroupLink, groups_of, groups_select
from spaces.queries.next_dates import NextDates
from spaces.queries.people import Company, company_of, company_select
from spaces.queries.welcome import Welcome, welcome_of, welcome_select

NEWS = 8
_NEWS = ("plugin", "kind", "title", "summary", "url", "updated_at", "author_name", "author_handle", "author_photo")
_HOOK = "club_panels"
_PANEL = kinds_of(Panel | None)
Asked = tuple[str, Panel | PanelQuery]
"""A panel, or the question for it, and the plugin that gave it."""
Dates = Sequence[tuple[str, DatesQuery]]
"""The questions for what is to come, and the plugins that asked them."""
Show = Callable[[str, Mapping[str, Any]], Markup]
"""Renders a template with a context."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote it."""

    name: str
    handle: str
    shown_photo: str | None


@dataclass(frozen=True, slots=True)
class News:
    """Something new in a club."""

    plugin: str
    kind: str
    title: str
    summary: str
    url: str
    updated_at: datetime | None
    author: Author | None


@dataclass(frozen=True, slots=True)
class Box:
    """A plugin's panel as it is shown.

    Args:
        title: its heading.
        links: its rows.
        more: where "all of them" leads.
        order: smaller stands higher.
        html: what stands in it instead of the rows, from a template of the plugin.
        is_away: whether it could not be made; then there is nothing in it.
    """

    title: str
    links: tuple[Link, ...] = ()
    more: Link | None = None
    order: int = 100
    html: Markup | None = None
    is_away: bool = False


class Front:
    """The rows that the home of a club is made of, as they were read.

    Args:
        hooks: of the site; panels that cannot be made are recorded there.
        club: the club.
        asked: the panels.
        dates: what is asked for what is to come.
        texts: the rows of the company, of the arrivals, of the news, of the viewer, of the groups, of each `DatesQuery` and of
            each `PanelQuery`.
        failed: the plugins whose panels could not be asked for or read.
    """

    def __init__(
        self,
        hooks: Hooks,
        club: Club,
        asked: Sequence[Asked],
        dates: Dates,
        texts: Sequence[str],
        failed: Collection[str] = (),
    ) -> None:
        self._hooks, self._club, self._asked, self._dates = hooks, club, asked, dates
        self._failed = list(dict.fromkeys(failed))
        self._company, self._arrivals, self._news, self._welcome, self._groups, *rest = texts
        self._date_rows, self._rows = rest[: len(dates)], rest[len(dates) :]

    @property
    def facts(self) -> tuple[object, ...] | None:
        """What was read and, because pages say how long ago things were, the minute; None where that may not be all."""
        ready = [one for _, one in self._asked if isinstance(one, Panel)]
        if self._failed or any(panel.template for panel in ready):
            return None
        plain = tuple((panel.title, panel.links, panel.more, panel.order) for panel in ready)
        read = (self._company, self._arrivals, self._news, self._welcome, self._groups, *self._date_rows, *self._rows)
        return (*read, tuple(one.more for _, one in self._dates), plain, int(time.time() // 60))

    @property
    def company(self) -> Company:
        """Who is in the club."""
        return company_of(rows_in(self._company))

    @property
    def arrivals(self) -> list[Arrival]:
        """Who joined lately."""
        return arrivals_of(rows_in(self._arrivals))

    @property
    def news(self) -> list[News]:
        """What was published or changed last."""
        return [
            News(plugin, kind, title, summary, url, moment(changed), Author(*author) if author[0] else None)
            for plugin, kind, title, summary, url, changed, *author in rows_in(self._news)
        ]

    @property
    def groups(self) -> list[GroupLink]:
        """The groups of the club that the viewer may know of."""
        return groups_of(rows_in(self._groups))

    @property
    def welcome(self) -> Welcome:
        """What the viewer is greeted with."""
        return welcome_of(self._club, rows_in(self._welcome))

    async def next_dates(self) -> NextDates:
        """What is to come; a plugin whose rows cannot be read is among the panels that are away."""
        made = list[NextDates]()
        for (plugin, one), text in zip(self._dates, self._date_rows, strict=True):
            work = partial(_dates_in, plugin, one, text)
            found = await self._hooks.attempt(plugin, _HOOK, self._club.id, work)
            if isinstance(found, HookFault):
                self._failed.append(plugin)
            else:
                made.append(found)
        return next_dates.together(made)

    async def panels(self, show: Show, title_of: Callable[[str], str]) -> list[Box]:
        """The panels in their order; one that cannot be made says so in its place.

        Args:
            show: renders a plugin's template with a context.
            title_of: what a plugin is called here.
        """
        rows, made, failed = iter(self._rows), list[Box](), list(self._failed)
        for plugin, one in self._asked:
            box = await self._box(plugin, one, next(rows) if isinstance(one, PanelQuery) else "", show)
            if isinstance(box, HookFault):
                failed.append(plugin)
            elif box is not None:
                made.append(box)
        made += [Box(title_of(plugin), is_away=True) for plugin in dict.fromkeys(failed)]
        return sorted(made, key=lambda box: box.order)

    async def _box(self, plugin: str, asked: Panel | PanelQuery, text: str, show: Show) -> Box | HookFault | None:
        """Made inside the fence, with all that comes of a plugin."""

        def make() -> Box | None:
            panel = asked if isinstance(asked, Panel) else asked.make(rows_in(text))
            if complaint := complaint_about(panel, _PANEL):
                raise PluginError(f"Answered {complaint}", plugin=plugin)
            if panel is None:
                return None
            html = show(panel.template, panel.context) if panel.template else None
            return Box(panel.title, tuple(panel.links), panel.more, panel.order, html)

        box: Box | HookFault | None = await self._hooks.attempt(plugin, _HOOK, self._club.id, make)
        return box


async def read_front(hooks: Hooks, club: Club, viewer: Viewer, plugins: Collection[str]) -> Front:
    """Ask the plugins that can be read for their panels, and read everything at once.

    Args:
        hooks: of the site.
        club: the club.
        viewer: who looks.
        plugins: that may give panels; none for somebody who can read nothing here.
    """
    failed: list[str] = []
    told: dict[str, Any] = {"plugins": plugins, "club_id": club.id, "club": club, "viewer": viewer}
    answers = await hooks.collect(_HOOK, **told, failed=failed) if plugins else ()
    every = [(answer.plugin, one) for answer in answers for one in answer.value]
    dates = [(plugin, one) for plugin, one in every if isinstance(one, DatesQuery)]
    asked = [(plugin, one) for plugin, one in every if not isinstance(one, DatesQuery)]
    own = (
        company_select(club, viewer),
        arrivals_select(club, viewer),
        _news_select(club, viewer),
        welcome_select(club, viewer),
        groups_select(club, viewer),
    )
    try:
        queries = [*(one.select for _, one in dates), *(one.select for _, one in asked if isinstance(one, PanelQuery))]
        return Front(hooks, club, asked, dates, await read_together([*own, *queries]), failed)
    except Exception:  # noqa: BLE001 - a plugin's query may fail in any way; then each is read alone
        return await _one_by_one(hooks, club, asked, dates, own, failed)


async def _one_by_one(
    hooks: Hooks, club: Club, asked: Sequence[Asked], dates: Dates, own: Sequence[Select], failed: list[str]
) -> Front:
    """The same without what has a query that fails; that is recorded as a fault of its plugin."""
    texts, kept, dated = list(await read_together(own)), [], []
    for plugin, date in dates:
        if read := await _alone(hooks, club, plugin, date.select, failed):
            texts += read
            dated.append((plugin, date))
    for plugin, one in asked:
        if isinstance(one, PanelQuery):
            read = await _alone(hooks, club, plugin, one.select, failed)
            if not read:
                continue
            texts += read
        kept.append((plugin, one))
    return Front(hooks, club, kept, dated, texts, failed)


async def _alone(hooks: Hooks, club: Club, plugin: str, select: Select, failed: list[str]) -> tuple[str, ...]:
    """The rows of one SELECT of a plugin; nothing where it fails."""
    read = await hooks.attempt(plugin, _HOOK, club.id, partial(read_together, (select,)))
    if isinstance(read, HookFault):
        failed.append(plugin)
        return ()
    return tuple(read)


def _dates_in(plugin: str, asked: DatesQuery, text: str) -> NextDates:
    return next_dates.dates_of(plugin, asked, rows_in(text))


def _news_select(club: Club, viewer: Viewer) -> Select:
    visible, values = visible_sql(club, viewer)
    sql = (
        "SELECT c.plugin, c.kind, c.title, c.summary, c.url, c.updated_at, u.name AS author_name, "
        f"u.handle AS author_handle, {shown_column('photo_hash')} AS author_photo FROM spaces_content c "
        f"LEFT JOIN accounts_user u ON u.id = c.author_id WHERE {visible} ORDER BY c.updated_at DESC, c.id DESC LIMIT {NEWS}"
    )
    return Select(_NEWS, sql, values)
