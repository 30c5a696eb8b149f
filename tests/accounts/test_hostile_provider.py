"""What a provider, or somebody who pretends to be one, may try: nobody gets in, and nothing changes."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from cercle.testing import Village
from core.accounts.models import Identity, LoginSession, SignInStep, User
from core.accounts.services.discovery import check_provider
from core.accounts.services.id_tokens import LOGOUT_EVENT
from tests.accounts.hostile import KEY, OTHER_KEY, Hostile, hostile_provider
from tests.accounts.visiting import connected, leave

CALLBACK = "/sign-in/providers/works/callback"


@pytest.fixture
async def hostile() -> AsyncIterator[Hostile]:
    """A provider that can lie."""
    async with hostile_provider() as server:
        yield server


async def visit(village: Village, hostile: Hostile, **changed: str) -> httpx.Response:
    """Leave for the provider, and come back with what it sends, or with something else."""
    client = village.client()
    back = hostile.visited(await leave(client))
    return await client.get(CALLBACK, params={**back, **changed})


async def nobody_came(village: Village, users: int = 7) -> bool:
    """Whether the site is as it was."""
    counts = [await LoginSession.all().count(), await Identity.all().count(), await User.all().count()]
    return counts == [0, 0, users]


async def test_an_honest_answer_lets_in(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    assert (await visit(village, hostile)).status_code == 303
    assert (await User.get(email="eve@example.org")).name == "Eve"


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _unsigned(claims: dict[str, Any]) -> str:
    return f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."


def _signed_with_the_public_key(claims: dict[str, Any]) -> str:
    head = f"{_encoded({'alg': 'HS256', 'kid': 'first'})}.{_encoded(claims)}"
    mark = hmac.new(KEY.as_pem(private=False), head.encode(), "sha256").digest()
    return f"{head}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"


def _hmac_with_a_shown_secret(hostile: Hostile) -> None:
    hostile.key = OctKey.import_key("k" * 64, {"kid": "first"})
    hostile.header, hostile.keys = {"alg": "HS256", "kid": "first"}, [dict(hostile.key.as_dict())]


def _unknown_kid(hostile: Hostile) -> None:
    hostile.header = {"alg": "RS256", "kid": "second"}


def _key_in_the_header(hostile: Hostile) -> None:
    hostile.key = OTHER_KEY
    hostile.header = {"alg": "RS256", "kid": "first", "jwk": dict(OTHER_KEY.as_dict(private=False))}


def _address_of_keys_in_the_header(hostile: Hostile) -> None:
    hostile.key = OTHER_KEY
    hostile.header = {"alg": "RS256", "kid": "first", "jku": f"{hostile.url}/other-keys"}


LIES: dict[str, Callable[[Hostile], object]] = {
    "alg none": lambda hostile: setattr(hostile, "forge", _unsigned),
    "HS256 with the RSA key": lambda hostile: setattr(hostile, "forge", _signed_with_the_public_key),
    "HS256 with a secret among the keys": _hmac_with_a_shown_secret,
    "another key": lambda hostile: setattr(hostile, "key", OTHER_KEY),
    "unknown kid": _unknown_kid,
    "a key of its own in the header": _key_in_the_header,
    "an address of keys in the header": _address_of_keys_in_the_header,
    "a key for encryption": lambda hostile: hostile.keys[0].update(use="enc"),
    "iss": lambda hostile: hostile.claims.update(iss="https://other.example"),
    "aud": lambda hostile: hostile.claims.update(aud="other"),
    "several aud without azp": lambda hostile: hostile.claims.update(aud=["cercle", "other"]),
    "azp": lambda hostile: hostile.claims.update(azp="other"),
    "no aud": lambda hostile: hostile.claims.update(aud=None),
    "nonce": lambda hostile: hostile.claims.update(nonce="other"),
    "no nonce": lambda hostile: hostile.claims.update(nonce=None),
    "expired": lambda hostile: hostile.claims.update(exp=int(time.time()) - 120),
    "no exp": lambda hostile: hostile.claims.update(exp=None),
    "exp no number": lambda hostile: hostile.claims.update(exp="never"),
    "not yet good": lambda hostile: hostile.claims.update(nbf=int(time.time()) + 3600),
    "from the future": lambda hostile: hostile.claims.update(iat=int(time.time()) + 3600),
    "at_hash": lambda hostile: hostile.claims.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "no sub": lambda hostile: hostile.claims.update(sub=None),
    "sub a list": lambda hostile: hostile.claims.update(sub=["eve"]),
    "sub too long": lambda hostile: hostile.claims.update(sub="e" * 256),
    "sub beyond ASCII": lambda hostile: hostile.claims.update(sub="ev\u00e9"),
    "sub with NUL": lambda hostile: hostile.claims.update(sub="eve\0"),
    "no token": lambda hostile: setattr(hostile, "forge", lambda _claims: "nonsense"),
    "no keys": lambda hostile: hostile.keys.clear(),
    "keys that are none": lambda hostile: hostile.keys.__setitem__(0, {"kty": "RSA", "n": "!", "e": 3}),
}


async def test_no_token_that_lies_lets_anybody_in(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    refused = {}
    for lie, tell in LIES.items():
        hostile.be_honest()
        tell(hostile)
        answer = await visit(village, hostile)
        refused[lie] = answer.status_code == 403 and "could not be trusted" in answer.text
    assert refused == dict.fromkeys(LIES, True)
    assert await nobody_came(village)


async def test_several_audiences_are_fine_when_it_is_made_for_us(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    hostile.claims.update(aud=["cercle", "other"], azp="cercle")
    assert (await visit(village, hostile)).status_code == 303


async def test_an_answer_that_was_changed_on_the_way_is_refused(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    changes = ({"state": "other"}, {"state": ""}, {"iss": "https://other.example"}, {"code": ""})
    answers = [await visit(village, hostile, **changed) for changed in changes]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert "/token" not in hostile.asked
    assert await nobody_came(village)


async def test_an_answer_without_iss_is_refused_where_the_provider_names_itself(
    village: Village, hostile: Hostile
) -> None:
    await connected(hostile.url, creates="open")
    client = village.client()
    back = hostile.visited(await leave(client))
    del back["iss"]
    assert (await client.get(CALLBACK, params=back)).status_code == 403
    assert await nobody_came(village)


async def test_an_answer_works_once_even_when_it_comes_ten_times_at_once(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    client = village.client()
    back = hostile.visited(await leave(client))
    cookies = dict(client.cookies)
    browsers = [village.client() for _number in range(10)]
    for browser in browsers:
        browser.cookies.update(cookies)
    answers = await asyncio.gather(*(browser.get(CALLBACK, params=back) for browser in browsers))
    assert sorted(answer.status_code for answer in answers) == [303] + [403] * 9
    assert await LoginSession.all().count() == 1
    assert (await client.get(CALLBACK, params=back)).status_code == 403


async def test_an_answer_for_another_browser_is_refused(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    back = hostile.visited(await leave(village.client()))
    assert (await village.client().get(CALLBACK, params=back)).status_code == 403
    other = village.client()
    await leave(other)
    assert (await other.get(CALLBACK, params=back)).status_code == 403
    assert await nobody_came(village)


async def test_an_answer_at_the_address_of_another_provider_is_refused(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    async with hostile_provider() as second:
        await connected(second.url, slug="second", creates="open")
        client = village.client()
        back = hostile.visited(await leave(client))
        assert (await client.get("/sign-in/providers/second/callback", params=back)).status_code == 403
        assert "/token" not in hostile.asked + second.asked
    assert await nobody_came(village)


async def test_an_expired_visit_is_refused(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    client = village.client()
    back = hostile.visited(await leave(client))
    await SignInStep.all().update(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert (await client.get(CALLBACK, params=back)).status_code == 403
    assert await nobody_came(village)


async def test_an_address_that_is_not_proved_makes_no_account(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    unproved: list[dict[str, Any]] = [{"email_verified": False}, {"email_verified": None}, {"email_verified": "yes"}]
    for said in [*unproved, {"email": None}, {"email": "no address"}, {"email": ["eve@example.org"]}]:
        hostile.be_honest()
        hostile.claims.update(said)
        assert (await visit(village, hostile)).headers["location"] == "/account/identities/new"
    assert await nobody_came(village)


async def test_an_unproved_address_does_not_tell_whether_it_has_an_account(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    pages = []
    for email in (village.member.email, "nobody@village.example"):
        hostile.claims.update(email=email, email_verified=False)
        client = village.client()
        await client.get(CALLBACK, params=hostile.visited(await leave(client)))
        pages.append((await client.get("/account/identities/new")).text.replace(email, ""))
    assert pages[0] == pages[1]


async def test_another_subject_with_the_address_of_an_account_gets_nothing(village: Village, hostile: Hostile) -> None:
    provider = await connected(hostile.url, creates="open")
    await Identity.create(provider=provider, subject="true", user=village.owner, email=village.owner.email)
    hostile.claims.update(sub="false", email=village.owner.email)
    assert (await visit(village, hostile)).headers["location"] == "/account/identities/new"
    assert await LoginSession.all().count() == 0
    hostile.claims.update(sub="TRUE")
    assert (await visit(village, hostile)).headers["location"] == "/account/identities/new"


async def test_what_is_said_about_somebody_else_is_refused(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    hostile.claims.update(email=None)
    for userinfo in ({"sub": "somebody else", "email": "x@example.org"}, {}, {"email": "x@example.org"}):
        hostile.userinfo = userinfo
        assert (await visit(village, hostile)).status_code == 403
    assert await nobody_came(village)


async def test_names_and_groups_that_cannot_be_stored_are_left_out(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open", groups_claim="groups")
    hostile.userinfo, hostile.claims = {}, {"name": None}

    async def say(_request: Request) -> Response:
        groups = ["fine", "\0", "\ud800", 3, None, {"a": 1}, "x" * 3000, "  "]
        return Response(json.dumps({"sub": "eve", "name": "\0\ud800", "groups": groups}))

    hostile.views["/userinfo"] = say
    assert (await visit(village, hostile)).status_code == 303
    assert (await User.get(email="eve@example.org")).name == "eve"
    assert (await Identity.get(subject="eve")).groups == ["fine"]


async def endless(_request: Request) -> Response:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    return StreamingResponse(drip())


async def huge(_request: Request) -> Response:
    return Response(b'{"keys": [' + b" " * 10_000_000 + b"]}", media_type="application/json")


async def deep(_request: Request) -> Response:
    return Response(b"[" * 100_000, media_type="application/json")


async def packed(_request: Request) -> Response:
    return Response(b"whatever", headers={"content-encoding": "gzip"})


async def to_the_cloud(_request: Request) -> Response:
    return RedirectResponse("http://169.254.169.254/latest/meta-data/")


async def in_a_circle(request: Request) -> Response:
    return RedirectResponse(str(request.url))


async def test_answers_that_want_to_harm_are_not_taken(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    description, refused = "/.well-known/openid-configuration", {}
    for view in (huge, deep, packed, to_the_cloud, in_a_circle):
        hostile.be_honest()
        hostile.views[description] = view
        refused[view.__name__, description] = (await village.client().post("/sign-in/providers/works")).status_code
        for path in ("/jwks", "/token"):
            hostile.be_honest()
            hostile.views[path] = view
            refused[view.__name__, path] = (await visit(village, hostile)).status_code
    assert set(refused.values()) == {403, 502}, refused
    assert await nobody_came(village)


async def test_an_endless_answer_is_cut_off(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    hostile.views["/.well-known/openid-configuration"] = endless
    started = time.perf_counter()
    assert (await village.client().post("/sign-in/providers/works")).status_code == 502
    assert time.perf_counter() - started < 15


async def test_a_description_that_is_wrong_is_not_followed(village: Village, hostile: Hostile) -> None:
    provider = await connected(hostile.url, creates="open")
    wrong: list[dict[str, Any]] = [
        {"issuer": "https://other.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"token_endpoint": ["a"]},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http:///keys"},
    ]
    for said in wrong:
        hostile.be_honest()
        hostile.description.update(said)
        assert (await village.client().post("/sign-in/providers/works")).status_code == 502
        assert [one.is_well for one in await check_provider(provider)] == [False]


async def test_keys_in_another_private_place_are_not_fetched(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    async with hostile_provider() as inner:
        hostile.description.update(jwks_uri=f"{inner.url}/jwks")
        assert (await visit(village, hostile)).status_code == 403
        assert inner.asked == []


async def logout(village: Village, token: str) -> int:
    sent = await village.client().post("/sign-in/providers/works/logout", data={"logout_token": token})
    return sent.status_code


async def test_signing_out_there_ends_the_sessions_that_came_from_there(village: Village, hostile: Hostile) -> None:
    provider = await connected(hostile.url)
    await Identity.create(provider=provider, subject="eve", user=village.member)
    by_password, through = village.client(village.member), village.client()
    await by_password.get("/account/")
    await through.get(CALLBACK, params=hostile.visited(await leave(through)))
    assert (await through.get("/account/")).status_code == 200
    event: dict[str, Any] = {"events": {LOGOUT_EVENT: {}}, "jti": "1"}
    wrong: list[dict[str, Any]] = [
        {**event, "aud": "other"},
        {**event, "iss": "https://other.example"},
        {**event, "nonce": "n"},
        {**event, "events": {}},
        {**event, "events": None},
        {**event, "jti": None},
        {**event, "iat": int(time.time()) - 3600, "exp": None},
        {**event, "sub": None},
    ]
    assert [await logout(village, hostile.signed(**claims)) for claims in wrong] == [400] * len(wrong)
    assert (await through.get("/account/")).status_code == 200
    assert await logout(village, hostile.signed(**event)) == 200
    assert (await through.get("/account/")).status_code == 303
    assert (await by_password.get("/account/")).status_code == 200
    assert await logout(village, hostile.signed(**event, sub="nobody")) == 200


async def test_a_code_that_is_not_taken_lets_nobody_in(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")

    async def refuse(_request: Request) -> Response:
        return answers.pop()

    answers = [JSONResponse({"error": "invalid_grant"}, 400), JSONResponse([1]), Response("no")]
    hostile.views["/token"] = refuse
    while answers:
        assert (await visit(village, hostile)).status_code == 403
    assert await nobody_came(village)


async def test_two_first_sign_ins_at_once_make_one_account(village: Village, hostile: Hostile) -> None:
    await connected(hostile.url, creates="open")
    clients = [village.client() for _number in range(4)]
    answers = []
    for client in clients:
        answers.append(hostile.visited(await leave(client)))
    nonces = {back["state"]: None for back in answers}
    assert len(nonces) == 4
    steps = {str(step.facts["state"]): str(step.facts["nonce"]) for step in await SignInStep.all()}

    async def token(request: Request) -> Response:
        form = await request.form()
        claims = {"email": "eve@example.org", "email_verified": True, "nonce": steps[str(form["code"])]}
        return JSONResponse({"access_token": "access", "id_token": hostile.signed(**claims)})

    hostile.views["/token"] = token
    sent = [
        client.get(CALLBACK, params={**back, "code": back["state"]})
        for client, back in zip(clients, answers, strict=True)
    ]
    assert [answer.status_code for answer in await asyncio.gather(*sent)] == [303] * 4
    assert await User.filter(email="eve@example.org").count() == 1
    assert await Identity.all().count() == 1
