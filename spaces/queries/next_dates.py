"""What comes next in a club: the dates that its plugins know, put together from the rows that its home has read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.accounts.sessions import moment
from core.dispatch.answers import complaint_about, kinds_of
from core.errors import PluginError
from core.i18n import time_span
from core.navigation import DatesQuery, Link

MOST = 5
_KINDS = {"title": kinds_of(str), "url": kinds_of(str), "place": kinds_of(str)}


@dataclass(frozen=True, slots=True)
class ClubDate:
    """Something to come, or going on.

    Args:
        title: what.
        url: the path of its page.
        starts_at: when it begins.
        ends_at: when it ends; None when nobody says.
        place: where, in words; "" when nobody says.
    """

    title: str
    url: str
    starts_at: datetime
    ends_at: datetime | None
    place: str

    @property
    def when(self) -> str:
        """When that is, in words of the reader's language and time zone."""
        return time_span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class NextDates:
    """What comes next, soonest first, and where each plugin that knows of it shows all."""

    dates: tuple[ClubDate, ...] = ()
    more: tuple[Link, ...] = ()


def dates_of(plugin: str, asked: DatesQuery, rows: Sequence[Sequence[Any]]) -> NextDates:
    """What a plugin's rows say.

    Args:
        plugin: whose rows these are.
        asked: what was asked for them.
        rows: as its SELECT names the columns.

    Raises:
        PluginError: for rows that are no dates.
    """
    found = tuple(_date(plugin, dict(zip(asked.select.columns, row, strict=True))) for row in rows[:MOST])
    return NextDates(found, (asked.more,) if found and asked.more else ())


def together(answers: Sequence[NextDates]) -> NextDates:
    """What comes next of all of these."""
    dates = sorted((date for one in answers for date in one.dates), key=lambda date: (date.starts_at, date.title))
    return NextDates(tuple(dates[:MOST]), tuple(link for one in answers for link in one.more))


def _date(plugin: str, row: dict[str, Any]) -> ClubDate:
    for name, kinds in _KINDS.items():
        if complaint := complaint_about(row.get(name), kinds):
            raise PluginError(f"Answered a date whose {name} is {complaint}", plugin=plugin)
    start = moment(row.get("starts_at"))
    if start is None:
        raise PluginError("Answered a date that does not begin", plugin=plugin)
    return ClubDate(row["title"], row["url"], start, moment(row.get("ends_at")), row["place"])
