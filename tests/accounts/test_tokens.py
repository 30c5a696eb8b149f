"""API tokens and feed tokens."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import ApiToken, LoginSession, User
from core.accounts.services import create_token, feed_token, revoke_feeds, viewer_from_feed_token
from core.accounts.sessions import digest
from core.errors import Invalid
from core.models import AuditEntry
from tests.accounts.letters import letters

ME = "http://127.0.0.1:8000/api/v1/me"


async def test_a_token_is_shown_once_and_works(village: Village) -> None:
    client = village.client(village.member)
    page = await client.post("/account/tokens", data={"name": "Import", "scopes": "read", "days": "30"})
    secret = page.text.split("cercle_", 1)[1].split("<", 1)[0]
    row = await ApiToken.get(user=village.member)
    assert (row.token_hash, row.scopes) == (digest(f"cercle_{secret}"), "read")
    assert row.expires_at is not None
    assert secret not in (await client.get("/account/tokens")).text
    answer = await village.client(None, authorization=f"Bearer cercle_{secret}").get(ME)
    assert answer.json()["handle"] == "member"
    assert answer.json()["scopes"] == ["read"]
    assert await AuditEntry.filter(action="accounts.token_created", actor_id=village.member.id).count() == 1


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("name", "x" * 81), ("scopes", "admin"), ("days", "9999"), ("user", "1")]
)
async def test_a_wrong_field_makes_no_token(village: Village, field: str, value: str) -> None:
    data = {"name": "Import", "scopes": "read", "days": "30", field: value}
    assert (await village.client(village.member).post("/account/tokens", data=data)).status_code == 422
    assert await ApiToken.all().count() == 0


async def test_a_revoked_token_ends_at_once_and_only_its_owner_may_revoke(village: Village) -> None:
    secret = await create_token(village.member, name="Import")
    script = village.client(None, authorization=f"Bearer {secret}")
    row = await ApiToken.get()
    assert (await village.client(village.owner).post(f"/account/tokens/{row.id}/delete")).status_code == 404
    assert (await script.get(ME)).status_code == 200
    assert (await village.client(village.member).post(f"/account/tokens/{row.id}/delete")).status_code == 303
    assert (await script.get(ME)).status_code == 401


async def test_an_expired_token_and_that_of_a_closed_account_are_refused(village: Village) -> None:
    secret = await create_token(village.member, name="Import", days=1)
    script = village.client(None, authorization=f"Bearer {secret}")
    await User.filter(id=village.member.id).update(is_active=False)
    assert (await script.get(ME)).status_code == 401
    await User.filter(id=village.member.id).update(is_active=True)
    assert (await script.get(ME)).status_code == 200
    await ApiToken.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await script.get(ME)).status_code == 401


async def test_nobody_has_tokens_without_end_in_number(village: Village) -> None:
    rows = [
        ApiToken(user=village.member, token_hash=digest(str(n)), name="x", stamp=village.member.stamp)
        for n in range(50)
    ]
    await ApiToken.bulk_create(rows)
    with pytest.raises(Invalid):
        await create_token(village.member, name="Import")


async def test_a_feed_token_is_the_same_each_time_until_it_is_revoked(village: Village) -> None:
    token = feed_token(village.member)
    assert token == feed_token(await User.get(id=village.member.id))
    viewer = await viewer_from_feed_token(token)
    assert viewer is not None
    assert viewer.id == village.member.id
    await village.client(village.member).post("/account/feeds/delete")
    assert await viewer_from_feed_token(token) is None
    user = await User.get(id=village.member.id)
    assert await viewer_from_feed_token(feed_token(user)) is not None
    await revoke_feeds(user)
    assert user.feed_generation == 3


@pytest.mark.parametrize("change", [{"is_active": False}, {"stamp": "another"}])
async def test_a_feed_token_ends_with_its_reason(village: Village, change: dict[str, object]) -> None:
    token = feed_token(village.member)
    await User.filter(id=village.member.id).update(**change)
    assert await viewer_from_feed_token(token) is None


async def test_forged_feed_tokens_are_refused(village: Village) -> None:
    token = feed_token(village.member)
    number, _, mac = token.partition("-")
    for forged in (
        "",
        "-",
        "x",
        f"{village.owner.id}-{mac}",
        f"{number}-",
        f"{number}-{mac[:-1]}",
        token + "0",
        "٤-" + mac,
        f"{number}-é",
        "9" * 40 + "-" + mac,
        "\0",
    ):
        assert await viewer_from_feed_token(forged) is None


async def test_the_owner_of_a_token_is_told_of_it_and_a_week_before_it_ends_once(village: Village) -> None:
    await create_token(village.member, name="Night import", days=30)
    made = (await letters(village.member.email))[-1]
    assert "Night import" in made.text
    await village.settle()
    assert len(await letters(village.member.email)) == 1
    await create_token(village.member, name="Short", days=3)
    now = datetime.now(UTC)
    await ApiToken.filter(name="Night import").update(
        expires_at=now + timedelta(days=6), created_at=now - timedelta(days=24)
    )
    for _twice in range(2):
        await village.settle()
    subjects = [mail.subject for mail in await letters(village.member.email)]
    assert [subject for subject in subjects if "stops working soon" in subject] == [
        f"“Night import” stops working soon on {village.app.settings.site_name}"
    ]


async def test_a_token_that_has_ended_otherwise_is_not_warned_of(village: Village) -> None:
    await create_token(village.member, name="Night import", days=30)
    now = datetime.now(UTC)
    await ApiToken.all().update(expires_at=now + timedelta(days=6), created_at=now - timedelta(days=24), stamp="old")
    await village.settle()
    assert len(await letters(village.member.email)) == 1


async def test_all_tokens_are_revoked_at_once_and_feeds_stay(village: Village) -> None:
    script = village.client(None, authorization=f"Bearer {await create_token(village.member, name='One')}")
    await create_token(village.member, name="Two", kind="app")
    await create_token(village.member, name="Reader", kind="feed", scopes=("read",))
    others = await create_token(village.owner, name="Other")
    assert (await village.client(village.member).post("/account/tokens/delete")).status_code == 303
    assert (await script.get(ME)).status_code == 401
    assert [token.kind for token in await ApiToken.filter(user=village.member)] == ["feed"]
    assert (await village.client(None, authorization=f"Bearer {others}").get(ME)).status_code == 200
    assert await AuditEntry.filter(action="accounts.tokens_revoked", actor_id=village.member.id).count() == 1


async def test_the_list_tells_tokens_apart_by_their_end_and_their_last_use(village: Village) -> None:
    secret = await create_token(village.member, name="Night import", clubs=[village.club.id], scopes=("wiki:write",))
    await village.client(None, authorization=f"Bearer {secret}").get(f"{ME[:-3]}/clubs/atelier/wiki/pages")
    page = (await village.client(village.member).get("/account/tokens")).text
    row = await ApiToken.get()
    assert (row.ending, row.network, row.scopes) == (secret[-4:], "127.0.0.1", "wiki:read wiki:write")
    assert f"…{secret[-4:]}" in page
    assert "127.0.0.1" in page
    assert "only in Atelier" in " ".join(page.split())


async def test_of_many_tokens_made_at_once_none_is_one_too_many(village: Village) -> None:
    rows = [
        ApiToken(user=village.member, token_hash=digest(str(n)), name="x", stamp=village.member.stamp)
        for n in range(45)
    ]
    await ApiToken.bulk_create(rows)
    made = await asyncio.gather(
        *(create_token(village.member, name=f"Token {n}") for n in range(20)), return_exceptions=True
    )
    assert len([one for one in made if isinstance(one, str)]) == 5
    assert all(isinstance(one, str | Invalid) for one in made)
    assert await ApiToken.filter(user=village.member).count() == 50


async def test_tokens_over_the_api_are_for_browsers_alone(village: Village) -> None:
    tokens = f"{ME}/tokens"
    browser, sent = village.client(village.member), {"name": "Script", "scopes": "read", "kind": "app", "days": "7"}
    made = await browser.post(tokens, json=sent)
    assert made.status_code == 201
    found = (await browser.get(tokens)).json()["items"]
    assert [(one["name"], one["kind"], one["ending"]) for one in found] == [
        ("Script", "app", made.json()["secret"][-4:])
    ]
    for script in (village.api(village.member), village.api(village.operator)):
        for method, path in (("GET", "me/tokens"), ("POST", "me/tokens"), ("DELETE", f"me/tokens/{found[0]['id']}")):
            answer = await script.request(method, path, json=sent if method == "POST" else None)
            assert answer.status_code == 403
    assert (await village.client(village.owner).delete(f"{tokens}/{found[0]['id']}")).status_code == 404
    assert (await browser.delete(f"{tokens}/{found[0]['id']}")).status_code == 204
    await LoginSession.filter(user=village.member).update(proven_at=datetime.now(UTC) - timedelta(minutes=16))
    assert (await browser.post(tokens, json=sent)).status_code == 403
    assert await ApiToken.filter(user=village.member, name="Script").count() == 0
