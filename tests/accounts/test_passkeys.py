"""Passkeys: making, using and removing them, and all that only looks like one. The device is software, its answers are real."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cercle.testing import Village, opened_village, village_settings
from core.accounts.hooks import person_exported
from core.accounts.models import ApiToken, Identity, LoginSession, Passkey, Provider, SignIn, SignInStep, User
from core.accounts.services.passkeys import MOST
from core.accounts.settings import SiteSettings
from core.models import AuditEntry
from core.plugin_settings.changes import change_site_settings
from tests.accounts.authenticator import PRESENT, SYNCABLE, SYNCED, VERIFIED, Device, challenge, enrolled, sign_in_with
from tests.accounts.letters import letters

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
REFUSED = "The passkey did not work"


async def acts(person: User) -> list[tuple[str, Any, Any]]:
    """What the log says about this person's passkeys."""
    found = await AuditEntry.filter(subject=person.handle, action__startswith="accounts.passkey").order_by("id")
    return [(one.action, one.before, one.after) for one in found]


async def signed_in(client: httpx.AsyncClient) -> bool:
    return (await client.get("/account/")).status_code == 200


async def nobody_came_in(client: httpx.AsyncClient, answer: httpx.Response) -> bool:
    """Whether this was a clear refusal that left no session."""
    return answer.status_code == 422 and REFUSED in answer.text and not await signed_in(client)


# ----------------------------------------------------------------------------------------------------------------- making


async def test_making_a_passkey_ends_everything_else_and_is_told_and_logged(village: Village) -> None:
    here, there = village.client(village.member, user_agent=FIREFOX), village.client(village.member)
    script = village.api(village.member)
    assert [(await c.get(path)).status_code for c, path in ((there, "/account/"), (script, "me"))] == [200, 200]
    await enrolled(here)
    key, person = await Passkey.get(user=village.member), await User.get(id=village.member.id)
    assert (key.name, key.uses, key.transports, key.is_synced) == ("Firefox on Linux", 0, "internal", False)
    assert (person.has_factor, person.stamp == village.member.stamp) == (True, False)
    assert (await signed_in(here), await signed_in(there)) == (True, False)
    assert (await script.get("me")).status_code == 401
    session = await LoginSession.get(user=village.member)
    assert (session.methods, session.factor_at is not None) == ("passkey", True)
    assert await acts(village.member) == [("accounts.passkey_added", {}, {"passkey": "Firefox on Linux"})]
    assert [mail.subject for mail in await letters(village.member.email)] == [
        "A new passkey for your account on Cercle"
    ]
    page = await here.get("/account/passkeys")
    assert ("Firefox on Linux" in page.text, "on one device only" in page.text) == (True, True)


async def test_the_site_asks_for_a_key_that_is_unlocked_kept_and_new(village: Village) -> None:
    client = village.client(village.member)
    first = await enrolled(client)
    options = (await client.post("/account/passkeys/challenge")).json()
    chosen = options["authenticatorSelection"]
    assert (chosen["userVerification"], chosen["residentKey"]) == ("required", "required")
    assert (options["rp"], options["attestation"]) == ({"name": "Cercle", "id": "127.0.0.1"}, "none")
    assert [key["id"] for key in options["excludeCredentials"]] == [first._credential({})["id"]]
    assert village.member.email not in options["user"]["id"]
    again = (await client.post("/account/passkeys/challenge")).json()
    assert (again["user"]["id"], again["challenge"] == options["challenge"]) == (options["user"]["id"], False)


@pytest.mark.parametrize(
    ("device", "lies"),
    [
        (Device(flags=PRESENT), {}),
        (Device(flags=VERIFIED), {}),
        (Device(flags=PRESENT | VERIFIED | SYNCED), {}),
        (Device(rp_id="evil.example"), {}),
        (Device(), {"origin": "https://evil.example"}),
        (Device(), {"origin": "http://127.0.0.1:8001"}),
        (Device(), {"challenge": "AAAA"}),
        (Device(), {"type": "webauthn.get"}),
        (Device(key_id=b"k" * 1024), {}),
    ],
)
async def test_what_only_looks_like_a_new_passkey_is_refused(
    village: Village, device: Device, lies: dict[str, Any]
) -> None:
    client = village.client(village.member)
    options = (await client.post("/account/passkeys/challenge")).json()
    answer = await client.post("/account/passkeys", data={"answer": json.dumps(device.make(options, **lies))})
    assert answer.status_code == 303
    assert "This passkey could not be checked." in (await client.get("/account/passkeys")).text
    assert (await Passkey.all().count(), (await User.get(id=village.member.id)).has_factor) == (0, False)


