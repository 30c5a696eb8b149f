"""Events: stored with their change, delivered after the commit to the plugins that are on, again when one fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from cercle.testing import Village
from core.db import atomic
from core.events import Event, announce
from core.hooks import hookimpl
from core.models import Delivery, OutboxEvent
from core.parts import LoadedPart, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang(Event, name="wiki.rang_for_a_test"):
    """Somebody rang."""

    times: int


def _listen(village: Village, name: str, hear: Callable[[Any], object]) -> None:
    """Let a plugin hear of events, in place of its own hooks."""
    village.app.hooks.unregister(name)

    @hookimpl
    def event_announced(event: Event) -> None:
        hear(event)

    module = cast(ModuleType, SimpleNamespace(event_announced=event_announced))
    village.app.hooks.register(LoadedPart(Part(name, name, "", "1"), name, True, modules={"hooks": module}))


async def _ring(village: Village, times: int = 1) -> None:
    async with atomic():
        await announce(Rang(club_id=village.club.id, actor_id=village.owner.id, times=times))


async def _later() -> None:
    await Delivery.all().update(due_at=datetime.now(UTC) - timedelta(seconds=1))


async def test_an_event_is_delivered_once_with_what_it_tells(village: Village) -> None:
    heard: list[Event] = []
    _listen(village, "wiki", heard.append)
    await _ring(village, times=3)
    assert heard == []
    await village.settle()
    await village.settle()
    assert [(type(e).__name__, e.club_id, e.actor_id, getattr(e, "times", 0)) for e in heard] == [
        ("Rang", village.club.id, village.owner.id, 3)
    ]


async def test_an_event_of_a_change_that_failed_is_not_announced(village: Village) -> None:
    async def fail() -> None:
        async with atomic():
            await announce(Rang(club_id=village.club.id, times=1))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await OutboxEvent.filter(name="wiki.rang_for_a_test").count() == 0


async def test_announcing_needs_a_transaction(village: Village) -> None:
    with pytest.raises(RuntimeError, match="async with atomic"):
        await announce(Rang(times=1))


async def test_a_plugin_that_is_off_in_the_club_hears_nothing(village: Village) -> None:
    heard: list[Event] = []
    _listen(village, "wiki", heard.append)
    await village.switch("wiki", "off")
    await _ring(village)
    await village.settle()
    assert [event for event in heard if isinstance(event, Rang)] == []


async def test_who_fails_is_told_again_with_the_same_id_and_the_others_are_not(village: Village) -> None:
    heard: list[str] = []
    tried: list[str] = []

    def fail_once(event: Event) -> None:
        tried.append(event.id)
        if len(tried) == 1:
            raise RuntimeError("not now")

    _listen(village, "wiki", fail_once)
    _listen(village, "files", lambda event: heard.append(event.id))
    await _ring(village)
    await village.settle()
    assert (await Delivery.get()).error == "not now"
    await _later()
    await village.settle()
    assert len(tried) == 2
    assert heard == [tried[0]] == [tried[1]]
    assert await Delivery.all().count() == 0


async def test_a_plugin_that_never_takes_it_is_given_up_after_a_while(village: Village) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError("never")

    _listen(village, "wiki", fail)
    await _ring(village)
    for _ in range(8):
        await village.settle()
        await _later()
    assert await Delivery.all().count() == 0


async def test_an_event_that_a_process_left_lying_is_taken_up_again(village: Village) -> None:
    heard: list[Event] = []
    _listen(village, "wiki", heard.append)
    await _ring(village)
    claimed = OutboxEvent.filter(name="wiki.rang_for_a_test")
    await claimed.update(claimed_until=datetime.now(UTC) + timedelta(minutes=1))
    await village.settle()
    assert heard == []
    await claimed.update(claimed_until=datetime.now(UTC) - timedelta(seconds=1))
    await village.settle()
    assert len(heard) == 1


async def test_an_event_of_a_plugin_that_is_gone_is_put_away(village: Village) -> None:
    async with atomic():
        await OutboxEvent.create(id="0" * 8 + "-0000-4000-8000-" + "0" * 12, name="gone.happened", payload={})
    await village.settle()
    assert await OutboxEvent.filter(delivered_at=None).count() == 0


async def test_old_events_are_forgotten(village: Village) -> None:
    await _ring(village)
    await village.settle()
    await OutboxEvent.all().update(delivered_at=datetime.now(UTC) - timedelta(days=15))
    await village.settle()
    assert await OutboxEvent.all().count() == 0
