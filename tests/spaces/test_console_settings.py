"""The settings of the site in the console: what operators choose, and what the environment fixes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cercle._testing.village import opened_village
from cercle.testing import Village, village_settings
from core.models import AuditEntry, Setting
from core.settings import GIB
from core.site_choices import PART, choose

PAGE = "/admin/settings"
WHOLE = {
    "site_name": "Réseau des clubs",
    "sign_up": "request",
    "security_contact": "mailto:security@example.org",
    "club_quota": "5 GB",
    "erase_after_days": "21",
    "club_purge_days": "45",
    "session_idle_hours": "48",
    "session_absolute_hours": "240",
}


@pytest.fixture
async def fixed(database_url: str, tmp_path: Path) -> AsyncIterator[Village]:
    """A village whose environment names the site and says who gets an account."""
    settings = village_settings(tmp_path / "data", database_url, site_name="Named outside", sign_up="invite")
    async with opened_village(settings) as opened:
        yield opened


async def test_choices_hold_at_once_and_are_logged(village: Village) -> None:
    browser = village.client(village.operator)

    answer = await browser.post(PAGE, data=WHOLE)

    assert answer.status_code == 303
    settings = village.app.settings
    assert (settings.site_name, settings.sign_up, settings.club_quota) == ("Réseau des clubs", "request", 5 * GIB)
    assert (settings.erase_after_days, settings.club_purge_days) == (21, 45)
    assert (settings.session_idle_hours, settings.session_absolute_hours) == (48, 240)
    assert "Réseau des clubs" in (await browser.get("/")).text
    assert "security@example.org" in (await browser.get("/.well-known/security.txt")).text
    entry = await AuditEntry.get(action="core.site_settings_chosen")
    assert (entry.actor_id, entry.after["club_quota"], entry.before["sign_up"]) == (village.operator.id, 5 * GIB, None)


async def test_a_restart_finds_what_was_chosen(village: Village, tmp_path: Path) -> None:
    await village.client(village.operator).post(PAGE, data=WHOLE)

    async with opened_village(village.app.given_settings) as again:
        assert again.app.settings.site_name == "Réseau des clubs"
        assert again.app.given_settings.site_name == "Cercle"


async def test_another_process_takes_it_over(village: Village) -> None:
    await Setting.create(scope="site", owner_id=0, part=PART, values={"site_name": "From elsewhere"})

    await village.app.choices.refresh()
    assert village.app.settings.site_name == "From elsewhere"
    await Setting.filter(part=PART).delete()
    await village.app.choices.refresh()

    assert village.app.settings.site_name == "Cercle"


async def test_an_emptied_field_goes_back_to_the_default(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.post(PAGE, data=WHOLE)

    answer = await browser.post(PAGE, data={**WHOLE, "site_name": "", "club_quota": "", "security_contact": ""})

    assert answer.status_code == 303
    settings = village.app.settings
    assert (settings.site_name, settings.club_quota, settings.security_contact) == ("Cercle", 20 * GIB, "")
    assert settings.erase_after_days == 21


async def test_only_what_differs_is_chosen(village: Village) -> None:
    same = {"site_name": "Cercle", "sign_up": "invite", "club_quota": "20 GB", "erase_after_days": "14"}

    await village.client(village.operator).post(PAGE, data=same)

    assert not await AuditEntry.filter(action="core.site_settings_chosen").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("site_name", "x" * 61),
        ("sign_up", "everybody"),
        ("club_quota", "lots"),
        ("club_quota", "12 kB"),
        ("club_quota", "9" * 30 + " PB"),
        ("erase_after_days", "0"),
        ("club_purge_days", "366"),
        ("session_idle_hours", "-1"),
        ("session_absolute_hours", "9" * 30),
        ("security_contact", "javascript:alert(1)"),
        ("security_contact", "mailto:a@example.org\r\nContact: https://evil.example"),
        ("secret_key", "k" * 48),
    ],
)
async def test_a_wrong_value_changes_nothing(village: Village, name: str, value: str) -> None:
    before = village.app.settings

    answer = await village.client(village.operator).post(PAGE, data={**WHOLE, name: value})

    assert answer.status_code == 422
    assert village.app.settings == before
    assert not await AuditEntry.filter(action="core.site_settings_chosen").exists()


async def test_what_the_environment_fixes_is_read_and_not_changed(fixed: Village) -> None:
    browser = fixed.client(fixed.operator)

    page = (await browser.get(PAGE)).text
    answer = await browser.post(PAGE, data={**WHOLE, "site_name": "Taken over"})

    assert "CERCLE_SITE_NAME" in page
    assert 'name="site_name"' not in page
    assert 'name="club_quota"' in page
    assert answer.status_code == 403
    assert fixed.app.settings.site_name == "Named outside"
    assert fixed.app.settings.club_quota == 20 * GIB


async def test_a_value_chosen_before_gives_way_to_the_environment(fixed: Village) -> None:
    await Setting.create(scope="site", owner_id=0, part=PART, values={"site_name": "Chosen", "club_purge_days": 60})

    await fixed.app.choices.refresh()

    assert (fixed.app.settings.site_name, fixed.app.settings.club_purge_days) == ("Named outside", 60)


async def test_what_cannot_be_read_leaves_the_defaults(village: Village) -> None:
    await Setting.create(scope="site", owner_id=0, part=PART, values={"club_quota": "much", "from": "another version"})

    await village.app.choices.refresh()

    assert village.app.settings.club_quota == 20 * GIB


async def test_secrets_are_not_shown(village: Village) -> None:
    given = village.app.given_settings
    village.app.given_settings = given.model_copy(update={"smtp_url": "smtp://user:pa55word@mail.example:587"})
    page = (await village.client(village.operator).get(PAGE)).text

    assert "CERCLE_SECRET_KEY" in page
    assert village.app.settings.secret_key not in page
    assert "smtp://mail.example" in page
    assert "pa55word" not in page


async def test_two_operators_who_change_different_things_do_not_undo_each_other(village: Village) -> None:
    await choose({"erase_after_days": 30}, actor=None)

    await choose({"club_purge_days": 60}, actor=None)

    assert (village.app.settings.erase_after_days, village.app.settings.club_purge_days) == (30, 60)


async def test_nobody_but_operators_sets_up_the_site(village: Village) -> None:
    browser = village.client(village.owner)

    assert (await browser.get(PAGE)).status_code == 403
    assert (await browser.post(PAGE, data=WHOLE)).status_code == 403
    assert (await village.client().get(PAGE)).status_code == 303
    assert village.app.settings.site_name == "Cercle"
