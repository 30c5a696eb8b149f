"""Tidying: what has ended goes, what works stays."""

from datetime import UTC, datetime, timedelta

from cercle.testing import Village
from core.accounts.models import ApiToken, LoginSession, OneTimeLink, SignInStep, User
from core.accounts.services import create_token, request_reset
from core.accounts.services.steps import begin_step


async def test_only_what_nobody_can_use_is_forgotten(village: Village) -> None:
    browser, idle = village.client(village.member), village.client(village.owner)
    await browser.get("/account/")
    await idle.get("/account/")
    await create_token(village.member, name="new")
    await request_reset(village.member.email)
    long_ago = datetime.now(UTC) - timedelta(days=60)
    await LoginSession.filter(user=village.owner).update(seen_at=long_ago)
    await ApiToken.create(user=village.owner, token_hash="x", name="old", stamp="", expires_at=long_ago)
    await OneTimeLink.create(token_hash="y", purpose="reset", expires_at=long_ago)
    later = datetime.now(UTC) + timedelta(days=5)
    await OneTimeLink.create(token_hash="z", purpose="invite", expires_at=later, used_at=long_ago)
    await begin_step("factor", user=village.member)
    await SignInStep.create(token_hash="x", purpose="passkey", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    for _twice in range(2):
        await village.app.jobs.run("accounts.forget_old")
        left = [await model.all().count() for model in (LoginSession, ApiToken, OneTimeLink, SignInStep)]
        assert left == [1, 1, 1, 1]
    assert (await browser.get("/account/")).status_code == 200
    assert await User.all().count() == 7
