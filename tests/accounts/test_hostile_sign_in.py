"""What somebody may throw at the ways in: each is refused clearly within two seconds, and nothing is changed."""

import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import quote

import argon2
import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import KnownDevice, LoginSession, OneTimeLink, SignIn, User
from core.accounts.services import request_reset
from core.models import AuditEntry, Mail
from tests.accounts.letters import letters, link_in_last
from tests.accounts.working import browser, sign_in

SECONDS = 2.0
Form = Literal["NFC", "NFD"]
ACCENTED = "Élodie à la plage n° 1"
HUGE = "x" * 10_000_000
FORM = {"content-type": "application/x-www-form-urlencoded"}


@asynccontextmanager
async def nothing_happens(village: Village) -> AsyncIterator[None]:
    """In the block no account, session, device, history, link, mail or line of the log appears or changes, and it is short."""
    before, began = await state(), time.monotonic()
    yield
    assert time.monotonic() - began < SECONDS
    assert await state() == before


async def state() -> list[object]:
    """All that a sign-in could change."""
    counted = [
        await model.all().count() for model in (LoginSession, KnownDevice, SignIn, OneTimeLink, Mail, AuditEntry)
    ]
    return [*counted, await User.all().order_by("id").values_list("id", "stamp", "password_hash", "email", "is_active")]


@pytest.mark.parametrize("path", ["/sign-in", "/account/proof", "/account/password", "/reset-password", "/sign-up"])
async def test_ten_megabytes_are_refused_before_they_are_read(village: Village, path: str) -> None:
    client = village.client(village.member)
    await client.get("/account/")
    async with nothing_happens(village):
        answer = await client.post(path, data={"email": village.member.email, "password": HUGE})
        assert answer.status_code == 413


async def test_a_megabyte_behind_a_reset_link_leaves_it_good(village: Village) -> None:
    await request_reset(village.member.email)
    path = await link_in_last(village.member.email)
    async with browser(village) as client, nothing_happens(village):
        assert (await client.post(path, data={"password": HUGE})).status_code == 413
        assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize("path", ["/sign-in", "/reset-password"])
@pytest.mark.parametrize(
    "email",
    [
        "%00member@village.example",
        "member@village.example%00",
        "member%ED%A0%80@village.example",
        "%FF%FE",
        "member@village.example%0D%0ABcc:+a@evil.example",
        "member@village.example,evil@evil.example",
        quote("ｍember@village.example"),
        quote("member@village.example\u202e"),
        "'+OR+1=1--",
        "a" * 3000,
    ],
)
async def test_an_address_that_is_none_is_nobodys(village: Village, path: str, email: str) -> None:
    async with browser(village) as client, nothing_happens(village):
        answer = await client.post(path, content=f"email={email}&password=wrong", headers=FORM)
        assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    "password",
    [
        "seven+quiet+bicycles%00",
        "%00",
        "%ED%A0%80%ED%A0%80%ED%A0%80",
        "%FF" * 20,
        "%0A" * 20,
        "x" * 1025,
        "%C3%A9" * 600,
    ],
)
async def test_what_cannot_be_a_password_is_wrong_and_never_becomes_one(village: Village, password: str) -> None:
    client = village.client(village.member)
    await client.get("/account/")
    async with browser(village) as stranger, nothing_happens(village):
        data = f"email={village.member.email}&password={password}"
        assert (await stranger.post("/sign-in", content=data, headers=FORM)).status_code in (400, 422)
        data = f"current={village.password}&password={password}"
        changed = await client.post("/account/password", content=data, headers=FORM)
        assert changed.status_code in (400, 422)


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
async def test_a_password_set_on_a_mac_works_on_windows(village: Village, stored: Form, typed: Form) -> None:
    client = village.client(village.member)
    first = unicodedata.normalize(stored, ACCENTED)
    again = unicodedata.normalize(typed, ACCENTED)
    data = {"current": village.password, "password": first}
    assert (await client.post("/account/password", data=data)).status_code == 303
    async with browser(village) as other:
        assert (await sign_in(village, other, village.member, again)).status_code == 303
        assert (await sign_in(village, other, village.member, f"{again}e")).status_code == 422


async def test_letters_that_only_look_alike_are_another_password(village: Village) -> None:
    """NFC, not NFKC (RFC 8265, 4.2.1): who set a full-width letter meant it, and nobody else's guess is made easier."""
    async with browser(village) as client, nothing_happens(village):
        assert (await sign_in(village, client, village.member, "ｓeven quiet bicycles")).status_code == 422


async def test_a_hundred_sign_ins_at_once_are_a_hundred_answers(village: Village) -> None:
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    async with asyncio.TaskGroup() as group:
        people = [
            group.create_task(village.person(f"P{number} Parallel", password_hash=quick.hash(village.password)))
            for number in range(10)
        ]
    clients = [browser(village, f"203.0.113.{number}") for number in range(100)]
    sent = [sign_in(village, client, people[n % 10].result()) for n, client in enumerate(clients)]
    answers = await asyncio.gather(*sent)
    assert [answer.status_code for answer in answers] == [303] * 100
    assert len({client.cookies["cercle"] for client in clients}) == 100
    assert await LoginSession.all().count() == await KnownDevice.all().count() == 100
    assert await Mail.all().count() == 90
    await asyncio.gather(*(client.aclose() for client in clients))


@pytest.mark.parametrize(
    "forged",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1:8000@evil.example"},
        {"host": "127.0.0.1:8000.evil.example"},
        {"x-forwarded-host": "evil.example"},
        {"x-forwarded-proto": "https", "x-forwarded-host": "evil.example", "x-forwarded-port": "444"},
        {"forwarded": "host=evil.example;proto=https"},
        {"x-original-url": "//evil.example/", "x-rewrite-url": "//evil.example/"},
    ],
)
async def test_a_forged_host_never_reaches_a_mail(village: Village, forged: dict[str, str]) -> None:
    async with browser(village) as client:
        answer = await client.post("/reset-password", data={"email": village.member.email}, headers=forged)
    sent = await letters(village.member.email)
    assert (answer.status_code, len(sent)) in ((200, 1), (400, 0), (421, 0))
    assert all("evil" not in f"{mail.text}{mail.html}" for mail in sent)
    assert all("http://127.0.0.1:8000/reset-password/" in mail.text for mail in sent)


async def test_an_absolute_address_in_the_request_never_reaches_a_mail(village: Village) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(village.app), base_url="http://evil.example") as client:
        await client.post("/reset-password", data={"email": village.member.email})
    assert all("evil" not in f"{mail.text}{mail.html}" for mail in await letters(village.member.email))


@pytest.mark.parametrize("cookie", ["x" * 5000, "%00", "a;b", "é", "'", "../..", "-1"])
async def test_a_strange_device_cookie_is_no_cookie(village: Village, cookie: str) -> None:
    async with browser(village) as client:
        answer = await client.post(
            "/sign-in",
            data={"email": village.member.email, "password": village.password},
            headers=[(b"cookie", f"cercle-device={cookie}".encode())],
        )
    assert answer.status_code == 303
    assert await KnownDevice.filter(user=village.member).count() == 1


async def test_a_strange_name_of_a_browser_is_no_obstacle(village: Village) -> None:
    async with browser(village) as client:
        client.headers = httpx.Headers([(b"user-agent", b"\x7f<script>" + "é".encode() * 3000)])
        assert (await sign_in(village, client, village.member)).status_code == 303
        page = (await client.get("/account/sessions")).text
    assert "<script>" not in page.partition("<main")[2]
    assert "Unknown device" in page
