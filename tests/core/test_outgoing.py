"""Calling other servers: which addresses are let through."""

from ipaddress import ip_address

import pytest

from core.outgoing import OutgoingError, call, is_public, origin


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address like the others
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "ff02::1",
    ],
)
def test_what_is_not_of_the_open_network_is_no_public_address(address: str) -> None:
    assert is_public(ip_address(address)) is False


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111"])
def test_what_everybody_can_reach_is_one(address: str) -> None:
    assert is_public(ip_address(address)) is True


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0x7f.1/",
        "http://2130706433/",
        "https://user:pass@127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://",
        "//",
        "http://[",
        "http://a\0b/",
    ],
)
async def test_a_call_that_nobody_configured_is_refused(url: str) -> None:
    with pytest.raises(OutgoingError):
        await call(url)


@pytest.mark.parametrize("trusted", ["http://127.0.0.1:2/", "https://127.0.0.1:1/", "http://localhost:1/"])
async def test_trust_in_one_place_is_no_trust_in_its_neighbour(trusted: str) -> None:
    with pytest.raises(OutgoingError, match="private network"):
        await call("http://127.0.0.1:1/", trusted=trusted)


def test_two_ways_to_write_an_origin_are_one() -> None:
    assert origin("https://Example.org/a") == origin("https://example.org:443/b") == ("https", "example.org", 443)
