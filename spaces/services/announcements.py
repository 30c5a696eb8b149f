"""What operators announce: making it known, changing it, taking it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core import audit, current
from core.db import after_commit, atomic
from core.errors import Conflict, Invalid
from core.i18n import gettext
from core.permissions import Asker
from spaces.models import Announcement

_FACTS = ("text", "tone", "url", "starts_at", "ends_at")


@dataclass(frozen=True, slots=True)
class News:
    """What is announced.

    Args:
        text: one line.
        tone: `info`, `warning` or `error`.
        url: where it is said at length: an address on this site, or one with https; "" for none.
        starts_at: None for at once.
        ends_at: None for until it is taken down.
    """

    text: str
    tone: str = "info"
    url: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


async def announce_news(news: News, *, actor: Asker | None) -> Announcement:
    """Put an announcement on every page.

    Raises:
        Invalid: when it would end before it begins.
    """
    starts_at = news.starts_at or datetime.now(UTC)
    _refuse_backwards(starts_at, news.ends_at)
    async with atomic():
        by = str(getattr(actor, "name", ""))[:120]
        facts: dict[str, Any] = {"text": news.text, "tone": news.tone, "url": news.url, "ends_at": news.ends_at}
        made = await Announcement.create(**facts, starts_at=starts_at, created_by=by)
        await audit.record("spaces.announcement_made", actor=actor, subject=made.text, after=_facts(made))
        after_commit(current.app().notices.tell)
    return made


async def change_news(one: Announcement, news: News, *, actor: Asker | None) -> None:
    """Let an announcement say something else; who put it away sees it again.

    Raises:
        Invalid: when it would end before it begins.
    """
    starts_at = news.starts_at or one.starts_at
    _refuse_backwards(starts_at, news.ends_at)
    async with atomic():
        held = await Announcement.filter(id=one.id).select_for_update().get()
        before = _facts(held)
        held.update_from_dict(
            {"text": news.text, "tone": news.tone, "url": news.url, "starts_at": starts_at, "ends_at": news.ends_at}
        )
        await held.save(update_fields=list(_FACTS))
        now = _facts(held)
        changed = [name for name in _FACTS if before[name] != now[name]]
        await audit.record(
            "spaces.announcement_changed",
            actor=actor,
            subject=held.text,
            before={name: before[name] for name in changed},
            after={name: now[name] for name in changed},
        )
        after_commit(current.app().notices.tell)


async def take_down(one: Announcement, *, actor: Asker | None) -> None:
    """Take an announcement off all pages; it stays in the list.

    Raises:
        Conflict: when it is over already.
    """
    now = datetime.now(UTC)
    async with atomic():
        held = await Announcement.filter(id=one.id).select_for_update().get()
        if held.ends_at is not None and held.ends_at <= now:
            raise Conflict(gettext("This announcement is over already."))
        before = _facts(held)
        held.ends_at = now
        await held.save(update_fields=["ends_at"])
        await audit.record(
            "spaces.announcement_removed",
            actor=actor,
            subject=held.text,
            before={"ends_at": before["ends_at"]},
            after={"ends_at": now.isoformat()},
        )
        after_commit(current.app().notices.tell)


def _refuse_backwards(starts_at: datetime, ends_at: datetime | None) -> None:
    if ends_at is not None and ends_at <= starts_at:
        raise Invalid(gettext("It would end before it begins."), field="ends_at")


def _facts(one: Announcement) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value := getattr(one, name), datetime) else value for name in _FACTS}
