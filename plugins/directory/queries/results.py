"""What is read of people: a viewer's sight, a person with the answers that may be seen, filters with their numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cercle import Club, Viewer, base_of, can, fold, gettext
from plugins.directory.models import CAN_HELP, SKILL_FACET, SKILLS
from plugins.directory.permissions import MANAGE

MAX_WORDS = 10
MAX_FILTERS = 6
MEMBERS_SEE = ("club", "site")
MODERATORS_SEE = ("club", "site", "moderators")


def photo_url(handle: str, photo_hash: str | None) -> str:
    """The address of somebody's photo, "" when they have none; the hash keeps it new when the picture is."""
    return f"/photos/{handle}?v={photo_hash[:12]}" if photo_hash else ""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a viewer may see of people in a club.

    Args:
        audiences: the answers they see, by audience.
        inside: whether they belong to the club; from outside only people are seen who opened an answer to everybody.
    """

    audiences: tuple[str, ...]
    inside: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of people is narrowed to.

    Args:
        words: folded; each must be in the name, the headline or an answer.
        filters: folded values by field key; `skill` stands for skills and what people can help with.
    """

    words: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it narrows nothing."""
        return not self.words and not self.filters


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as a viewer sees it."""

    key: str
    label: str
    kind: str
    group: str
    text: str
    audience: str

    @property
    def entries(self) -> list[str]:
        """The entries of a list; one for every other kind."""
        return self.text.split("\n") if self.kind == "list" else [self.text]


@dataclass(frozen=True, slots=True)
class Person:
    """A person with the answers that the viewer may see, in the order of the fields."""

    id: int
    handle: str
    name: str
    sort_name: str
    headline: str
    photo_hash: str | None
    answers: tuple[Shown, ...]
    rank: int = 0

    @property
    def photo_url(self) -> str | None:
        """Their photo."""
        return photo_url(self.handle, self.photo_hash) or None

    def entries(self, key: str) -> list[str]:
        """What they answered to the field of this key; nothing when it is not to be seen."""
        return next((answer.entries for answer in self.answers if answer.key == key), [])

    @property
    def can_help(self) -> list[str]:
        """What they offer help with."""
        return self.entries(CAN_HELP)

    @property
    def skills(self) -> list[str]:
        """Their other skills."""
        offered = {fold(entry) for entry in self.can_help}
        return [entry for entry in self.entries(SKILLS) if fold(entry) not in offered]

    @property
    def place(self) -> str:
        """Trade and region on one line."""
        return " · ".join([*self.entries("trade")[:1], *self.entries("region")[:1]])


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter that would find somebody.

    Args:
        name: the parameter.
        title: of the field, translated.
        values: key, label and how many people there are.
    """

    name: str
    title: str
    values: tuple[tuple[str, str, int], ...]


def sight_of(viewer: Viewer, club: Club) -> Sight:
    """What this viewer sees of people in this club."""
    role = viewer.role_in(club.id)
    if role is None:
        return Sight(("site",) if viewer.is_authenticated else (), inside=False)
    if base_of(role) in ("owner", "moderator") and can(viewer, MANAGE, club):
        return Sight(MODERATORS_SEE, inside=True)
    return Sight(MEMBERS_SEE, inside=True)


def asked_for(text: str, filters: Mapping[str, str]) -> Asked:
    """Words and filters as they were typed, folded; what cannot be stored is left out."""
    words = fold(_printable(text[:200])).split()
    kept = {name[:40]: fold(_printable(value[:120])) for name, value in filters.items() if value}
    return Asked(tuple(dict.fromkeys(words))[:MAX_WORDS], dict(list(kept.items())[:MAX_FILTERS]))


def person_of(row: Mapping[str, Any]) -> Person:
    """A person from a row with the answers as JSON."""
    raw = row["answers"]
    answers = sorted(json.loads(raw) if isinstance(raw, str) else raw or [])
    shown = tuple(
        Shown(key, gettext(label), kind, gettext(group), text, audience)
        for *_, key, label, kind, group, text, audience in answers
    )
    return Person(
        row["id"],
        row["handle"],
        row["name"],
        row["sort_name"],
        row["headline"],
        row["photo_hash"],
        shown,
        row.get("rank", 0),
    )


def facet_of(group: Iterable[Mapping[str, Any]]) -> Facet:
    """A filter from the rows of its values."""
    values = list(group)
    name = values[0]["facet"]
    label = "Skills" if name == SKILL_FACET else str(values[0]["title"])
    return Facet(name, gettext(label), tuple((row["value"], row["label"], int(row["many"])) for row in values))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
