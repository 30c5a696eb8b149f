"""Signing in and out: cookies, sessions, the same answer for everybody who may not."""

import asyncio
from datetime import UTC, datetime, timedelta

import argon2
import pytest

from cercle.testing import Village
from core.accounts.models import LoginSession, User
from core.accounts.sessions import digest
from core.limits import Limits

HASHING = argon2.PasswordHasher


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often the library compares a password with a hash."""
    seen: list[int] = []
    original = HASHING.verify

    def verify(self: argon2.PasswordHasher, hash: str | bytes, password: str | bytes) -> bool:
        seen.append(1)
        return bool(original(self, hash, password))

    monkeypatch.setattr(HASHING, "verify", verify)
    return seen


async def test_the_right_password_signs_in_with_a_cookie_that_scripts_cannot_read(village: Village) -> None:
    client = village.client()
    answer = await client.post(
        "/sign-in", data={"email": village.member.email, "password": village.password, "next": "/account/"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Path=/"))
    row = await LoginSession.get(user=village.member)
    assert row.token_hash == digest(client.cookies["cercle"])
    assert (await client.get("/account/")).status_code == 200


@pytest.mark.parametrize("email", ["MEMBER@Village.Example", "  member@village.example "])
async def test_an_address_is_known_in_any_spelling(village: Village, email: str) -> None:
    answer = await village.client().post("/sign-in", data={"email": email, "password": village.password})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("member@village.example", "wrong"),
        ("nobody@village.example", "wrong"),
        ("closed@village.example", "seven quiet bicycles"),
        ("without@village.example", "wrong"),
        ("not an address", "wrong"),
        ("member@village.example", "x" * 2000),
        ("member@village.example", "nul\0nul"),
        ("nobody@village.example", "x" * 2000),
    ],
)
async def test_every_refusal_takes_one_comparison_and_gives_one_answer(
    village: Village, monkeypatch: pytest.MonkeyPatch, email: str, password: str
) -> None:
    await village.person("Closed Case", password_hash=village.member.password_hash, is_active=False)
    await village.person("Without Password")
    seen = counted(monkeypatch)
    answer = await village.client().post("/sign-in", data={"email": email, "password": password})
    assert (answer.status_code, len(seen)) == (422, 1)
    assert "Address or password is wrong." in answer.text
    assert "set-cookie" not in answer.headers
    assert await LoginSession.all().count() == 0


async def test_the_right_password_takes_one_comparison_too(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = counted(monkeypatch)
    await village.client().post("/sign-in", data={"email": village.member.email, "password": village.password})
    assert len(seen) == 1


async def test_a_password_of_ten_megabytes_is_refused_before_it_is_read(village: Village) -> None:
    answer = await village.client().post("/sign-in", data={"email": village.member.email, "password": "x" * 10_000_000})
    assert answer.status_code == 413


async def test_a_password_typed_in_another_unicode_form_is_the_same(village: Village) -> None:
    person = await village.person("Zoe Accent", password_hash=HASHING().hash("caf\u00e9 au lait noir".encode()))
    answer = await village.client().post(
        "/sign-in", data={"email": person.email, "password": "cafe\u0301 au lait noir"}
    )
    assert answer.status_code == 303


async def test_a_hash_made_with_older_parameters_is_renewed_at_sign_in(village: Village) -> None:
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(village.password)
    await User.filter(id=village.member.id).update(password_hash=old)
    await village.client().post("/sign-in", data={"email": village.member.email, "password": village.password})
    renewed = (await User.get(id=village.member.id)).password_hash
    assert renewed is not None
    assert "m=65536,t=3" in renewed


async def test_parallel_wrong_passwords_are_all_counted(village: Village) -> None:
    client = village.client()
    sent = [
        client.post("/sign-in", data={"email": village.member.email, "password": f"wrong {number}"})
        for number in range(14)
    ]
    answers = [answer.status_code for answer in await asyncio.gather(*sent)]
    assert (answers.count(422), answers.count(429)) == (10, 4)
    late = await client.post("/sign-in", data={"email": village.member.email, "password": village.password})
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 0


async def test_an_unknown_address_reaches_the_same_limit(village: Village) -> None:
    client = village.client()
    data = {"email": "nobody@village.example", "password": "wrong"}
    answers = [(await client.post("/sign-in", data=data)).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


async def test_signing_in_forgets_the_slips_before(village: Village) -> None:
    client, right = village.client(), {"email": village.member.email, "password": village.password}
    for _round in range(2):
        for _slip in range(6):
            await client.post("/sign-in", data={**right, "password": "wrong"})
        assert (await client.post("/sign-in", data=right)).status_code == 303
    assert isinstance(village.app.limits, Limits)


async def test_a_session_that_somebody_planted_is_not_taken_over(village: Village) -> None:
    client = village.client()
    client.cookies.set("cercle", "planted")
    await client.post("/sign-in", data={"email": village.member.email, "password": village.password})
    assert not await LoginSession.filter(token_hash=digest("planted")).exists()
    stranger = village.client()
    stranger.cookies.set("cercle", "planted")
    assert (await stranger.get("/account/")).status_code == 303


async def test_signing_in_again_ends_the_session_of_before(village: Village) -> None:
    client = village.client(village.member)
    await client.get("/account/")
    before = client.cookies["cercle"]
    await client.post("/sign-in", data={"email": village.owner.email, "password": village.password})
    assert not await LoginSession.filter(token_hash=digest(before)).exists()
    assert await LoginSession.filter(user=village.member).count() == 0
    assert await LoginSession.filter(user=village.owner).count() == 1


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/c/atelier/?page=2", "/c/atelier/?page=2"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\r\nSet-Cookie: x=y", "/"),
        ("", "/"),
    ],
)
async def test_next_leads_nowhere_but_here(village: Village, wanted: str, reached: str) -> None:
    data = {"email": village.member.email, "password": village.password, "next": wanted}
    assert (await village.client().post("/sign-in", data=data)).headers["location"] == reached
    signed_in = await village.client(village.member).get("/sign-in", params={"next": wanted})
    assert signed_in.headers["location"] == reached
    form = await village.client().get("/sign-in", params={"next": wanted})
    assert f'name="next" value="{reached}"' in form.text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
async def test_another_site_can_sign_nobody_in_or_out(village: Village, path: str) -> None:
    client = village.client(village.member, sec_fetch_site="cross-site")
    answer = await client.post(path, data={"email": village.owner.email, "password": village.password})
    assert answer.status_code == 403
    assert await LoginSession.filter(user=village.owner).count() == 0
    assert (await client.get("/account/")).status_code == 200


async def test_signing_out_ends_the_session_in_the_database(village: Village) -> None:
    client = village.client(village.member)
    await client.get("/account/")
    kept = client.cookies["cercle"]
    answer = await client.post("/sign-out")
    assert answer.headers["location"] == "/"
    assert await LoginSession.all().count() == 0
    thief = village.client()
    thief.cookies.set("cercle", kept)
    assert (await thief.get("/account/")).status_code == 303
    assert (await village.client().post("/sign-out")).status_code == 303


async def test_a_session_ends_when_it_lay_idle_or_is_too_old(village: Village) -> None:
    client = village.client(village.member)
    assert (await client.get("/account/")).status_code == 200
    long_ago = datetime.now(UTC) - timedelta(days=15)
    await LoginSession.all().update(seen_at=long_ago)
    assert (await client.get("/account/")).status_code == 303
    await LoginSession.all().update(seen_at=datetime.now(UTC), expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await client.get("/account/")).status_code == 303


async def test_the_answer_to_a_sign_in_form_with_more_fields_names_them(village: Village) -> None:
    data = {"email": village.member.email, "password": village.password, "is_operator": "1"}
    assert (await village.client().post("/sign-in", data=data)).status_code == 422


async def test_over_https_the_cookies_are_pinned_to_the_host(village: Village) -> None:
    village.app.settings = village.app.settings.model_copy(update={"base_url": "https://127.0.0.1:8000"})
    data = {"email": village.member.email, "password": village.password}
    cookies = (await village.client().post("/sign-in", data=data)).headers.get_list("set-cookie")
    kept = {cookie.partition("=")[0]: cookie for cookie in cookies if "Max-Age=0" not in cookie}
    assert kept.keys() == {"__Host-cercle", "__Host-cercle-device"}
    assert all("Secure" in cookie and "HttpOnly" in cookie and "Domain" not in cookie for cookie in kept.values())


async def test_no_page_of_accounts_is_kept_by_anybody(village: Village) -> None:
    client = village.client(village.member)
    for path in ("/account/", "/account/sessions", "/account/tokens"):
        assert (await client.get(path)).headers["cache-control"] == "private, no-store"


async def test_signing_out_leads_on_to_a_place_of_this_site_only(village: Village) -> None:
    inside = await village.client(village.member).post("/sign-out", data={"next": "/invitations/abc"})
    outside = await village.client(village.owner).post("/sign-out", data={"next": "//elsewhere.example"})

    assert (inside.headers["location"], outside.headers["location"]) == ("/invitations/abc", "/")
