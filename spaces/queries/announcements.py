"""Reads of what operators announce: what stands on pages now, and all of it for the console."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q

from core.errors import NotFound
from spaces.models import Announcement

MOST_AT_ONCE = 5
AHEAD = timedelta(hours=1)  # what begins within this time is kept ready


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement as each process keeps it.

    Args:
        mark: changes with what it says, so that one that was put away comes back when it says something else.
    """

    text: str
    tone: str
    url: str
    starts_at: datetime
    ends_at: datetime | None
    mark: str

    def stands_at(self, moment: datetime) -> bool:
        """Whether it is on pages at a moment."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


async def list_current() -> tuple[Announced, ...]:
    """What stands on pages now or begins soon, newest first."""
    now = datetime.now(UTC)
    lasting = Q(ends_at=None) | Q(ends_at__gt=now)
    found = await Announcement.filter(lasting, starts_at__lt=now + AHEAD).order_by("-starts_at", "-id").limit(50)
    return tuple(Announced(one.text, one.tone, one.url, one.starts_at, one.ends_at, mark_of(one)) for one in found)


async def list_announcements(*, before: int | None = None, limit: int = 50) -> list[Announcement]:
    """All of them, newest first; one more than the limit when there are more."""
    found = Announcement.all() if before is None else Announcement.filter(id__lt=before)
    return await found.order_by("-id").limit(limit + 1)


async def get_announcement(number: int) -> Announcement:
    """One of them.

    Raises:
        NotFound: when there is none of this number.
    """
    found = await Announcement.get_or_none(id=number)
    if found is None:
        raise NotFound()
    return found


def mark_of(one: Announcement) -> str:
    """A short word for what it says."""
    said = hashlib.sha256(f"{one.tone} {one.url} {one.text}".encode()).hexdigest()
    return f"{one.id}-{said[:6]}"
