"""The outer walls: host, origin, body, headers, messages, language, errors."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from itsdangerous import URLSafeSerializer

from cercle.testing import Village
from core.flash import FLASH


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "[::1", "", "x" * 400]
)
async def test_a_request_for_another_host_is_refused(village: Village, host: str) -> None:
    answer = await village.client(village.owner).get("/", headers={"host": host})
    assert (answer.status_code, "set-cookie" in answer.headers) == (421, False)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "headers, allowed",
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8000"}, False),
        ({"origin": "http://127.0.0.1:8000"}, True),
        ({"origin": "http://127.0.0.1:9000"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://["}, False),
        ({"origin": ""}, False),
    ],
)
async def test_a_page_of_another_site_cannot_send_for_a_member(
    village: Village, headers: dict[str, str], allowed: bool
) -> None:
    answer = await village.client(village.member).post("/c/atelier/leave", headers=headers)
    assert (answer.status_code != 403) is allowed


@pytest.mark.sqlite_only
async def test_a_body_over_the_limit_is_refused_before_it_is_read(village: Village) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 65536

    headers = {"content-length": str(3 * 1024**2), "content-type": "application/x-www-form-urlencoded"}
    answer = await village.client(village.member).post("/account/", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert read < 3


@pytest.mark.sqlite_only
async def test_a_body_of_unknown_length_is_cut_off_at_the_limit(village: Village) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(200):
            sent += 65536
            yield b"x" * 65536

    headers = {"content-type": "application/json"}
    answer = await village.api(village.operator).post("clubs", content=chunks(), headers=headers)
    assert answer.status_code == 413
    assert sent <= village.app.settings.max_body + 2 * 65536


async def test_every_answer_says_what_this_site_never_does(village: Village) -> None:
    for path in ("/", "/nothing", "/static/core/nothing.css", "/api/v1/me", "/healthz"):
        headers = (await village.client(village.member).get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-request-id"]


async def test_whatever_looked_at_the_login_session_is_stored_nowhere(village: Village) -> None:
    for path in ("/", "/c/atelier/", "/c/cave/", "/nothing"):
        answer = await village.client(village.member).get(path)
        assert "no-store" in answer.headers["cache-control"], path


@pytest.mark.sqlite_only
async def test_a_request_id_is_taken_over_only_when_it_is_harmless(village: Village) -> None:
    client = village.client()
    assert (await client.get("/healthz", headers={"x-request-id": "abc-1"})).headers["x-request-id"] == "abc-1"
    assert (await client.get("/healthz", headers={"x-request-id": "<b>"})).headers["x-request-id"] != "<b>"


@pytest.mark.sqlite_only
@pytest.mark.parametrize("key", ["", "x" * 48])
async def test_a_forged_message_is_not_shown(village: Village, key: str) -> None:
    forged = str(URLSafeSerializer(key, salt="flash").dumps([("error", "Call this number")]))
    client = village.client(village.member)
    client.cookies.set(FLASH, forged)
    assert "Call this number" not in (await client.get("/account/")).text


@pytest.mark.sqlite_only
async def test_a_message_is_shown_once_and_escaped(village: Village) -> None:
    key = village.app.settings.secret_key
    client = village.client(village.member)
    client.cookies.set(
        FLASH, str(URLSafeSerializer(key, salt="flash").dumps([("success", "Saved <b>it</b>")])), domain="127.0.0.1"
    )
    first, second = await client.get("/account/"), await client.get("/account/")
    assert "Saved &lt;b&gt;it&lt;/b&gt;" in first.text
    assert "Saved" not in second.text


@pytest.mark.sqlite_only
async def test_strangers_are_spoken_to_in_the_language_of_their_browser(village: Village) -> None:
    for header, language in (("fr-CA,fr;q=0.9,en;q=0.5", "fr"), ("de", "en"), (";;q=x,,", "en")):
        answer = await village.client().get("/sign-in", headers={"accept-language": header})
        assert f'<html lang="{language}"' in answer.text


@pytest.mark.sqlite_only
async def test_a_page_that_does_not_exist_is_a_page(village: Village) -> None:
    answer = await village.client(village.member).get("/nothing")
    assert (answer.status_code, "This page does not exist" in answer.text) == (404, True)


@pytest.mark.sqlite_only
async def test_an_error_of_the_api_is_a_problem(village: Village) -> None:
    answer = await village.api().get("me")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["status"] == 401


@pytest.mark.sqlite_only
async def test_a_broken_form_is_the_senders_mistake(village: Village) -> None:
    headers = {"content-type": "multipart/form-data"}
    answer = await village.client(village.member).post("/account/", content=b"--x\r\n", headers=headers)
    assert answer.status_code == 422
