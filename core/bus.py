"""The bus: short messages to whoever listens right now, in this process or, with Redis, in every process.

It carries cache invalidation, live notifications and presence. Nothing is stored. A listener that missed
messages, because it was slow or Redis was away, receives one with the topic `GAP` and must read afresh what
it holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import secrets
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger("cercle.bus")

GAP = "bus.gap"
INBOX_SIZE = 256
_REDIS_PATIENCE = 2.0  # seconds for one command
_LISTEN = 10.0  # seconds between two looks at whether Redis is still there
_LONGEST_PAUSE = 5.0  # seconds between two tries to reach Redis
_AWAY = (RedisError, OSError)


@dataclass(frozen=True, slots=True)
class Message:
    """What a listener receives.

    Args:
        topic: for example `club:12`, or `GAP` when earlier messages were lost.
        data: what was published; empty for a gap.
    """

    topic: str
    data: dict[str, Any] = field(default_factory=dict)


class Bus(Protocol):
    """What both kinds of bus offer."""

    async def start(self) -> None:
        """Begin to receive. Also returns when Redis is away: it is looked for until `close()`."""

    async def close(self) -> None:
        """End all subscriptions: their loops come to an end."""

    async def publish(self, topic: str, message: Mapping[str, Any]) -> None:
        """Hand a message to everyone who listens to the topic; in this process it is there on return.

        Raises:
            TypeError: when JSON cannot carry the message. Never because Redis is away.
        """

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[AsyncIterator[Message]]:
        """Listen to these topics until the block ends.

        Nothing published after the block was entered is lost without a `GAP`.
        """
        ...


def open_bus(redis_url: str | None) -> Bus:
    """The bus for this installation: within the process, or through Redis when there is an address."""
    return RedisBus(redis_url) if redis_url else LocalBus()


class LocalBus:
    """The bus within one process.

    Args:
        inbox_size: how many messages wait for a listener before the oldest is dropped.
    """

    def __init__(self, inbox_size: int = INBOX_SIZE) -> None:
        self._inbox_size = inbox_size
        self._inboxes: defaultdict[str, set[_Inbox]] = defaultdict(set)

    async def start(self) -> None:
        """Nothing to prepare."""

    async def close(self) -> None:
        """End all subscriptions."""
        for inbox in self._everyone():
            inbox.close()

    async def publish(self, topic: str, message: Mapping[str, Any]) -> None:
        """See `Bus.publish`."""
        self._deliver(topic, json.loads(json.dumps(message)))

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[AsyncIterator[Message]]:
        """See `Bus.subscribe`."""
        inbox = _Inbox(self._inbox_size)
        for topic in topics:
            self._inboxes[topic].add(inbox)
        try:
            yield inbox
        finally:
            for topic in topics:
                self._leave(topic, inbox)

    def _leave(self, topic: str, inbox: _Inbox) -> None:
        listening = self._inboxes[topic]
        listening.discard(inbox)
        if not listening:
            del self._inboxes[topic]

    def _deliver(self, topic: str, data: dict[str, Any]) -> None:
        for inbox in self._inboxes.get(topic, ()):
            inbox.put(Message(topic, data))

    def _tell_of_gap(self) -> None:
        for inbox in self._everyone():
            inbox.lose()

    def _everyone(self) -> set[_Inbox]:
        return {inbox for inboxes in self._inboxes.values() for inbox in inboxes}


class RedisBus(LocalBus):
    """The bus through Redis pub/sub. Listeners in the publishing process do not wait for Redis.

    Args:
        redis_url: the server. Installations that share one must use different database numbers.
        inbox_size: as in `LocalBus`.
    """

    def __init__(self, redis_url: str, inbox_size: int = INBOX_SIZE) -> None:
        super().__init__(inbox_size)
        # Redis publishes across database numbers, so the number becomes part of the channel's name
        self._channel = f"cercle:bus:{urlsplit(redis_url).path.strip('/') or '0'}"
        self._origin = secrets.token_hex(8)
        self._redis = Redis.from_url(
            redis_url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=_REDIS_PATIENCE,
            socket_keepalive=True,
        )
        self._listener: asyncio.Task[None] | None = None
        self._confession: asyncio.Task[None] | None = None
        self._unsent = False

    async def start(self) -> None:
        """Listen to Redis; returns once it listens, or after two seconds without an answer."""
        listens = asyncio.Event()
        self._listener = asyncio.create_task(self._listen(listens))
        try:
            await asyncio.wait_for(listens.wait(), _REDIS_PATIENCE)
        except TimeoutError:
            logger.warning("Redis does not answer, the bus reaches only this process until it does")

    async def close(self) -> None:
        """End all subscriptions and leave Redis."""
        await super().close()
        tasks = [task for task in (self._listener, self._confession) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._redis.aclose()

    async def publish(self, topic: str, message: Mapping[str, Any]) -> None:
        """See `Bus.publish`. While Redis is away only this process hears it; others learn of the gap."""
        text = self._envelope(topic, message)
        self._deliver(topic, json.loads(text)["data"])
        if self._confession is not None:
            self._unsent = True
            return
        try:
            await self._send(text)
        except _AWAY as error:
            logger.warning("Redis is away, other processes miss a message on %s: %r", topic, error)
            self._confess_later()

    def _confess_later(self) -> None:
        self._unsent = True
        if self._confession is None:
            self._confession = asyncio.create_task(self._confess())

    def _envelope(self, topic: str, data: Mapping[str, Any]) -> str:
        return json.dumps({"from": self._origin, "topic": topic, "data": data})

    async def _send(self, text: str) -> None:
        async with asyncio.timeout(_REDIS_PATIENCE):
            await self._redis.publish(self._channel, text)

    async def _confess(self) -> None:
        """Tell the other processes, as soon as Redis takes it, that they missed messages of this one."""
        for pause in _pauses():
            await asyncio.sleep(pause)
            self._unsent = False
            with contextlib.suppress(*_AWAY):
                await self._send(self._envelope(GAP, {}))
                if not self._unsent:
                    break
        self._confession = None

    async def _listen(self, listens: asyncio.Event) -> None:
        """Listen until cancelled, and come back when Redis does."""
        pauses = _pauses()
        while True:
            try:
                await self._receive(listens)
            except _AWAY as error:
                if listens.is_set():
                    logger.warning("Redis is away, the bus reaches only this process: %r", error)
                    listens.clear()
                    pauses = _pauses()
            await asyncio.sleep(next(pauses))

    async def _receive(self, listens: asyncio.Event) -> None:
        async with self._redis.pubsub() as pubsub:
            await pubsub.subscribe(self._channel)
            while True:
                message = await pubsub.get_message(timeout=_LISTEN)
                if message is None:
                    await self._ping()
                elif message["type"] == "subscribe":
                    self._tell_of_gap()
                    listens.set()
                elif message["type"] == "message":
                    self._hear(json.loads(message["data"]))

    async def _ping(self) -> None:
        """Notice a silent server: a subscription to a host that vanished would wait for ever."""
        async with asyncio.timeout(_REDIS_PATIENCE):
            await self._redis.ping()

    def _hear(self, envelope: dict[str, Any]) -> None:
        if envelope["from"] == self._origin:
            return
        if envelope["topic"] == GAP:
            self._tell_of_gap()
            return
        self._deliver(envelope["topic"], envelope["data"])


class _Inbox:
    """The messages that wait for one listener."""

    def __init__(self, size: int) -> None:
        self._messages: deque[Message] = deque(maxlen=size)
        self._arrived = asyncio.Event()
        self._lost = False
        self._closed = False

    def put(self, message: Message) -> None:
        self._lost = self._lost or len(self._messages) == self._messages.maxlen
        self._messages.append(message)
        self._arrived.set()

    def lose(self) -> None:
        self._lost = True
        self._arrived.set()

    def close(self) -> None:
        self._closed = True
        self._arrived.set()

    def __aiter__(self) -> _Inbox:
        return self

    async def __anext__(self) -> Message:
        await self._arrived.wait()
        if self._closed:
            raise StopAsyncIteration
        message = self._next()
        if not self._messages:
            self._arrived.clear()
        return message

    def _next(self) -> Message:
        if self._lost:
            self._lost = False
            return Message(GAP)
        return self._messages.popleft()


def _pauses() -> Iterator[float]:
    """Seconds between tries: doubling, and not the same in every process."""
    pause = 0.1
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - only spreads the tries
        pause = min(pause * 2, _LONGEST_PAUSE)
