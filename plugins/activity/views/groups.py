"""What happened, as pages tell it: lines that are alike told as one, under the day on which they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from cercle import current_app, day_label, gettext, ngettext
from plugins.activity.queries import Happened


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are alike and stand side by side.

    Args:
        lines: latest first.
        sentence: who did what.
        icon: of the plugin.
        is_new: whether the latest is newer than the last visit.
    """

    lines: tuple[Happened, ...]
    sentence: str
    icon: str
    is_new: bool

    @property
    def first(self) -> Happened:
        """The latest of them."""
        return self.lines[0]

    @property
    def items(self) -> tuple[Happened, ...]:
        """The latest line of each item."""
        return tuple({line.url: line for line in reversed(self.lines) if line.url}.values())[::-1]


@dataclass(frozen=True, slots=True)
class Day:
    """The groups of a day."""

    label: str
    groups: tuple[Group, ...]


def by_day(lines: Sequence[Happened], since: datetime | None = None) -> list[Day]:
    """Lines in groups under their days.

    Args:
        lines: latest first.
        since: the viewer's last visit; a group never holds lines from before and after it.
    """
    days = []
    for label, found in groupby(lines, lambda line: day_label(line.at)):
        alike = groupby(found, lambda line: (*line.key, _is_new(line, since)))
        days.append(Day(label, tuple(_group(tuple(same), since) for _, same in alike)))
    return days


def actor_of(line: Happened) -> str:
    """The name of who did it, who may have left the site."""
    return line.actor_name or gettext("A former member")


def sentence_of(lines: Sequence[Happened]) -> str:
    """Who did what, for lines that are alike: "Marie changed 4 things in Wiki"."""
    first, who, where = lines[0], actor_of(lines[0]), _part(lines[0])[0]
    if first.verb == "joined":
        return gettext("%(name)s joined the club", name=who)
    count, words = len({line.url for line in lines}), {"name": who, "plugin": where}
    if first.verb == "published":
        return ngettext(
            "%(name)s published in %(plugin)s", "%(name)s published %(count)s things in %(plugin)s", count, **words
        )
    return ngettext(
        "%(name)s made changes in %(plugin)s", "%(name)s changed %(count)s things in %(plugin)s", count, **words
    )


def headline_of(line: Happened) -> str:
    """One line in one sentence, for feeds."""
    if line.verb == "joined":
        return sentence_of([line])
    if line.verb == "published":
        return gettext("%(name)s published “%(title)s”", name=actor_of(line), title=line.title)
    return gettext("%(name)s changed “%(title)s”", name=actor_of(line), title=line.title)


def kind_of(line: Happened) -> str:
    """What the item is called, such as "Page"; "" where its plugin does not say."""
    parts = {loaded.name: loaded.part for loaded in current_app().parts}
    part = parts.get(line.plugin or "")
    contents: Mapping[str, str] = part.content if part else {}
    return gettext(contents[line.kind or ""]) if (line.kind or "") in contents else ""


def _group(lines: tuple[Happened, ...], since: datetime | None) -> Group:
    return Group(lines, sentence_of(lines), _part(lines[0])[1], _is_new(lines[0], since))


def _is_new(line: Happened, since: datetime | None) -> bool:
    return since is not None and line.at > since


def _part(line: Happened) -> tuple[str, str]:
    """The title and icon of the plugin."""
    for loaded in current_app().parts:
        if loaded.name == line.plugin:
            return gettext(loaded.part.title), loaded.part.icon
    return "", "hand-heart"
