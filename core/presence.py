"""Who is where at this moment: kept in this process, or in Redis for all processes, and forgotten by itself.

Nothing is stored in the database and nothing is logged. While Redis is away each process knows of its own people alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger("cercle.presence")

LASTS = 60
"""Seconds until somebody is gone who gives no more signs of life."""
MOST = 500
"""So many signs are known in one place."""
VISITS = 20
"""So many visits of one person in one place, those that ended within the last minute included."""
_EDITING = "editing"
_LEFT = "left"
_REDIS_PATIENCE = 0.5  # seconds for one question
_RETRY_REDIS_AFTER = 5.0  # seconds
_AWAY = (RedisError, OSError, TimeoutError)

Here = dict[int, str]
"""By the id of a person, what they are doing."""
Signs = dict[str, str]
"""Signs of life in a place as they are kept: `7 k3x` or, of a visit that ended, `7 k3x left`; until when, and what they do."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a sign of life changed.

    Args:
        before: who was there.
        after: who is there now.
    """

    before: Here
    after: Here


class Presence:
    """The places of one application, and who is there.

    Somebody may look at a place in several tabs; each is a visit. A visit that ended stays so: a sign of life that was on its way
    while its tab was closed brings nobody back.

    Args:
        redis_url: where processes share them; None to keep them in this process.
    """

    def __init__(self, redis_url: str | None = None) -> None:
        self._here = _Local()
        self._shared = _Shared(redis_url) if redis_url else None
        self._away_until = 0.0

    async def beat(self, place: str, user_id: int, doing: str, visit: str = "") -> Change:
        """A sign of life; whoever edits in one tab and reads in another edits.

        Args:
            place: any name.
            user_id: who is there for the next minute.
            doing: one word, such as `reading`.
            visit: which of their tabs, without a space.
        """
        now = time.time()
        before = await self._signs(place)
        field, sign = f"{user_id} {visit}", f"{now + LASTS:.3f} {doing}"
        if not _has_room(before, field, now):
            return Change(_people(before, now), _people(before, now))
        await self._write(place, {field: sign}, _past(before, now))
        return Change(_people(before, now), _people(before | {field: sign}, now))

    async def leave(self, place: str, user_id: int, visit: str = "") -> Change:
        """Forget at once that somebody is in a place.

        Args:
            place: as in `beat`.
            user_id: who.
            visit: which of their tabs; "" for all that are known.
        """
        now = time.time()
        before = await self._signs(place)
        gone = {field for field in before if _is_of(field, user_id, visit)} | _past(before, now)
        after, mark = _without(before, gone), f"{user_id} {visit} {_LEFT}"
        left = {mark: f"{now + LASTS:.3f} {_LEFT}"} if visit and _has_room(after, mark, now) else {}
        if left or gone:
            await self._write(place, left, gone - set(left))
        return Change(_people(before, now), _people(after | left, now))

    async def at(self, place: str) -> Here:
        """Who is in a place now."""
        return _people(await self._signs(place), time.time())

    async def close(self) -> None:
        """Leave Redis."""
        if self._shared is not None:
            await self._shared.close()

    async def _signs(self, place: str) -> Signs:
        if self._shared is not None and self._reachable():
            found = await self._try(self._shared.read(place))
            if found is not None:
                return found
        return self._here.read(place)

    async def _write(self, place: str, signs: Signs, gone: set[str]) -> None:
        if self._shared is not None and self._reachable():
            await self._try(self._shared.write(place, signs, gone))
        self._here.write(place, signs, gone)

    async def _try(self, question: Awaitable[Signs | None]) -> Signs | None:
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
    """Places in this process; those where nobody is left are dropped as others are written."""

    def __init__(self) -> None:
        self._places: dict[str, Signs] = {}
        self._swept = 0.0

    def read(self, place: str) -> Signs:
        return dict(self._places.get(place, {}))

    def write(self, place: str, signs: Signs, gone: set[str]) -> None:
        self._sweep(time.time())
        self._places[place] = _without(self._places.get(place, {}), gone) | signs

    def _sweep(self, now: float) -> None:
        if now - self._swept < LASTS:
            return
        self._swept = now
        for place, signs in list(self._places.items()):
            if len(_past(signs, now)) == len(signs):
                del self._places[place]


class _Shared:
    """Places in Redis: a hash of signs by place, which goes when nobody has been there for a minute."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=_REDIS_PATIENCE,
            socket_timeout=_REDIS_PATIENCE,
            decode_responses=True,
        )

    async def read(self, place: str) -> Signs:
        return await cast(Awaitable[Signs], self._redis.hgetall(_key(place)))

    async def write(self, place: str, signs: Signs, gone: set[str]) -> None:
        async with self._redis.pipeline(transaction=True) as together:
            if gone:
                together.hdel(_key(place), *gone)
            for field, sign in signs.items():
                together.hset(_key(place), field, sign)
            if signs:
                together.expire(_key(place), LASTS)
            await together.execute()

    async def close(self) -> None:
        await self._redis.aclose()


def _people(signs: Signs, now: float) -> Here:
    past, here = _past(signs, now), Here()
    for field, sign in signs.items():
        who, _, visit = field.partition(" ")
        if field in past or visit.endswith(f" {_LEFT}") or f"{field} {_LEFT}" in signs:
            continue
        doing = sign.partition(" ")[2]
        here[int(who)] = doing if doing == _EDITING else here.get(int(who), doing)
    return here


def _past(signs: Signs, now: float) -> set[str]:
    return {field for field, sign in signs.items() if float(sign.partition(" ")[0]) <= now}


def _has_room(signs: Signs, field: str, now: float) -> bool:
    if field in signs:
        return True
    known, who = signs.keys() - _past(signs, now), field.partition(" ")[0]
    return len(known) < MOST and sum(one.startswith(f"{who} ") for one in known) < VISITS


def _is_of(field: str, user_id: int, visit: str) -> bool:
    who, _, which = field.partition(" ")
    return who == str(user_id) and not which.endswith(f" {_LEFT}") and (not visit or which == visit)


def _without(signs: Signs, gone: set[str]) -> Signs:
    return {field: sign for field, sign in signs.items() if field not in gone}


def _key(place: str) -> str:
    return f"cercle:presence:{place}"
