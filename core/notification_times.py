"""When somebody wants to be told: at once, in a digest at their hour, not in their quiet hours, not before a date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DIGESTS = ("off", "daily", "weekly")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a person chose about the times of mail and push; in the page all is there at once.

    Args:
        digest: whether what can wait comes in one message: `off`, `daily` or `weekly`.
        hour: of the digest, 0 to 23, in their time zone.
        weekday: of a weekly digest; 0 is Monday.
        quiet_from, quiet_until: hours between which nothing comes; None where there are no quiet hours.
        paused_until: before this day nothing comes.
        follows_own: whether they follow what they write.
    """

    digest: str = "off"
    hour: int = 8
    weekday: int = 0
    quiet_from: int | None = None
    quiet_until: int | None = None
    paused_until: date | None = None
    follows_own: bool = True

    @classmethod
    def read(cls, values: object) -> Rhythm:
        """What is stored; what does not fit any more counts as not chosen."""
        given = values if isinstance(values, Mapping) else {}
        digest = given.get("digest")
        return cls(
            digest=digest if digest in DIGESTS else "off",
            hour=_number(given.get("hour"), 23, 8) or 0,
            weekday=_number(given.get("weekday"), 6, 0) or 0,
            quiet_from=_number(given.get("quiet_from"), 23, None),
            quiet_until=_number(given.get("quiet_until"), 23, None),
            paused_until=_day(given.get("paused_until")),
            follows_own=given.get("follows_own") is not False,
        )

    def stored(self) -> dict[str, object]:
        """The values as JSON can hold them; `read` takes them."""
        return {
            "digest": self.digest,
            "hour": self.hour,
            "weekday": self.weekday,
            "quiet_from": self.quiet_from,
            "quiet_until": self.quiet_until,
            "paused_until": self.paused_until.isoformat() if self.paused_until else None,
            "follows_own": self.follows_own,
        }

    def free_at(self, moment: datetime, zone: str) -> datetime:
        """The first moment from this one on at which they may be disturbed.

        Args:
            moment: with a time zone.
            zone: theirs, an IANA name.
        """
        local = moment.astimezone(_zone(zone))
        if self.paused_until is not None and local.date() < self.paused_until:
            local = datetime.combine(self.paused_until, time(), local.tzinfo)
        if self._is_quiet(local.hour):
            local = _next(local, self.quiet_until or 0)
        return local.astimezone(UTC)

    def digest_at(self, moment: datetime, zone: str) -> datetime:
        """When the digest leaves that takes in what happens at this moment."""
        local = _next(moment.astimezone(_zone(zone)), self.hour)
        while self.digest == "weekly" and local.weekday() != self.weekday:
            local += _DAY
        return local.astimezone(UTC)

    def _is_quiet(self, hour: int) -> bool:
        if self.quiet_from is None or self.quiet_until is None:
            return False
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until


def _next(local: datetime, hour: int) -> datetime:
    """The next full hour of this name after a moment."""
    found = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return found if found > local else found + _DAY


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _number(value: object, most: int, otherwise: int | None) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= most else otherwise


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
