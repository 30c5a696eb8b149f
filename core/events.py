"""Events: typed facts, stored with the change they tell of and delivered after the commit, at least once."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, ClassVar

from tortoise.expressions import Q

from core import current
from core.db import after_commit, in_atomic
from core.errors import PluginError
from core.hooks import Hooks
from core.models import Delivery, OutboxEvent
from core.parts import LoadedPart

logger = logging.getLogger("cercle.events")

RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720))
LEASE = timedelta(minutes=2)
_known: dict[str, type[Event]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of every event; a part subclasses it with `name="part.noun_verb"`.

    Args:
        club_id: the club it happened in; None for the site.
        actor_id: the user who did it; None for the machine.
        id: the same at each repeat, so that a receiver can drop the second.
    """

    event_name: ClassVar[str] = ""
    club_id: int | None = None
    actor_id: int | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __init_subclass__(cls, *, name: str = "", **kwargs: Any) -> None:
        # dataclass(slots=True) makes the class a second time, without the keyword
        super(Event, cls).__init_subclass__(**kwargs)
        if name:
            cls.event_name = name
        if cls.event_name:
            _refuse_second(cls)
            _known[cls.event_name] = cls


def _refuse_second(cls: type[Event]) -> None:
    """Two events of one name would be taken for each other when they are delivered."""
    other = _known.get(cls.event_name)
    if other is not None and _place(other) != _place(cls):
        sentence = f"The event name {cls.event_name!r} of {_place(cls)} is already taken by {_place(other)}"
        raise PluginError(sentence, plugin=cls.event_name.partition(".")[0])


def _place(cls: type[Event]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def events_of(loaded: LoadedPart) -> tuple[type[Event], ...]:
    """The events that a part defines in its `events.py`, in the order of its lines.

    Raises:
        PluginError: for a name without the part's prefix.
    """
    module = loaded.modules.get("events")
    found = [one for one in vars(module).values() if _is_event_of(module, one)] if module else []
    for one in found:
        if not one.event_name.startswith(f"{loaded.name}."):
            raise PluginError(f"Event {one.event_name!r} must start with {loaded.name + '.'!r}", plugin=loaded.name)
    return tuple(dict.fromkeys(found))


def _is_event_of(module: ModuleType, value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Event) and value.__module__ == module.__name__


async def announce(event: Event) -> None:
    """Store the event in the running transaction; it is delivered once that is committed.

    Raises:
        RuntimeError: outside of `atomic()`.
    """
    await announce_all([event])


async def announce_all(events: Collection[Event]) -> None:
    """`announce` for several events, with one statement for all of them.

    Raises:
        RuntimeError: outside of `atomic()`.
    """
    if not in_atomic():
        raise RuntimeError("announce() belongs inside `async with atomic()`")
    await OutboxEvent.bulk_create(
        [OutboxEvent(id=one.id, name=one.event_name, club_id=one.club_id, payload=asdict(one)) for one in events]
    )
    after_commit(lambda: current.app().jobs.nudge("core.deliver_events"))


class Outbox:
    """Delivers stored events to the plugins that are on in their club.

    Args:
        hooks: the dispatcher.
    """

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    async def deliver_due(self, limit: int = 200) -> int:
        """Deliver what waits: new events, then what a plugin failed to take. Answers how many were handled."""
        now = datetime.now(UTC)
        new = await OutboxEvent.filter(delivered_at=None).order_by("created_at").limit(limit)
        handled = 0
        for row in new:
            handled += await self._deliver_new(row, now)
        late = await Delivery.filter(due_at__lte=now).prefetch_related("event").limit(limit)
        for delivery in late:
            handled += await self._deliver_again(delivery, now)
        return handled

    async def forget(self, older_than: timedelta = timedelta(days=14)) -> None:
        """Drop delivered events past this age that no plugin still waits for."""
        before = datetime.now(UTC) - older_than
        await OutboxEvent.filter(delivered_at__lt=before, deliveries__id=None).delete()

    async def _deliver_new(self, row: OutboxEvent, now: datetime) -> int:
        if not await self._claim(row, now):
            return 0
        event = _revive(row)
        if event is not None:
            await self._tell(row, event, await self._receivers(row.club_id))
        await OutboxEvent.filter(id=row.id).update(delivered_at=datetime.now(UTC))
        return 1

    async def _deliver_again(self, delivery: Delivery, now: datetime) -> int:
        claimed = await Delivery.filter(id=delivery.id, due_at=delivery.due_at).update(due_at=now + LEASE)
        event = _revive(delivery.event)
        if not claimed:
            return 0
        receivers = await self._receivers(delivery.event.club_id)
        if event is None or (receivers is not None and delivery.plugin not in receivers):
            await delivery.delete()
            return 1
        faults = await self._hooks.notify(
            "event_announced", plugins=receivers, only=delivery.plugin, club_id=event.club_id, event=event
        )
        if not faults:
            await delivery.delete()
            return 1
        await self._postpone(delivery, faults[0].reason)
        return 1

    async def _tell(self, row: OutboxEvent, event: Event, receivers: Collection[str] | None) -> None:
        faults = await self._hooks.notify("event_announced", plugins=receivers, club_id=event.club_id, event=event)
        for fault in faults:
            due = datetime.now(UTC) + RETRY_AFTER[0]
            defaults = {"due_at": due, "attempts": 1, "error": fault.reason}
            await Delivery.get_or_create(event=row, plugin=fault.plugin, defaults=defaults)

    async def _postpone(self, delivery: Delivery, error: str) -> None:
        attempts = delivery.attempts + 1
        if attempts > len(RETRY_AFTER):
            logger.error("Giving up event %s for %s: %s", delivery.event_id, delivery.plugin, error)  # type: ignore[attr-defined]
            await delivery.delete()
            return
        due = datetime.now(UTC) + RETRY_AFTER[attempts - 1]
        await Delivery.filter(id=delivery.id).update(due_at=due, attempts=attempts, error=error[:500])

    async def _receivers(self, club_id: int | None) -> Collection[str] | None:
        if club_id is None:
            return None
        active = await self._hooks.first("club_active_plugins", club_id=club_id)
        return frozenset(active or ())

    async def _claim(self, row: OutboxEvent, now: datetime) -> bool:
        free = Q(claimed_until=None) | Q(claimed_until__lt=now)
        waiting = OutboxEvent.filter(free, id=row.id, delivered_at=None)
        return bool(await waiting.update(claimed_until=now + LEASE))


def _revive(row: OutboxEvent) -> Event | None:
    kind = _known.get(row.name)
    if kind is None:
        return None
    names = {one.name for one in fields(kind)}
    known: dict[str, Any] = {name: value for name, value in row.payload.items() if name in names}
    try:
        return kind(**known)
    except (
        TypeError
    ) as error:  # stored by another version, without what is needed today; the others must not wait for it
        logger.error("The event %s of %s cannot be told any more: %s", row.id, row.name, error)
        return None
