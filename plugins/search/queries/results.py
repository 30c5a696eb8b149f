"""Reading what matches. Results, numbers and facets come from one statement, under the condition of all lists."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from cercle import Viewer, moment, rows
from plugins.search.queries.asked import Asked
from plugins.search.queries.filters import Filters
from plugins.search.queries.statement import DEEPEST, MOST, Statement

__all__ = ["DEEPEST", "Counts", "Found", "Results", "find", "has_any", "news_of"]
ANYTHING = Filters()
_UPDATED = 10  # the place of the time in a row


@dataclass(frozen=True, slots=True)
class Found:
    """One result."""

    id: int
    title: str
    summary: str
    url: str
    plugin: str
    kind: str
    club: str
    club_name: str
    author: str | None
    handle: str | None
    updated_at: datetime
    around: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many results there are.

    Args:
        total: of what is asked for, with its filters.
        is_more: whether there are so many that they were not counted to the end.
        plugins: by name, within the club that is asked for.
        kinds: by what they are, within the club and the plugin.
        clubs: by slug, of the plugin that is asked for.
        authors: those with the most, by handle.
        names: names of the clubs by slug, and of the authors by handle.
    """

    total: int = 0
    is_more: bool = False
    plugins: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    clubs: Mapping[str, int] = field(default_factory=dict)
    authors: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results, one more than asked for when there are more, with the numbers where they were wanted."""

    found: list[Found] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)


async def find(
    viewer: Viewer, asked: Asked, filters: Filters = ANYTHING, *, skip: int = 0, limit: int = 20, counts: bool = False
) -> Results:
    """What there is for these words, the best first: titles are worth most, then summaries and tags, then texts; new things more.

    Args:
        viewer: who looks.
        asked: the words.
        filters: what narrows it down.
        skip: how many to leave out, at most `DEEPEST`.
        limit: how many.
        counts: whether to count, in the same statement.
    """
    if not asked.can_be_found:
        return Results()
    statement = Statement(viewer, asked, filters)
    answer = (await rows(statement.results(skip=skip, limit=limit, counts=counts), statement.values.all))[0]
    found = [_found(row) for row in _listed(answer["results"])]
    if not counts:
        return Results(found)
    return Results(found, _counted(filters, _listed(answer["groups"]), _listed(answer["authors"]), answer["total"]))


async def has_any(viewer: Viewer, asked: Asked, filters: Filters = ANYTHING) -> bool:
    """Whether there is anything for these words."""
    if not asked.can_be_found:
        return False
    statement = Statement(viewer, asked, filters)
    return bool(await rows(statement.first(), statement.values.all))


async def news_of(
    viewer: Viewer, asked: Asked, filters: Filters, *, since: datetime, saved_id: int, limit: int
) -> list[dict[str, Any]]:
    """What others published since then, as far as the owner of a saved search was not told of it: id, title, url and club_id.

    Args:
        viewer: whose search it is.
        asked: the words.
        filters: what narrows it down.
        since: when they asked to be told.
        saved_id: the saved search.
        limit: how many at most.
    """
    if not asked.can_be_found:
        return []
    statement = Statement(viewer, asked, filters)
    return await rows(statement.new_since(since, saved_id, limit), statement.values.all)


def _listed(value: Any) -> list[list[Any]]:
    found = json.loads(value) if isinstance(value, str) else value
    return found or []


def _found(row: list[Any]) -> Found:
    names = [one.name for one in fields(Found)]
    return Found(**{**dict(zip(names, row, strict=True)), "updated_at": moment(row[_UPDATED])})


def _counted(filters: Filters, groups: list[list[Any]], authors: list[list[Any]], total: int) -> Counts:
    """Each facet counts within the other filters, so that its numbers say what choosing it would give."""
    plugins, kinds, clubs = Counter[str](), Counter[str](), Counter[str]()
    for plugin, kind, club, _, many in groups:
        here, of_kind = filters.club in ("", club), filters.plugin in ("", plugin)
        plugins[plugin] += many if here else 0
        clubs[club] += many if of_kind else 0
        kinds[kind] += many if here and of_kind else 0
    names = {club: name for _, _, club, name, _ in groups} | {handle: name for handle, name, _ in authors}
    return Counts(
        total=total,
        is_more=total >= MOST,
        plugins=_ordered(plugins),
        kinds=_ordered(kinds),
        clubs=_ordered(clubs),
        authors={handle: many for handle, _, many in authors},
        names=names,
    )


def _ordered(counter: Counter[str]) -> dict[str, int]:
    return dict((+counter).most_common())