async def test_a_challenge_makes_one_passkey_even_when_sent_many_times_at_once(village: Village) -> None:
    client = village.client(village.member)
    options = (await client.post("/account/passkeys/challenge")).json()
    devices = [Device() for _ in range(8)]
    await asyncio.gather(
        *(client.post("/account/passkeys", data={"answer": json.dumps(device.make(options))}) for device in devices)
    )
    assert await Passkey.all().count() == 1


async def test_a_challenge_of_another_person_or_browser_makes_no_passkey(village: Village) -> None:
    mine, theirs = village.client(village.member), village.client(village.owner)
    options = (await mine.post("/account/passkeys/challenge")).json()
    for name, value in mine.cookies.items():
        if "step" in name:
            theirs.cookies.set(name, value)
    for client in (theirs, village.client(village.member)):
        await client.post("/account/passkeys", data={"answer": json.dumps(Device().make(options))})
    assert await Passkey.all().count() == 0


async def test_a_key_is_registered_once_and_for_one_person(village: Village) -> None:
    device = await enrolled(village.client(village.member))
    thief = village.client(village.owner)
    options = (await thief.post("/account/passkeys/challenge")).json()
    await thief.post("/account/passkeys", data={"answer": json.dumps(device.make(options))})
    assert "This passkey is registered already." in (await thief.get("/account/passkeys")).text
    assert [key.user_id for key in await Passkey.all()] == [village.member.id]
    assert not (await User.get(id=village.owner.id)).has_factor


async def test_nobody_keeps_passkeys_without_end(village: Village) -> None:
    client = village.client(village.member)
    device = await enrolled(client)
    await Passkey.bulk_create(
        [Passkey(user=village.member, key_id=f"k{n}", public_key="", name="x") for n in range(MOST - 1)]
    )
    other = Device()
    options = (await client.post("/account/passkeys/challenge")).json()
    await client.post("/account/passkeys", data={"answer": json.dumps(other.make(options))})
    assert "You have many passkeys already." in (await client.get("/account/passkeys")).text
    assert await Passkey.filter(user=village.member).count() == MOST
    assert (await sign_in_with(village.client(), device)).status_code == 303


async def test_a_passkey_of_a_session_that_a_new_password_ended_is_not_kept(village: Village) -> None:
    client = village.client(village.member)
    options = (await client.post("/account/passkeys/challenge")).json()
    await User.filter(id=village.member.id).update(stamp="another")
    answer = await client.post("/account/passkeys", data={"answer": json.dumps(Device().make(options))})
    assert answer.headers["location"].startswith("/sign-in")
    assert await Passkey.all().count() == 0


# ------------------------------------------------------------------------------------------------------------- signing in


async def test_a_passkey_signs_in_without_address_and_password(village: Village) -> None:
    device = await enrolled(village.client(village.member))
    client = village.client()
    options = await challenge(client)
    assert (options["userVerification"], options["allowCredentials"]) == ("required", [])
    answer = await client.post(
        "/sign-in/passkey", data={"answer": json.dumps(device.prove(options)), "next": "/account/"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/")
    assert village.member.name in (await client.get("/account/")).text
    session = await LoginSession.filter(user=village.member).order_by("-id").first()
    assert session is not None
    assert (session.methods, session.factor_at is not None) == ("passkey", True)
    key = await Passkey.get(user=village.member)
    assert (key.uses, key.seen_at is not None) == (1, True)


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "x" * 2001])
async def test_a_passkey_leads_nowhere_else(village: Village, wanted: str) -> None:
    device, client = await enrolled(village.client(village.member)), village.client()
    answer = await client.post(
        "/sign-in/passkey", data={"answer": json.dumps(device.prove(await challenge(client))), "next": wanted}
    )
    assert (answer.headers.get("location") or "/") == "/"


