"""Narrower searches with their numbers, and what is chosen already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cercle import Link, Request, gettext
from plugins.search.queries.filters import Filters
from plugins.search.queries.results import Counts
from plugins.search.views.addresses import address

MOST = 30
NO_COUNTS = Counts()


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow a search down: its heading and links, each with a number where there is one."""

    title: str
    links: list[dict[str, object]]


def facets(request: Request, filters: Filters, counts: Counts) -> list[Facet]:
    """Those from which there is something to choose."""
    titles = {loaded.name: gettext(loaded.part.title) for loaded in request.app.parts}
    made = [
        Facet(gettext("Where"), _links(request, filters, "plugin", counts.plugins.items(), titles)),
        Facet(gettext("Club"), _links(request, filters, "club", counts.clubs.items(), counts.names)),
    ]
    if filters.kind or (filters.plugin and len(counts.kinds) > 1):
        names = {kind: label for (_, kind), (label, _) in kinds(request).items() if kind}
        made.append(Facet(gettext("Kind"), _links(request, filters, "kind", counts.kinds.items(), names)))
    made.append(Facet(gettext("Author"), _links(request, filters, "author", counts.authors.items(), counts.names)))
    shown = [facet for facet in made if facet.links]
    return [*shown, _times(request, filters)] if shown else []


def chips(request: Request, filters: Filters, counts: Counts) -> list[Link]:
    """What is chosen, each leading to the search without it."""
    titles = {loaded.name: gettext(loaded.part.title) for loaded in request.app.parts}
    clubs = {club.slug: club.name for club in request.viewer.clubs}
    names = {kind: label for (_, kind), (label, _) in kinds(request).items() if kind}
    labels = {
        "club": gettext("In %(name)s")
        % {"name": counts.names.get(filters.club) or clubs.get(filters.club, filters.club)},
        "plugin": titles.get(filters.plugin, filters.plugin),
        "kind": names.get(filters.kind, filters.kind),
        "author": gettext("By %(name)s") % {"name": counts.names.get(filters.author, filters.author)},
        "since": gettext("From %(day)s") % {"day": filters.since},
        "until": gettext("Until %(day)s") % {"day": filters.until},
        "tag": gettext("Tag: %(name)s") % {"name": filters.tag},
    }
    return [
        Link(label, address(request, filters.without(name))) for name, label in labels.items() if getattr(filters, name)
    ]


def kinds(request: Request) -> dict[tuple[str, str], tuple[str, str]]:
    """What things are called, with an icon, by plugin and kind; a kind without a name of its own has that of its plugin."""
    shown: dict[tuple[str, str], tuple[str, str]] = {}
    for loaded in request.app.parts:
        shown[loaded.name, ""] = (gettext(loaded.part.title), loaded.part.icon)
        for kind, label in loaded.part.content.items():
            shown[loaded.name, kind] = (gettext(label), loaded.part.icon)
    return shown


def _times(request: Request, filters: Filters) -> Facet:
    today = datetime.now(UTC).astimezone(ZoneInfo(request.viewer.timezone)).date()
    spans = ((7, gettext("In the past week")), (31, gettext("In the past month")), (365, gettext("In the past year")))
    links: list[dict[str, object]] = []
    for days, label in spans:
        since = (today - timedelta(days=days)).isoformat()
        active = filters.since == since and not filters.until
        other = filters.without("since", "until") if active else replace(filters, since=since, until="")
        links.append({"label": label, "count": None, "active": active, "url": address(request, other)})
    return Facet(gettext("Changed"), links)


def _links(
    request: Request, filters: Filters, name: str, counted: Iterable[tuple[str, int]], labels: Mapping[str, str]
) -> list[dict[str, object]]:
    now = getattr(filters, name)
    return [
        {
            "label": labels.get(value, value),
            "count": many,
            "active": now == value,
            "url": address(request, replace(filters, **{name: "" if now == value else value})),
        }
        for value, many in counted
    ][:MOST]
