"""API tokens and feed tokens."""

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import ApiToken, User
from core.accounts.services import create_token, feed_token, revoke_feeds, viewer_from_feed_token
from core.accounts.sessions import digest
from core.errors import Invalid
from core.models import AuditEntry

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
