"""Rate limits, counted over a sliding window: in this process, or in Redis for all processes.

While Redis is away each process counts for itself: guessing stays limited, and reading stays possible.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import limits
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from core.errors import TooMany

logger = logging.getLogger("cercle.limits")

UNIX = "unix"
_REDIS_PATIENCE = 0.5  # seconds for one question
_RETRY_REDIS_AFTER = 5.0  # seconds
_IPV6_NETWORK = 64  # bits: the smallest network that a provider gives to one customer


@dataclass(frozen=True, slots=True)
class Rule:
    """How often something may happen.

    Args:
        name: `<part>.<what>.<counted by>`, for example `sign_in.account`.
        rate: for example `10 per 15 minutes`.

    Raises:
        ValueError: when the rate cannot be read.
    """

    name: str
    rate: str

    def __post_init__(self) -> None:
        _item(self.name, self.rate)


class Limits:
    """The counters of one application.

    Args:
        redis_url: where processes share their counters; None to count in this process.
    """

    def __init__(self, redis_url: str | None = None) -> None:
        self._here = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(_redis_storage(redis_url)) if redis_url else None
        self._away_until = 0.0

    async def hit(self, rule: Rule, *keys: object) -> None:
        """Count one more try.

        Args:
            rule: how many tries there may be.
            keys: whose tries are counted, for example an account or the answer of `client_network`.

        Raises:
            TooMany: when there were too many; says when the next try makes sense.
        """
        item, key = _item(rule.name, rule.rate), _key(keys)
        wait = await self._wait(item, key)
        if wait:
            raise TooMany(retry_after=wait)

    async def clear(self, rule: Rule, *keys: object) -> None:
        """Forget the tries of these keys, as after a sign-in that succeeded."""
        item, key = _item(rule.name, rule.rate), _key(keys)
        await self._here.clear(item, key)
        if self._shared is not None and self._reachable():
            try:
                async with asyncio.timeout(_REDIS_PATIENCE):
                    await self._shared.clear(item, key)
            except (StorageError, OSError) as error:
                self._note_absence(error)

    async def _wait(self, item: limits.RateLimitItem, key: str) -> int:
        if self._shared is not None and self._reachable():
            try:
                async with asyncio.timeout(_REDIS_PATIENCE):
                    return await _seconds_to_wait(self._shared, item, key)
            except (StorageError, OSError) as error:
                self._note_absence(error)
        return await _seconds_to_wait(self._here, item, key)

    def _reachable(self) -> bool:
        return time.monotonic() >= self._away_until

    def _note_absence(self, error: Exception) -> None:
        logger.warning("Redis is away, each process counts its own rate limits: %r", error)
        self._away_until = time.monotonic() + _RETRY_REDIS_AFTER


def client_address(scope: Mapping[str, Any], trusted_proxies: Sequence[str]) -> str:
    """The address of the client as far as it can be believed.

    `X-Forwarded-For` is read from its end, as long as the hop that wrote an entry is a trusted proxy. It
    does no harm when uvicorn has replaced `scope["client"]` already, as long as it trusts the same networks.

    Args:
        scope: of an ASGI connection.
        trusted_proxies: networks in CIDR notation; `unix` for who comes through the server's Unix socket.

    Returns:
        An IP address, or `unix` when there is none.

    Raises:
        ValueError: when a trusted proxy is not a network.
    """
    trusted = parse_networks(tuple(trusted_proxies))
    client = scope.get("client")
    address = _address(client[0]) if client else UNIX
    for entry in reversed(_forwarded_for(scope)):
        believed = _is_trusted(address, trusted, UNIX in trusted_proxies)
        before = _address(entry) if believed else UNIX
        if before == UNIX:
            break
        address = before
    return address


def client_network(scope: Mapping[str, Any], trusted_proxies: Sequence[str]) -> str:
    """The network that a client's tries are counted by: its IPv4 address, or the /64 of its IPv6 address.

    Arguments and errors as for `client_address`.
    """
    address = client_address(scope, trusted_proxies)
    if address == UNIX:
        return UNIX
    bits = _IPV6_NETWORK if ":" in address else 32
    return str(ip_network(f"{address}/{bits}", strict=False))


@lru_cache(maxsize=16)
def parse_networks(words: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """The networks that these words name; `unix` is left out.

    Raises:
        ValueError: when one is neither an address nor a network.
    """
    return tuple(ip_network(word, strict=False) for word in words if word != UNIX)


def _is_trusted(address: str, networks: Sequence[IPv4Network | IPv6Network], trusts_unix: bool) -> bool:
    if address == UNIX:
        return trusts_unix
    return any(ip_address(address) in network for network in networks)


def _forwarded_for(scope: Mapping[str, Any]) -> list[str]:
    found = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return [entry.strip() for entry in ",".join(found).split(",") if entry.strip()]


def _address(text: str) -> str:
    """An IP address in its plain form, without port and zone; `unix` when it is none."""
    try:
        found = ip_address(_without_port(text))
    except ValueError:
        return UNIX
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or found).partition("%")[0]
    return str(found)


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


@lru_cache(maxsize=256)
def _item(name: str, rate: str) -> limits.RateLimitItem:
    item = limits.parse(rate)
    item.namespace = name
    return item


def _key(keys: Sequence[object]) -> str:
    """Keys may be names or addresses of people, and have any length: only their digest is stored."""
    return hashlib.sha256(repr([str(key) for key in keys]).encode()).hexdigest()[:32]


async def _seconds_to_wait(limiter: SlidingWindowCounterRateLimiter, item: limits.RateLimitItem, key: str) -> int:
    if await limiter.hit(item, key):
        return 0
    window = await limiter.get_window_stats(item, key)
    return max(1, math.ceil(window.reset_time - time.time()))


def _redis_storage(url: str) -> Storage:
    url = url.replace("unix://", "redis+unix://", 1) if url.startswith("unix") else url
    return RedisStorage(
        f"async+{url}",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="cercle:limits",
        socket_connect_timeout=_REDIS_PATIENCE,
        socket_timeout=_REDIS_PATIENCE,
    )
