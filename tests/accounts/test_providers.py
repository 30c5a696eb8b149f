"""Signing in through another system, with the provider `oidc-provider` as the other side."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import Identity, LoginSession, Passkey, SignIn, User
from core.accounts.services.providers import switch_provider
from core.models import AuditEntry, Mail
from tests.accounts.visiting import connected, leads_to, leave
from tests.services.identity import IdentityProvider

ADA = {"email": "ada@example.org", "email_verified": True, "name": "Ada Lovelace", "groups": ["designers"]}


@pytest.fixture
def works(provider_server: IdentityProvider) -> IdentityProvider:
    """A provider with one person."""
    provider_server.set_people({"ada": ADA, "max": {**ADA, "email": "member@village.example", "name": "Max"}})
    return provider_server


async def come_back(
    client: httpx.AsyncClient, works: IdentityProvider, person: str, wanted: str = ""
) -> httpx.Response:
    return await client.get(await works.sign_in(await leave(client, wanted=wanted), person))


async def test_a_first_sign_in_makes_an_account_where_the_rules_allow_it(
    village: Village, works: IdentityProvider
) -> None:
    await connected(works.url, creates="open", groups_claim="groups")
    client = village.client()
    answer = await come_back(client, works, "ada", wanted="/account/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/")
    user = await User.get(email="ada@example.org")
    identity = await Identity.get(user_id=user.id)
    assert (user.name, user.password_hash, identity.subject, identity.groups) == (
        "Ada Lovelace",
        None,
        "ada",
        ["designers"],
    )
    session = await LoginSession.get(user_id=user.id)
    assert (session.methods, session.factor_at) == ("provider:works", None)
    assert (await client.get("/account/")).status_code == 200


async def test_a_second_sign_in_finds_the_account_by_subject_not_by_address(
    village: Village, works: IdentityProvider
) -> None:
    await connected(works.url, creates="open")
    await come_back(village.client(), works, "ada")
    works.set_people({"ada": {**ADA, "email": "elsewhere@example.org"}})
    assert (await come_back(village.client(), works, "ada")).status_code == 303
    assert [user.email for user in await User.filter(name="Ada Lovelace")] == ["ada@example.org"]


async def test_a_stranger_makes_no_account_where_the_provider_may_not(
    village: Village, works: IdentityProvider
) -> None:
    await connected(works.url)
    client = village.client()
    answer = await come_back(client, works, "ada")
    assert answer.headers["location"] == "/account/identities/new"
    page = await client.get("/account/identities/new")
    assert "sign in once to connect" in page.text
    assert await User.exists(email="ada@example.org") is False
    assert await LoginSession.all().count() == 0


async def test_only_the_named_domains_make_accounts(village: Village, works: IdentityProvider) -> None:
    await connected(works.url, creates="domains", domains=("village.example",))
    assert (await come_back(village.client(), works, "ada")).headers["location"] == "/account/identities/new"
    works.set_people({"ada": {**ADA, "email": "ada@village.example"}})
    assert (await come_back(village.client(), works, "ada")).headers["location"] == "/"
    assert await User.exists(email="ada@village.example")


async def test_an_address_that_is_taken_is_connected_after_a_sign_in_and_a_button(
    village: Village, works: IdentityProvider
) -> None:
    await connected(works.url, creates="open")
    client = village.client()
    assert (await come_back(client, works, "max")).headers["location"] == "/account/identities/new"
    assert "There is an account with this address here." in (await client.get("/account/identities/new")).text
    assert await Identity.all().count() == 0
    given = {"email": village.member.email, "password": village.password, "next": "/account/identities/new"}
    assert (await client.post("/sign-in", data=given)).headers["location"] == "/account/identities/new"
    assert "Connect the two" in (await client.get("/account/identities/new")).text
    assert await Identity.all().count() == 0
    assert (await client.post("/account/identities/new")).headers["location"] == "/account/identities"
    assert (await Identity.get(subject="max")).user_id == village.member.id
    assert (await client.post("/account/identities/new")).status_code == 409
    assert (
        await Mail.filter(recipient__contains=village.member.email, subject__contains="new way to sign in").count() == 1
    )
    assert (await come_back(village.client(), works, "max")).headers["location"] == "/"


async def test_an_account_is_connected_and_disconnected_from_its_own_page(
    village: Village, works: IdentityProvider
) -> None:
    await connected(works.url)
    client = village.client(village.member)
    address = await leave(client, "/account/identities/works")
    answer = await client.get(await works.sign_in(address, "ada"))
    assert answer.headers["location"] == "/account/identities"
    assert "ada@example.org" in (await client.get("/account/identities")).text
    await LoginSession.create(
        user=village.member,
        token_hash="elsewhere",
        stamp=village.member.stamp,
        proven_at=datetime.now(UTC),
        seen_at=datetime.now(UTC),
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )
    assert (await client.post("/account/identities/works/delete")).status_code == 303
    assert await Identity.all().count() == 0
    assert await LoginSession.exists(token_hash="elsewhere") is False
    assert (await client.get("/account/identities")).status_code == 200
    assert {entry.action for entry in await AuditEntry.filter(action__contains="identity")} == {
        "accounts.identity_connected",
        "accounts.identity_disconnected",
    }


async def test_what_belongs_to_somebody_else_is_not_connected(village: Village, works: IdentityProvider) -> None:
    provider = await connected(works.url)
    await Identity.create(provider=provider, subject="ada", user=village.owner)
    client = village.client(village.member)
    answer = await client.get(await works.sign_in(await leave(client, "/account/identities/works"), "ada"))
    assert answer.status_code == 403
    assert (await Identity.get(subject="ada")).user_id == village.owner.id


async def test_the_last_way_in_stays(village: Village, works: IdentityProvider) -> None:
    await connected(works.url, creates="open")
    client = village.client()
    await come_back(client, works, "ada")
    assert (await client.post("/account/identities/works/delete")).status_code == 409
    user = await User.get(email="ada@example.org")
    await Passkey.create(user=user, key_id="k", public_key="k", name="Phone")
    assert (await client.post("/account/identities/works/delete")).status_code == 303


async def test_a_provider_that_owns_accounts_brings_name_and_address_along(
    village: Village, works: IdentityProvider
) -> None:
    await connected(works.url, creates="open", owns_accounts=True)
    client = village.client()
    await come_back(client, works, "ada")
    refused = await client.post("/account/identities/works/delete")
    assert (refused.status_code, "manages this account" in refused.text) == (409, True)
    works.set_people({"ada": {**ADA, "email": "countess@example.org", "name": "Ada King"}})
    await come_back(village.client(), works, "ada")
    user = await User.get(name="Ada King")
    assert user.email == "countess@example.org"
    assert await Mail.filter(recipient__contains="ada@example.org", subject__contains="has changed").count() == 1
    assert (await client.get("/account/")).status_code == 303


async def test_an_owned_account_takes_no_address_that_somebody_has(village: Village, works: IdentityProvider) -> None:
    await connected(works.url, creates="open", owns_accounts=True)
    await come_back(village.client(), works, "ada")
    works.set_people({"ada": {**ADA, "email": village.operator.email}})
    assert (await come_back(village.client(), works, "ada")).status_code == 303
    assert (await User.get(name="Ada Lovelace")).email == "ada@example.org"


async def test_a_second_factor_given_there_is_believed_only_when_the_rules_say_so(
    village: Village, works: IdentityProvider
) -> None:
    provider = await connected(works.url, creates="open", strong_amr=("otp",))
    for amr, strong in (("pwd", False), ("pwd otp", True)):
        client = village.client()
        await client.get(await works.sign_in(await leave(client), "ada", amr=amr))
        session = await LoginSession.all().order_by("-id").first()
        assert session is not None
        assert (session.factor_at is not None) is strong
    provider.rules = {**provider.rules, "strong_amr": []}
    await provider.save()
    client = village.client()
    await client.get(await works.sign_in(await leave(client), "ada", amr="pwd otp"))
    session = await LoginSession.all().order_by("-id").first()
    assert session is not None
    assert session.factor_at is None


async def test_who_has_a_factor_here_is_asked_for_it_after_a_weak_proof_there(
    village: Village, works: IdentityProvider
) -> None:
    provider = await connected(works.url)
    await Identity.create(provider=provider, subject="ada", user=village.member)
    await User.filter(id=village.member.id).update(has_factor=True)
    client = village.client()
    answer = await come_back(client, works, "ada")
    assert answer.headers["location"] == "/sign-in/factor"
    assert await LoginSession.all().count() == 0


async def test_a_closed_account_stays_closed(village: Village, works: IdentityProvider) -> None:
    provider = await connected(works.url, creates="open")
    await Identity.create(provider=provider, subject="ada", user=village.member)
    await User.filter(id=village.member.id).update(is_active=False, closed_at=datetime.now(UTC))
    answer = await come_back(village.client(), works, "ada")
    assert (answer.status_code, await LoginSession.all().count()) == (403, 0)
    noted = await SignIn.all().values_list("user_id", "how", "outcome")
    assert noted == [(village.member.id, "provider:works", "wrong")]


async def test_a_proof_is_given_by_signing_in_there_again(village: Village, works: IdentityProvider) -> None:
    await connected(works.url, creates="open")
    client, browser = village.client(), httpx.AsyncClient()
    await client.get(await works.sign_in(await leave(client), "ada", browser=browser))
    await LoginSession.all().update(proven_at=datetime.now(UTC) - timedelta(hours=1))
    asked = await client.get("/account/email")
    assert asked.headers["location"].startswith("/account/proof")
    assert "Sign in again at Works Council" in (await client.get("/account/proof?next=/account/email")).text
    address = await leave(client, "/account/proof/providers/works", "/account/email")
    assert ("prompt=login" in address, "max_age=0" in address) == (True, True)
    answer = await client.get(await works.sign_in(address, "ada", browser=browser))
    await browser.aclose()
    assert answer.headers["location"] == "/account/email"
    assert (await client.get("/account/email")).status_code == 200


async def test_somebody_else_there_is_no_proof(village: Village, works: IdentityProvider) -> None:
    provider = await connected(works.url)
    await Identity.create(provider=provider, subject="ada", user=village.member)
    await Identity.create(provider=provider, subject="max", user=village.owner)
    client = village.client(village.member)
    await client.get("/account/")
    await LoginSession.all().update(proven_at=datetime.now(UTC) - timedelta(hours=1))
    address = await leave(client, "/account/proof/providers/works", "/account/email")
    assert (await client.get(await works.sign_in(address, "max"))).status_code == 403
    assert (await client.get("/account/email")).headers["location"].startswith("/account/proof")
    noted = await SignIn.filter(outcome="wrong").values_list("user_id", "how")
    assert noted == [(village.member.id, "provider:works")]


async def test_cancelling_there_leads_back_with_a_sentence(village: Village, works: IdentityProvider) -> None:
    await connected(works.url)
    client = village.client()
    address = httpx.URL(await leave(client))
    said = {"error": "access_denied", "state": address.params["state"], "iss": works.url}
    answer = await client.get("/sign-in/providers/works/callback", params=said)
    assert (answer.status_code, "You were not signed in there." in answer.text) == (403, True)


async def test_switching_a_provider_off_ends_what_came_through_it(village: Village, works: IdentityProvider) -> None:
    provider = await connected(works.url, creates="open")
    client = village.client()
    back = await works.sign_in(await leave(client), "ada")
    other = village.client()
    await come_back(other, works, "ada")
    await switch_provider(provider, on=False, actor=None)
    assert (await other.get("/account/")).headers["location"].startswith("/sign-in")
    assert (await client.get(back)).status_code == 404
    assert (await client.post("/sign-in/providers/works")).status_code == 404
    assert "Works Council" not in (await client.get("/sign-in")).text


async def test_signing_out_offers_to_sign_out_there_too(village: Village, works: IdentityProvider) -> None:
    await connected(works.url, creates="open")
    client = village.client()
    await come_back(client, works, "ada")
    answer = await client.post("/sign-out")
    assert answer.headers["location"] == "/sign-in/providers/works/signed-out"
    assert await LoginSession.all().count() == 0
    page = (await client.get(answer.headers["location"])).text
    assert f"{works.url}/session/end?client_id=cercle" in page


async def test_the_secret_is_sealed_and_no_token_is_kept(village: Village, works: IdentityProvider) -> None:
    provider = await connected(works.url, creates="open")
    client = village.client()
    await come_back(client, works, "ada")
    assert works.secret not in provider.client_secret
    assert works.secret not in str(await AuditEntry.all().values("before", "after"))
    assert "eyJ" not in str(await Identity.all().values()) + str(await LoginSession.all().values())


async def test_the_button_is_on_the_pages_to_sign_in_and_up(village: Village, works: IdentityProvider) -> None:
    await connected(works.url)
    for path in ("/sign-in?next=/clubs", "/sign-up"):
        assert "Continue with Works Council" in (await village.client().get(path)).text
    page = await village.client().post("/sign-in/providers/works", data={"next": "/clubs"})
    assert leads_to(page).startswith(f"{works.url}/auth?")
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "private, no-store"
