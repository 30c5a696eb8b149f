"""What stands beside the news on somebody's home: who joined their clubs, and what comes next in all of them, in one query."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from core import current
from core.accounts.viewer import ClubLink, Viewer
from core.db import dialect
from core.dispatch.calls import HookFault
from core.errors import PluginError
from core.navigation import DatesQuery
from core.selects import Select, read_together, rows_in
from spaces.queries.next_dates import MOST, ClubDate, dates_of
from spaces.queries.people import Newcomer, newcomers_of, newcomers_select
from spaces.queries.standing import standing

COLUMNS = ("title", "url", "starts_at", "ends_at", "place", "club_id")
_HOOK = "club_panels"
_Made = TypeVar("_Made")
Make = Callable[[Viewer], Select]
"""How a plugin asks for what comes next in all clubs of somebody."""


@dataclass(frozen=True, slots=True)
class HomeDate:
    """Something to come in one of the viewer's clubs."""

    date: ClubDate
    club: ClubLink


@dataclass(frozen=True, slots=True)
class HomeDates:
    """What comes next, soonest first; `is_short` says that a plugin could not be asked."""

    dates: tuple[HomeDate, ...] = ()
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class HomeSide:
    """What stands beside the news."""

    newcomers: list[Newcomer]
    coming: HomeDates


async def home_side(viewer: Viewer) -> HomeSide:
    """Who joined lately and what comes next in the clubs that the viewer wants to hear of; one query, whatever plugins know."""
    own = newcomers_select(viewer)
    asked, is_short = await _asked(viewer)
    try:
        joined, *texts = await read_together([own, *asked.values()])
        read = dict(zip(asked, texts, strict=True))
    except Exception:  # noqa: BLE001 - a plugin's query may fail in any way; then each is read alone
        [joined] = await read_together([own])
        read = await _one_by_one(asked)
    found = list[HomeDate]()
    for plugin, text in read.items():
        made = await _attempt(plugin, partial(_dates_in, plugin, asked[plugin], text, viewer))
        found += made or ()
        is_short = is_short or made is None
    found.sort(key=lambda one: (one.date.starts_at, one.date.title))
    dates = HomeDates(tuple(found[:MOST]), is_short or len(read) < len(asked))
    return HomeSide(newcomers_of(rows_in(joined)), dates)


def heard_sql(viewer: Viewer, *, plugin: str) -> tuple[str, tuple[object, ...]]:
    """What the viewer may see of a plugin in those of their clubs that they have not muted and that are not archived, without
    drafts, as a condition about `spaces_content c` with its parameters, counted from 1; for what stands on their home.

    Args:
        viewer: who looks, with their clubs.
        plugin: only what this one published.
    """
    if plugin not in current.app().parts.plugin_names or not viewer.may_use(plugin):
        return "FALSE", ()
    name, now, person = (dialect().param(number) for number in (1, 2, 3))
    heads = " OR ".join(f"m.role = '{role}' OR m.role LIKE '{role}.%'" for role in ("owner", "moderator"))
    sql = (
        f"c.plugin = {name} AND (c.state = 'published' OR (c.state = 'scheduled' AND c.published_at <= {now})) "
        "AND c.hidden_at IS NULL AND EXISTS (SELECT 1 FROM spaces_membership m "
        "JOIN spaces_club k ON k.id = m.club_id AND k.deleted_at IS NULL AND k.archived_at IS NULL "
        "JOIN spaces_club_plugin s ON s.id = c.switch_id AND s.effective IN ('on', 'read_only') "
        "AND s.readers LIKE '% ' || m.role || ' %' "
        f"WHERE m.club_id = c.club_id AND m.user_id = {person} AND NOT m.is_muted AND {standing('m')}"
        f"{viewer.within('m.club_id')} AND (c.audience IN ('public', 'site', 'club') OR c.author_id = m.user_id "
        f"OR (c.audience = 'moderators' AND ({heads}))))"
    )
    return sql, (plugin, datetime.now(UTC), viewer.id or 0)


async def _asked(viewer: Viewer) -> tuple[dict[str, Select], bool]:
    """What each plugin that knows dates wants to read, and whether one could not say it."""
    app, asked, is_short = current.app(), dict[str, Select](), False
    if all(club.is_muted or club.is_archived for club in viewer.clubs):
        return {}, False
    for plugin, make in app.navigation.dates.items():
        if plugin in app.parts.plugin_names and viewer.may_use(plugin):
            select = await _attempt(plugin, partial(_select_of, plugin, make, viewer))
            is_short = is_short or select is None
            if select is not None:
                asked[plugin] = select
    return asked, is_short


async def _one_by_one(asked: Mapping[str, Select]) -> dict[str, str]:
    """The same without what has a query that fails; that is recorded as a fault of its plugin."""
    read = {}
    for plugin, select in asked.items():
        if (texts := await _attempt(plugin, partial(read_together, [select]))) is not None:
            [read[plugin]] = texts
    return read


async def _attempt(plugin: str, work: Callable[[], Awaitable[_Made]]) -> _Made | None:
    """What a function answers that runs what a plugin gave; None where it fails."""
    made = await current.app().hooks.attempt(plugin, _HOOK, None, work)
    return None if isinstance(made, HookFault) else made


async def _select_of(plugin: str, make: Make, viewer: Viewer) -> Select:
    select = make(viewer)
    if not isinstance(select, Select) or tuple(select.columns) != COLUMNS:
        raise PluginError(f"Answered dates without the columns {', '.join(COLUMNS)}", plugin=plugin)
    return select


async def _dates_in(plugin: str, select: Select, text: str, viewer: Viewer) -> list[HomeDate]:
    """The dates in a plugin's rows; one of another club than the viewer's is none of their business."""
    clubs = {club.id: club for club in viewer.clubs if not (club.is_muted or club.is_archived)}
    rows = rows_in(text)
    dates = dates_of(plugin, DatesQuery(select), rows).dates
    return [HomeDate(date, clubs[row[-1]]) for date, row in zip(dates, rows, strict=False) if row[-1] in clubs]