@pytest.mark.parametrize(
    ("claim", "lies"),
    [
        ({"flags": PRESENT}, {}),
        ({"flags": VERIFIED}, {}),
        ({"rp_id": "evil.example"}, {}),
        ({"handle": None}, {}),
        ({"handle": b"somebody else"}, {}),
        ({"key_id": b"unknown"}, {}),
        ({"key_id": b"k" * 5000}, {}),
        ({"key": Device().key}, {}),
        ({}, {"origin": "https://evil.example"}),
        ({}, {"origin": "http://localhost:8000"}),
        ({}, {"challenge": "AAAA"}),
        ({}, {"challenge": "é"}),
        ({}, {"type": "webauthn.create"}),
    ],
)
async def test_what_only_looks_like_the_passkey_opens_nothing(
    village: Village, claim: dict[str, Any], lies: dict[str, Any]
) -> None:
    device = await enrolled(village.client(village.member))
    for name, value in claim.items():
        setattr(device, name, value)
    client = village.client()
    assert await nobody_came_in(client, await sign_in_with(client, device, **lies))
    assert [key.uses for key in await Passkey.all()] == [0]


async def test_somebody_elses_handle_beside_a_right_signature_opens_nothing(village: Village) -> None:
    mine, theirs = await enrolled(village.client(village.member)), await enrolled(village.client(village.owner))
    mine.handle = theirs.handle
    client = village.client()
    assert await nobody_came_in(client, await sign_in_with(client, mine))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "x",
        "null",
        "[]",
        '"text"',
        "{}",
        "[" * 9000,
        '{"id": 1}',
        '{"id": "\\ud800", "rawId": "\\ud800", "type": "public-key", "response": {}}',
        json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "é"}}),
        json.dumps(
            {
                "id": "AA",
                "rawId": "AA",
                "type": "public-key",
                "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "x"},
            }
        ),
        "nul\0nul",
        "x" * 20_001,
        "x" * 500_000,
    ],
)
async def test_an_answer_that_is_none_is_refused_at_once(village: Village, answer: str) -> None:
    client = village.client()
    await challenge(client)
    given = await asyncio.wait_for(client.post("/sign-in/passkey", data={"answer": answer}), 2)
    assert await nobody_came_in(client, given)
    mine = village.client(village.member)
    await mine.post("/account/passkeys/challenge")
    made = await asyncio.wait_for(mine.post("/account/passkeys", data={"answer": answer}), 2)
    assert (made.status_code, await Passkey.all().count()) == (303, 0)


async def test_ten_megabytes_are_not_read(village: Village) -> None:
    answer = await asyncio.wait_for(village.client().post("/sign-in/passkey", data={"answer": "x" * 10_000_000}), 2)
    assert answer.status_code == 413


async def test_a_challenge_is_used_once_of_many_at_the_same_time(village: Village) -> None:
    device, client = await enrolled(village.client(village.member)), village.client()
    options = await challenge(client)
    secrets = dict(client.cookies)
    answers = [json.dumps(device.prove(options)) for _ in range(8)]
    browsers = [village.client() for _ in answers]
    for browser in browsers:
        browser.cookies.update(secrets)
    given = await asyncio.gather(
        *(b.post("/sign-in/passkey", data={"answer": answer}) for b, answer in zip(browsers, answers, strict=True))
    )
    assert sorted(one.status_code for one in given) == [303] + [422] * 7


async def test_an_answer_that_was_overheard_opens_nothing_again(village: Village) -> None:
    device, client = await enrolled(village.client(village.member)), village.client()
    answer = json.dumps(device.prove(await challenge(client)))
    assert (await client.post("/sign-in/passkey", data={"answer": answer})).status_code == 303
    thief = village.client()
    assert await nobody_came_in(thief, await thief.post("/sign-in/passkey", data={"answer": answer}))
    await challenge(thief)
    assert await nobody_came_in(thief, await thief.post("/sign-in/passkey", data={"answer": answer}))


