"""What people send: what to follow, when to be told, which browser."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from cercle import Input, Line, Rhythm

Hour = Annotated[int, Field(ge=0, le=23)]


class FollowInput(Input):
    """What to follow in a club: all of it, a plugin, an item, its author, or a value of a field such as a tag."""

    what: Literal["club", "plugin", "item", "author", "field"]
    plugin: Annotated[Line, Field(max_length=40)] = ""
    kind: Annotated[Line, Field(max_length=40)] = ""
    item: Annotated[int, Field(ge=0, lt=2**53)] = 0
    field: Annotated[Line, Field(max_length=20)] = ""
    value: Annotated[Line, Field(max_length=60)] = ""


class ClubFollowInput(FollowInput):
    """The same from a program, which names the club."""

    club: Annotated[Line, Field(min_length=1, max_length=60)]


class ReadInput(Input):
    """Which entries were read; all of them when none is named, or all of one club."""

    entries: Annotated[list[int], Field(max_length=200)] | None = None
    club: Annotated[Line, Field(max_length=60)] = ""


class TimesInput(Input):
    """When somebody wants to be told."""

    digest: Literal["off", "daily", "weekly"] = "off"
    hour: Hour = 8
    weekday: Annotated[int, Field(ge=0, le=6)] = 0
    quiet: bool = False
    quiet_from: Hour = 22
    quiet_until: Hour = 7
    paused_until: date | None = None
    follows_own: bool = False

    @property
    def rhythm(self) -> Rhythm:
        """The choice as it is kept."""
        return Rhythm(
            digest=self.digest,
            hour=self.hour,
            weekday=self.weekday,
            quiet_from=self.quiet_from if self.quiet else None,
            quiet_until=self.quiet_until if self.quiet else None,
            paused_until=self.paused_until,
            follows_own=self.follows_own,
        )


class DeviceInput(Input):
    """A browser that may show messages, as its Push API names itself."""

    endpoint: Annotated[Line, Field(min_length=10, max_length=1000)]
    key: Annotated[Line, Field(min_length=1, max_length=100)]
    secret: Annotated[Line, Field(min_length=1, max_length=40)]
    name: Annotated[Line, Field(max_length=80)] = ""


class SilenceInput(Input):
    """Whether messages from a club say nothing but that there is something."""

    is_silent: bool = False
