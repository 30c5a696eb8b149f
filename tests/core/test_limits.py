"""Rate limits, in one process and through a real Redis, and whose tries are counted together."""

import logging
from typing import Any

import pytest
from redis.asyncio import Redis

from core.errors import TooMany
from core.limits import Limits, Rule, client_address, client_network
from tests.services.processes import free_port

THREE = Rule("test.account", "3 per 15 minutes")
PROXIES = ("10.0.0.0/8", "fd00::/8")


def scope(client: str | None, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {"client": (client, 1234) if client else None, "headers": headers}


async def hits(limits: Limits, times: int, *keys: object, rule: Rule = THREE) -> None:
    for _ in range(times):
        await limits.hit(rule, *keys)


@pytest.fixture(params=["in this process", "through redis"])
def limits(request: pytest.FixtureRequest, redis_url: str) -> Limits:
    return Limits(redis_url if request.param == "through redis" else None)


async def test_one_try_too_many_is_refused_and_says_when_to_come_back(limits: Limits) -> None:
    await hits(limits, 3, "a@cercle.example")
    with pytest.raises(TooMany) as refused:
        await limits.hit(THREE, "a@cercle.example")
    assert 1 <= refused.value.retry_after <= 15 * 60


async def test_every_key_and_every_rule_counts_for_itself(limits: Limits) -> None:
    await hits(limits, 3, "a", "b")
    await hits(limits, 3, "a/b")
    await hits(limits, 3, "b", "a")
    await hits(limits, 3, "a", "b", rule=Rule("test.other", THREE.rate))


async def test_what_was_cleared_may_be_tried_again(limits: Limits) -> None:
    await hits(limits, 3, "a")
    await limits.clear(THREE, "a")
    await hits(limits, 3, "a")


async def test_processes_count_together_through_redis(redis_url: str) -> None:
    here, there = Limits(redis_url), Limits(redis_url)
    await hits(here, 2, "a")
    await hits(there, 1, "a")
    with pytest.raises(TooMany):
        await there.hit(THREE, "a")


async def test_redis_does_not_learn_whose_tries_it_counts(redis_url: str) -> None:
    await hits(Limits(redis_url), 1, "somebody@cercle.example")
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        keys = await redis.keys("*test.account*")
    assert len(keys) == 1
    assert "somebody" not in keys[0]


async def test_while_redis_is_away_the_process_counts_for_itself(caplog: pytest.LogCaptureFixture) -> None:
    limits = Limits(f"redis://127.0.0.1:{free_port()}/0")
    with caplog.at_level(logging.WARNING, "cercle.limits"):
        await hits(limits, 3, "a")
        with pytest.raises(TooMany):
            await limits.hit(THREE, "a")
        await limits.clear(THREE, "a")
    assert len(caplog.records) == 1


async def test_a_rate_that_cannot_be_read_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="often"):
        Rule("test.account", "often")


@pytest.mark.parametrize(
    "connection, expected",
    [
        (scope("203.0.113.7"), "203.0.113.7"),
        (scope("203.0.113.7", "198.51.100.1"), "203.0.113.7"),
        (scope("10.0.0.1", "198.51.100.1"), "198.51.100.1"),
        (scope("10.0.0.1", "192.0.2.9, 198.51.100.1"), "198.51.100.1"),
        (scope("10.0.0.1", "192.0.2.9", "198.51.100.1"), "198.51.100.1"),
        (scope("10.0.0.1", "198.51.100.1, 10.0.0.2"), "198.51.100.1"),
        (scope("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3"),
        (scope("10.0.0.1", "198.51.100.1, nonsense"), "10.0.0.1"),
        (scope("10.0.0.1", ""), "10.0.0.1"),
        (scope("10.0.0.1", "198.51.100.1:5555"), "198.51.100.1"),
        (scope("fd00::1", "[2001:db8::1]:5555"), "2001:db8::1"),
        (scope("::ffff:10.0.0.1", "198.51.100.1"), "198.51.100.1"),
        (scope("fe80::1%eth0"), "fe80::1"),
        (scope(None, "198.51.100.1"), "unix"),
    ],
)
async def test_forwarded_addresses_are_believed_from_listed_proxies_only(
    connection: dict[str, Any], expected: str
) -> None:
    assert client_address(connection, PROXIES) == expected


async def test_a_proxy_on_the_unix_socket_can_be_listed() -> None:
    assert client_address(scope(None, "198.51.100.1"), ("unix",)) == "198.51.100.1"


async def test_a_listed_proxy_that_is_no_network_is_an_error() -> None:
    with pytest.raises(ValueError, match="proxy"):
        client_address(scope("10.0.0.1"), ("proxy.example",))


@pytest.mark.parametrize(
    "client, network",
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
        (None, "unix"),
    ],
)
async def test_tries_are_counted_by_the_network_of_one_customer(client: str | None, network: str) -> None:
    assert client_network(scope(client), ()) == network