async def test_a_challenge_ends_after_minutes_and_with_a_wrong_answer(village: Village) -> None:
    device, client = await enrolled(village.client(village.member)), village.client()
    options = await challenge(client)
    await SignInStep.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    late = await client.post("/sign-in/passkey", data={"answer": json.dumps(device.prove(options))})
    assert "This took too long, or was done twice." in late.text
    options = await challenge(client)
    await client.post("/sign-in/passkey", data={"answer": "x"})
    answer = await client.post("/sign-in/passkey", data={"answer": json.dumps(device.prove(options))})
    assert await nobody_came_in(client, answer)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_active": False, "closed_at": datetime.now(UTC)}])
async def test_a_closed_account_is_not_opened_by_its_passkey(village: Village, change: dict[str, Any]) -> None:
    device = await enrolled(village.client(village.member))
    await User.filter(id=village.member.id).update(**change)
    client = village.client()
    answer = await sign_in_with(client, device)
    assert await nobody_came_in(client, answer)
    assert "This passkey opens no account here." in answer.text


async def test_a_copy_is_refused_told_and_logged(village: Village) -> None:
    device = await enrolled(village.client(village.member))
    assert (await sign_in_with(village.client(), device)).status_code == 303
    device.uses = 0
    client = village.client()
    assert await nobody_came_in(client, await sign_in_with(client, device))
    refused = (
        "accounts.passkey_refused",
        {"passkey": "Unknown device", "uses": 1},
        {"passkey": "Unknown device", "uses": 1},
    )
    assert (await acts(village.member))[-1][0] == refused[0]
    assert (await letters(village.member.email))[-1].subject == "A passkey for your account on Cercle was refused"
    assert (await Passkey.get(user=village.member)).uses == 1


async def test_nobody_without_the_key_raises_the_alarm(village: Village) -> None:
    device = await enrolled(village.client(village.member))
    await Passkey.all().update(uses=9)
    stranger = Device(handle=device.handle, key_id=device.key_id)
    assert (await sign_in_with(village.client(), stranger)).status_code == 422
    assert [action for action, _, _ in await acts(village.member)] == ["accounts.passkey_added"]


async def test_a_refused_passkey_stands_in_its_owners_history(village: Village) -> None:
    device = await enrolled(village.client(village.member))
    stranger = Device(handle=device.handle, key_id=device.key_id)
    assert (await sign_in_with(village.client(), stranger)).status_code == 422
    assert (await sign_in_with(village.client(), Device(handle=device.handle))).status_code == 422
    noted = await SignIn.filter(outcome="wrong").values_list("user_id", "how")
    assert noted == [(village.member.id, "passkey")]


async def test_a_synced_passkey_counts_nothing_and_works_again_and_again(village: Village) -> None:
    device = await enrolled(village.client(village.member), Device(uses=None, flags=PRESENT | VERIFIED | SYNCABLE))
    assert not (await Passkey.get(user=village.member)).is_synced
    device.flags |= SYNCED
    assert [(await sign_in_with(village.client(), device)).status_code for _ in range(3)] == [303] * 3
    assert (await Passkey.get(user=village.member)).is_synced


async def test_tries_are_counted_by_network(village: Village) -> None:
    client = village.client()
    given = [await client.post("/sign-in/passkey", data={"answer": "x"}) for _ in range(61)]
    assert [answer.status_code for answer in given] == [422] * 60 + [429]
    begun = [await client.post("/sign-in/passkey/challenge") for _ in range(301)]
    assert [answer.status_code for answer in begun[-2:]] == [200, 429]
    assert await SignInStep.all().count() == 300


# ------------------------------------------------------------------------------------------------------------------ proof


async def stale(person: User) -> None:
    """As if everybody's last proof were twenty minutes ago."""
    then = datetime.now(UTC) - timedelta(minutes=20)
    await LoginSession.filter(user=person).update(proven_at=then, factor_at=then)


