"""The bus, within a process and through a real Redis."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest

from core.bus import GAP, LocalBus, Message, RedisBus, open_bus
from tests.services.processes import free_port


@asynccontextmanager
async def started(*buses: LocalBus) -> AsyncIterator[None]:
    for bus in buses:
        await bus.start()
    try:
        yield
    finally:
        for bus in buses:
            await bus.close()


class Wire:
    """A way to Redis that can be cut and joined again."""

    def __init__(self, redis_url: str) -> None:
        self._target = urlsplit(redis_url)
        self._ends: list[asyncio.StreamWriter] = []
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"

    async def join(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)

    def cut(self) -> None:
        self._server.close()
        for end in self._ends:
            end.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._ends += [writer, back]
        await asyncio.gather(self._copy(reader, back), self._copy(there, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
        writer.close()


async def take(messages: AsyncIterator[Message]) -> Message:
    async with asyncio.timeout(20):
        return await anext(messages)


async def test_without_an_address_the_bus_stays_in_the_process() -> None:
    assert type(open_bus(None)) is LocalBus


async def test_with_an_address_the_bus_goes_through_redis() -> None:
    assert type(open_bus("redis://127.0.0.1:6379/0")) is RedisBus


async def test_a_listener_receives_its_topics_in_order() -> None:
    bus = LocalBus()
    async with bus.subscribe("club:1", "club:2") as messages:
        await bus.publish("club:1", {"n": 1})
        await bus.publish("club:3", {"n": 2})
        await bus.publish("club:2", {"n": 3})
        received = [await take(messages), await take(messages)]
    assert received == [Message("club:1", {"n": 1}), Message("club:2", {"n": 3})]


async def test_a_listener_that_left_does_not_disturb_the_others() -> None:
    bus = LocalBus()
    async with bus.subscribe("club:1") as messages:
        async with bus.subscribe("club:1"):
            pass
        await bus.publish("club:1", {"n": 1})
        assert await take(messages) == Message("club:1", {"n": 1})


async def test_a_slow_listener_loses_the_oldest_messages_and_is_told() -> None:
    bus = LocalBus(inbox_size=2)
    async with bus.subscribe("club:1") as messages:
        for n in range(5):
            await bus.publish("club:1", {"n": n})
        received = [await take(messages) for _ in range(3)]
    assert received == [Message(GAP), Message("club:1", {"n": 3}), Message("club:1", {"n": 4})]


@pytest.mark.parametrize("bus", [LocalBus(), RedisBus("redis://127.0.0.1:1/0")], ids=["local", "redis"])
async def test_a_message_that_json_cannot_carry_is_refused(bus: LocalBus) -> None:
    with pytest.raises(TypeError):
        await bus.publish("club:1", {"who": object()})


async def test_a_message_does_not_change_after_it_was_published() -> None:
    bus = LocalBus()
    sent = {"tags": ["a"]}
    async with bus.subscribe("club:1") as messages:
        await bus.publish("club:1", sent)
        sent["tags"].append("b")
        assert await take(messages) == Message("club:1", {"tags": ["a"]})


async def test_closing_the_bus_ends_the_loops_of_its_listeners() -> None:
    bus = LocalBus()
    async with bus.subscribe("club:1") as messages:
        await bus.close()
        assert [message async for message in messages] == []


async def test_a_message_reaches_the_listeners_of_every_process(redis_url: str) -> None:
    here, there = RedisBus(redis_url), RedisBus(redis_url)
    async with started(here, there), here.subscribe("club:1") as near, there.subscribe("club:1") as far:
        await here.publish("club:1", {"n": 1})
        assert [await take(near), await take(far)] == [Message("club:1", {"n": 1})] * 2


async def test_the_publishing_process_hears_its_message_once(redis_url: str) -> None:
    here, there = RedisBus(redis_url), RedisBus(redis_url)
    async with started(here, there), here.subscribe("club:1") as near, there.subscribe("club:1") as far:
        await here.publish("club:1", {"n": 1})
        await take(far)
        await there.publish("club:1", {"n": 2})
        assert [await take(near), await take(near)] == [
            Message("club:1", {"n": 1}),
            Message("club:1", {"n": 2}),
        ]


async def test_installations_with_different_database_numbers_do_not_hear_each_other(redis_url: str) -> None:
    ours, neighbour, theirs = RedisBus(redis_url), RedisBus(redis_url), RedisBus(f"{redis_url[:-1]}1")
    async with started(ours, neighbour, theirs), ours.subscribe("club:1") as messages:
        await theirs.publish("club:1", {"n": 1})
        await neighbour.publish("club:1", {"n": 2})
        assert await take(messages) == Message("club:1", {"n": 2})


async def test_without_redis_a_message_still_reaches_its_own_process(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bus = RedisBus(f"redis://127.0.0.1:{free_port()}/0")
    with caplog.at_level(logging.WARNING, "cercle.bus"):
        async with bus.subscribe("club:1") as messages:
            await bus.publish("club:1", {"n": 1})
            await bus.publish("club:1", {"n": 2})
            received = [await take(messages), await take(messages)]
    await bus.close()
    assert received == [Message("club:1", {"n": 1}), Message("club:1", {"n": 2})]
    assert len(caplog.records) == 1


async def test_when_redis_comes_back_listeners_are_told_of_the_gap_and_messages_flow(redis_url: str) -> None:
    wire = Wire(redis_url)
    await wire.join()
    here, there = RedisBus(redis_url), RedisBus(wire.url)
    async with started(here, there), there.subscribe("club:1") as messages:
        wire.cut()
        await here.publish("club:1", {"n": 1})
        await wire.join()
        assert await take(messages) == Message(GAP)
        await here.publish("club:1", {"n": 2})
        assert await take(messages) == Message("club:1", {"n": 2})
    wire.cut()


async def test_a_process_that_could_not_publish_tells_the_others_later(redis_url: str) -> None:
    wire = Wire(redis_url)
    here, there = RedisBus(wire.url), RedisBus(redis_url)
    async with started(there), there.subscribe("club:1") as messages:
        await here.publish("club:1", {"n": 1})
        await wire.join()
        assert await take(messages) == Message(GAP)
    await here.close()
    wire.cut()


async def test_the_bus_starts_without_redis_and_finds_it_later(redis_url: str) -> None:
    wire = Wire(redis_url)
    here, there = RedisBus(redis_url), RedisBus(wire.url)
    async with started(here, there), there.subscribe("club:1") as messages:
        await wire.join()
        assert await take(messages) == Message(GAP)
        await here.publish("club:1", {"n": 1})
        assert await take(messages) == Message("club:1", {"n": 1})
    wire.cut()
