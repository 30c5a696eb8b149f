"""Who is where at this moment: kept in this process, or in Redis for all processes, and forgotten by itself.

Nothing is stored in the database and nothing is logged. While Redis is away each process knows of its own people alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable
from typing import cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger("cercle.presence")

LASTS = 60
"""Seconds until somebody is gone who gives no more signs of life."""
MOST = 500
"""So many people are known in one place."""
_REDIS_PATIENCE = 0.5  # seconds for one question
_RETRY_REDIS_AFTER = 5.0  # seconds
_AWAY = (RedisError, OSError, TimeoutError)

Here = dict[int, str]
"""By the id of a person, what they are doing."""


class Presence:
    """The places of one application, and who is there.

    Args:
        redis_url: where processes share them; None to keep them in this process.
    """

    def __init__(self, redis_url: str | None = None) -> None:
        self._here = _Local()
        self._shared = _Shared(redis_url) if redis_url else None
        self._away_until = 0.0

    async def beat(self, place: str, user_id: int, doing: str) -> Here:
        """A sign of life; answers who was there before it.

        Args:
            place: any name.
            user_id: who is there for the next minute.
            doing: one word, such as `reading`.
        """
        now = time.time()
        before = await self._ask(place, now)
        if self._shared is not None and self._reachable():
            await self._try(self._shared.beat(place, user_id, doing, now))
        self._here.beat(place, user_id, doing, now)
        return before

    async def leave(self, place: str, user_id: int) -> bool:
        """Forget at once that somebody is in a place; answers whether they were."""
        was = user_id in await self._ask(place, time.time())
        self._here.leave(place, user_id)
        if was and self._shared is not None and self._reachable():
            await self._try(self._shared.leave(place, user_id))
        return was

    async def at(self, place: str) -> Here:
        """Who is in a place now."""
        return await self._ask(place, time.time())

    async def close(self) -> None:
        """Leave Redis."""
        if self._shared is not None:
            await self._shared.close()

    async def _ask(self, place: str, now: float) -> Here:
        if self._shared is not None and self._reachable():
            found = await self._try(self._shared.at(place, now))
            if found is not None:
                return found
        return self._here.at(place, now)

    async def _try(self, question: Awaitable[Here | None]) -> Here | None:
        try:
            async with asyncio.timeout(_REDIS_PATIENCE):
                return await question
        except _AWAY as error:
            logger.warning("Redis is away, each process knows of its own people alone: %r", error)
            self._away_until = time.monotonic() + _RETRY_REDIS_AFTER
            return None

    def _reachable(self) -> bool:
        return time.monotonic() >= self._away_until


class _Local:
    """Places in this process; those where nobody is left are dropped as others are asked for."""

    def __init__(self) -> None:
        self._places: dict[str, dict[int, tuple[str, float]]] = {}
        self._swept = 0.0

    def beat(self, place: str, user_id: int, doing: str, now: float) -> None:
        self._sweep(now)
        people = self._places.setdefault(place, {})
        if user_id in people or len(people) < MOST:
            people[user_id] = (doing, now + LASTS)

    def leave(self, place: str, user_id: int) -> None:
        self._places.get(place, {}).pop(user_id, None)

    def at(self, place: str, now: float) -> Here:
        return {who: doing for who, (doing, until) in self._places.get(place, {}).items() if until > now}

    def _sweep(self, now: float) -> None:
        if now - self._swept < LASTS:
            return
        self._swept = now
        for place, people in list(self._places.items()):
            if all(until <= now for _, until in people.values()):
                del self._places[place]


class _Shared:
    """Places in Redis: a hash of people by place, which goes when nobody has been there for a minute."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=_REDIS_PATIENCE,
            socket_timeout=_REDIS_PATIENCE,
            decode_responses=True,
        )

    async def beat(self, place: str, user_id: int, doing: str, now: float) -> None:
        async with self._redis.pipeline(transaction=True) as together:
            together.hset(_key(place), str(user_id), f"{now + LASTS:.3f} {doing}")
            together.expire(_key(place), LASTS)
            await together.execute()

    async def leave(self, place: str, user_id: int) -> None:
        await self._redis.hdel(_key(place), str(user_id))

    async def at(self, place: str, now: float) -> Here:
        found = await cast(Awaitable[dict[str, str]], self._redis.hgetall(_key(place)))
        facts = {int(who): text.partition(" ") for who, text in list(found.items())[:MOST]}
        return {who: doing for who, (until, _, doing) in facts.items() if float(until) > now}

    async def close(self) -> None:
        await self._redis.aclose()


def _key(place: str) -> str:
    return f"cercle:presence:{place}"
