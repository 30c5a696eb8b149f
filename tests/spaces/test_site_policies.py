"""The policies of the site: chosen by operators, in the log, and nobody locks themself out with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from cercle.testing import Village
from core.accounts.models import LoginSession, User
from core.accounts.settings import SiteSettings
from core.models import AuditEntry
from core.plugin_settings import site_settings


async def _save(village: Village, **values: str) -> int:
    browser = village.client(village.operator)
    shown = {"second_factor": "nobody", "impersonation": "false", "leaving_days": "14"}
    data = {**shown, **values, "_shown": json.dumps(shown)}
    return (await browser.post("/admin/policies", data=data)).status_code


async def test_a_policy_is_changed_and_logged_with_before_and_after(village: Village) -> None:
    assert await _save(village, leaving_days="30") == 303

    assert (await site_settings(SiteSettings)).leaving_days == 30
    entry = await AuditEntry.get(action="core.settings_changed")
    assert (entry.actor_id, entry.before, entry.after) == (
        village.operator.id,
        {"leaving_days": 14},
        {"leaving_days": 30},
    )


async def test_a_wrong_value_changes_nothing(village: Village) -> None:
    assert await _save(village, leaving_days="1000", impersonation="true") == 422

    assert await site_settings(SiteSettings) == SiteSettings()
    assert await AuditEntry.all().count() == 0


async def test_an_operator_without_a_second_factor_asks_nobody_for_one(village: Village) -> None:
    for policy in ("operators", "everyone"):
        assert await _save(village, second_factor=policy) == 422
    assert (await site_settings(SiteSettings)).second_factor == "nobody"


async def test_an_operator_with_a_second_factor_asks_others_for_one(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.get("/admin/policies")
    await User.filter(id=village.operator.id).update(has_factor=True)
    await LoginSession.filter(user_id=village.operator.id).update(factor_at=datetime.now(UTC))
    shown = {"second_factor": "nobody"}

    answer = await browser.post("/admin/policies", data={"second_factor": "operators", "_shown": json.dumps(shown)})

    assert answer.status_code == 303
    assert (await site_settings(SiteSettings)).second_factor == "operators"


async def test_the_page_says_who_lacks_one_and_what_the_environment_fixed(village: Village) -> None:
    await User.filter(id=village.member.id).update(has_factor=True)
    page = (await village.client(village.operator).get("/admin/policies")).text

    assert "1 operator has no second factor. 6 people have none in all." in page
    assert all(
        name in page for name in ("CERCLE_SIGN_UP", "By invitation only", "CERCLE_SESSION_IDLE_HOURS", "14 days")
    )


async def test_switching_impersonation_off_ends_what_goes_on(village: Village) -> None:
    await _save(village, impersonation="true")
    browser = village.client(village.operator)
    await browser.post(f"/admin/people/{village.member.id}/acting", data={"reason": "Help", "minutes": "15"})
    assert await LoginSession.filter(operator_id__isnull=False).count() == 1

    shown = {"impersonation": "true"}
    other = village.client(village.operator)
    await other.post("/admin/policies", data={"impersonation": "false", "_shown": json.dumps(shown)})

    assert await LoginSession.filter(operator_id__isnull=False).count() == 0


async def test_the_policies_have_no_second_door(village: Village) -> None:
    browser = village.client(village.operator)
    assert (await browser.get("/admin/plugins/accounts/settings")).status_code == 404
    assert (
        await browser.post("/admin/plugins/accounts/settings", data={"site.second_factor": "everyone"})
    ).status_code == 404
