"""What narrows a search down beside its words: club, plugin, kind, author, days and a tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LENGTHS = {"club": 60, "plugin": 40, "kind": 40, "author": 60, "since": 10, "until": 10, "tag": 60}
NAMES = {"since": "from", "until": "to"}
"""What some are called in addresses, where Python has other plans with the word."""


@dataclass(frozen=True, slots=True)
class Filters:
    """All of them; "" where nothing is chosen.

    Args:
        club: its word in addresses.
        plugin: its name.
        kind: what things are, such as `page`.
        author: the word for somebody in addresses (`/people/{handle}`).
        since, until: days as `2026-01-31`, both counted in, in the zone of whoever asks.
        tag: a tag.
    """

    club: str = ""
    plugin: str = ""
    kind: str = ""
    author: str = ""
    since: str = ""
    until: str = ""
    tag: str = ""

    @property
    def any(self) -> bool:
        """Whether something is chosen."""
        return any(asdict(self).values())

    @property
    def chosen(self) -> dict[str, str]:
        """What is chosen, by the names of addresses."""
        return {NAMES.get(name, name): value for name, value in asdict(self).items() if value}

    def without(self, *names: str) -> Filters:
        """The same with less chosen."""
        return replace(self, **dict.fromkeys(names, ""))

    def days(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """The moments from which and before which things must have been changed; None for a day that is none.

        Args:
            zone: an IANA name.
        """
        first, last = day_of(self.since), day_of(self.until)
        place = ZoneInfo(zone)
        begin = datetime.combine(first, time(), place) if first else None
        end = datetime.combine(last + timedelta(days=1), time(), place) if last and last < date.max else None
        return (begin.astimezone(UTC) if begin else None), (end.astimezone(UTC) if end else None)


def read_filters(values: Mapping[str, object]) -> Filters:
    """What an address, or a saved search, chooses.

    Args:
        values: by the names of addresses; what is not known is left out.
    """
    found = {one.name: values.get(NAMES.get(one.name, one.name), "") for one in fields(Filters)}
    texts = {name: value[: LENGTHS[name]].strip() for name, value in found.items() if isinstance(value, str)}
    return Filters(**{name: text for name, text in texts.items() if name not in NAMES or day_of(text)})


def day_of(text: str) -> date | None:
    """The day that a text like `2026-01-31` names; None for any other text, and for years that no calendar reaches."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 9000 else None