async def test_a_passkey_is_proof_before_something_that_matters(village: Village) -> None:
    client = village.client(village.member)
    device = await enrolled(client)
    await stale(village.member)
    assert (await client.get("/account/password")).headers["location"].startswith("/account/proof")
    options = await challenge(client)
    assert [key["id"] for key in options["allowCredentials"]] == [device._credential({})["id"]]
    device.handle = None  # a security key that was named need not say whose it is
    answer = await client.post(
        "/account/proof/passkey", data={"answer": json.dumps(device.prove(options)), "next": "/account/password"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/password")
    assert "cercle" in answer.cookies  # a new session
    assert (await client.get("/account/password")).status_code == 200


async def test_somebody_elses_passkey_proves_nothing_here(village: Village) -> None:
    mine, theirs = village.client(village.member), village.client(village.owner)
    await enrolled(mine)
    other = await enrolled(theirs)
    await stale(village.member)
    data = {"answer": json.dumps(other.prove(await challenge(mine))), "next": "/account/password"}
    assert (await mine.post("/account/proof/passkey", data=data)).status_code == 422
    assert (await mine.get("/account/password")).headers["location"].startswith("/account/proof")


async def test_a_challenge_for_anybody_is_no_proof_for_somebody(village: Village) -> None:
    mine, stranger = village.client(village.member), village.client()
    device = await enrolled(mine)
    await stale(village.member)
    options = await challenge(stranger)
    mine.cookies.update(dict(stranger.cookies))
    answer = await mine.post("/account/proof/passkey", data={"answer": json.dumps(device.prove(options))})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "path", ["/account/passkeys", "/account/passkeys/challenge", "/account/passkeys/1", "/account/passkeys/1/delete"]
)
async def test_everything_about_passkeys_wants_a_proof(village: Village, path: str) -> None:
    client = village.client(village.member)
    await enrolled(client)
    await stale(village.member)
    answer = await client.post(path, headers={"referer": "http://127.0.0.1:8000/account/passkeys"})
    assert answer.headers["location"] == "/account/proof?next=%2Faccount%2Fpasskeys"


# ------------------------------------------------------------------------------------------------------ naming and removing


async def test_a_passkey_gets_another_name(village: Village) -> None:
    client = village.client(village.member)
    await enrolled(client)
    key = await Passkey.get(user=village.member)
    for name in ("", "x" * 81, "nul\0nul"):
        await client.post(f"/account/passkeys/{key.id}", data={"name": name})
        assert (await Passkey.get(id=key.id)).name == key.name
    await client.post(f"/account/passkeys/{key.id}", data={"name": "<b>Clé bleue"})
    assert "&lt;b&gt;Clé bleue" in (await client.get("/account/passkeys")).text
    assert (await acts(village.member))[-1][2] == {"passkey": "<b>Clé bleue"}
    assert "Clé bleue" in (await letters(village.member.email))[-1].text


async def test_a_removed_passkey_opens_nothing_and_ends_everything_else(village: Village) -> None:
    client, there = village.client(village.member), village.client()
    device = await enrolled(client)
    await sign_in_with(there, device)
    key = await Passkey.get(user=village.member)
    answer = await client.post(f"/account/passkeys/{key.id}/delete")
    assert answer.headers["location"] == "/account/passkeys"
    assert (await signed_in(client), await signed_in(there)) == (True, False)
    assert not (await User.get(id=village.member.id)).has_factor
    stranger = village.client()
    assert await nobody_came_in(stranger, await sign_in_with(stranger, device))
    assert (await acts(village.member))[-1] == ("accounts.passkey_removed", {"passkey": key.name}, {})
    assert (await letters(village.member.email))[-1].subject == "A passkey for your account on Cercle was removed"
    assert await ApiToken.all().count() == 0


async def test_nobody_touches_the_passkey_of_another(village: Village) -> None:
    await enrolled(village.client(village.member))
    key = await Passkey.get(user=village.member)
    for client in (village.client(village.owner), village.client(village.operator)):
        assert (await client.post(f"/account/passkeys/{key.id}", data={"name": "mine"})).status_code == 404
        assert (await client.post(f"/account/passkeys/{key.id}/delete")).status_code == 404
    assert (await Passkey.get(id=key.id)).name == key.name


async def test_the_only_way_in_stays(village: Village) -> None:
    client = village.client(village.member)
    await enrolled(client)
    await User.filter(id=village.member.id).update(password_hash=None)
    key = await Passkey.get(user=village.member)
    await client.post(f"/account/passkeys/{key.id}/delete")
    assert "This passkey is your only way in." in (await client.get("/account/passkeys")).text
    assert await Passkey.filter(id=key.id).exists()
    provider = await Provider.create(slug="x", title="X", issuer="https://x.example", client_id="x")
    await Identity.create(provider=provider, subject="s", user=village.member)
    await client.post(f"/account/passkeys/{key.id}/delete")
    assert not await Passkey.filter(id=key.id).exists()


@pytest.mark.parametrize(
    ("policy", "kind", "stays"), [("everyone", "member", 1), ("operators", "operator", 1), ("operators", "member", 0)]
)
async def test_the_last_factor_stays_where_the_site_wants_one(
    village: Village, policy: str, kind: str, stays: int
) -> None:
    person = village.people[kind]
    client = village.client(person)
    await enrolled(client)
    await change_site_settings(SiteSettings, {"second_factor": policy}, actor=None)
    key = await Passkey.get(user=person)
    await client.post(f"/account/passkeys/{key.id}/delete")
    assert await Passkey.filter(user=person).count() == stays
    assert (await User.get(id=person.id)).has_factor == bool(stays)
    assert await signed_in(client)


async def test_of_two_that_remove_the_two_last_factors_at_once_one_is_refused(village: Village) -> None:
    here = village.client(village.member)
    first = await enrolled(here)
    await enrolled(here)
    await change_site_settings(SiteSettings, {"second_factor": "everyone"}, actor=None)
    there = village.client()
    await sign_in_with(there, first)
    keys = await Passkey.filter(user=village.member).order_by("id")
    await asyncio.gather(
        *(c.post(f"/account/passkeys/{key.id}/delete") for c, key in zip((here, there), keys, strict=True))
    )
    assert await Passkey.filter(user=village.member).count() == 1
    assert (await User.get(id=village.member.id)).has_factor


# -------------------------------------------------------------------------------------------------- where it is proposed


@pytest.fixture
async def named(database_url: str, tmp_path: Path) -> Any:
    """The village under a name that browsers bind passkeys to."""
    settings = village_settings(tmp_path / "named", database_url, base_url="http://localhost:8000")
    async with opened_village(settings) as opened:
        yield opened


async def test_a_passkey_is_proposed_after_a_password_until_somebody_says_no(named: Village) -> None:
    client = named.client()
    await client.post("/sign-in", data={"email": named.member.email, "password": named.password})
    assert "Next time with a passkey?" in (await client.get("/account/")).text
    assert [(await client.post("/account/passkeys/offer/delete")).status_code for _ in range(2)] == [303, 303]
    assert "Next time with a passkey?" not in (await client.get("/account/")).text


async def test_who_has_a_passkey_is_proposed_none(named: Village) -> None:
    client = named.client()
    await client.post("/sign-in", data={"email": named.member.email, "password": named.password})
    await enrolled(client, Device(origin="http://localhost:8000", rp_id="localhost"))
    assert "Next time with a passkey?" not in (await client.get("/account/")).text


async def test_password_managers_find_where_passkeys_are_made(named: Village) -> None:
    answer = await named.client().get("/.well-known/passkey-endpoints")
    address = "http://localhost:8000/account/passkeys"
    assert answer.json() == {"enroll": address, "manage": address}


async def test_a_site_without_a_name_says_that_nobody_can_make_one(village: Village) -> None:
    client = village.client(village.member)
    assert "This site has none, so nobody can make one here." in (await client.get("/account/passkeys")).text
    assert (await client.get("/.well-known/passkey-endpoints")).json() == {}


async def test_what_a_person_takes_with_them_names_their_passkeys_and_holds_no_key(village: Village) -> None:
    await enrolled(village.client(village.member, user_agent=FIREFOX))
    files = {file.path: file.content for file in await person_exported(await User.get(id=village.member.id))}
    key = await Passkey.get(user=village.member)
    noted = {"name": "Firefox on Linux", "created_at": key.created_at, "seen_at": None, "is_synced": False}
    assert files["access.json"]["passkeys"] == [noted]  # type: ignore[index]


async def test_a_token_makes_no_passkey(village: Village) -> None:
    script = village.api(village.member)
    header = {"authorization": script.headers["authorization"]}
    answer = await village.client().post("/account/passkeys/challenge", headers=header)
    assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")
