"""An operator tries a theme alone and chooses one for everybody; nobody else does, and nothing needs a restart."""

import asyncio
import shutil
from pathlib import Path

import httpx
import pytest

from cercle.testing import Village, opened_village, village_settings
from core.appearance import COOKIE
from core.cli.themes import write_theme
from core.errors import SettingsError
from core.models import AuditEntry, Setting
from core.settings import load_settings

CHOOSE = "/admin/appearance"
TRY = "/admin/appearance/trial"
END = "/admin/appearance/trial/end"


async def test_the_page_is_for_operators(village: Village) -> None:
    for person in (village.owner, village.outsider):
        browser = village.client(person)
        assert (await browser.get(CHOOSE)).status_code == 403
        assert {(await browser.post(path, data={"theme": "ardoise"})).status_code for path in (CHOOSE, TRY, END)} == {
            403
        }
        assert (await browser.get(f"{CHOOSE}/default/light.svg")).status_code == 403
    stranger = await village.client().get(CHOOSE)
    assert (stranger.status_code, stranger.headers["location"]) == (303, "/sign-in?next=%2Fadmin%2Fappearance")
    page = await village.client(village.operator).get(CHOOSE)
    assert page.status_code == 200
    assert worn(await village.client().get("/")) == "default"


async def test_a_choice_is_for_everybody_and_is_written_down(village: Village) -> None:
    browser = village.client(village.operator)
    answer = await browser.post(CHOOSE, data={"theme": "ardoise"})

    assert (answer.status_code, answer.headers["location"]) == (303, CHOOSE)
    assert [worn(await village.client(person).get("/")) for person in (None, village.member)] == ["ardoise", "ardoise"]
    row = await Setting.get(scope="site", owner_id=0, part="core")
    assert row.values["theme"] == "ardoise"
    entry = await AuditEntry.get(action="core.theme_chosen")
    assert (entry.actor_id, entry.before, entry.after) == (
        village.operator.id,
        {"theme": "default"},
        {"theme": "ardoise"},
    )


async def test_a_choice_survives_a_restart(village: Village) -> None:
    await village.client(village.operator).post(CHOOSE, data={"theme": "ardoise"})
    async with opened_village(village.app.settings) as again:
        assert worn(await again.client().get("/")) == "ardoise"


async def test_a_kept_page_is_never_shown_in_another_theme(village: Village) -> None:
    member = village.client(village.member)
    path = "/c/atelier/wiki/"
    before = [worn(await member.get(path)) for _ in range(2)]
    await village.client(village.operator).post(CHOOSE, data={"theme": "ardoise"})

    assert [*before, worn(await member.get(path))] == ["default", "default", "ardoise"]


async def test_a_choice_reaches_another_process(database_url: str, redis_url: str, tmp_path: Path) -> None:
    settings = village_settings(tmp_path / "data", database_url, redis_url=redis_url)
    async with opened_village(settings) as one, opened_village(settings) as other:
        stranger = other.client()
        assert worn(await stranger.get("/")) == "default"
        await one.client(one.operator).post(CHOOSE, data={"theme": "ardoise"})
        async with asyncio.timeout(10):
            while worn(await stranger.get("/")) != "ardoise":
                await asyncio.sleep(0)


async def test_what_is_tried_is_seen_by_its_operator_alone(village: Village) -> None:
    browser = village.client(village.operator)
    answer = await browser.post(TRY, data={"theme": "ardoise"})
    page = await browser.get("/")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Max-Age=7200" in answer.headers["set-cookie"]
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert worn(page) == "ardoise"
    assert "You see the theme Slate; only you." in page.text
    assert worn(await village.client(village.member).get("/")) == "default"
    await browser.post(END)
    after = await browser.get("/")
    assert (worn(after), "only you" in after.text) == ("default", False)


async def test_the_cookie_of_a_trial_helps_nobody_else(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.post(TRY, data={"theme": "ardoise"})
    for person in (village.owner, village.outsider, None):
        thief = village.client(person)
        thief.cookies.set(COOKIE, browser.cookies[COOKIE])
        assert worn(await thief.get("/")) == "default"


async def test_a_forged_cookie_changes_nothing(village: Village) -> None:
    browser = village.client(village.operator)
    browser.cookies.set(COOKIE, "WzEsImFyZG9pc2UiXQ.aaaa.bbbb")
    page = await browser.get("/")
    assert (page.status_code, worn(page)) == (200, "default")


@pytest.mark.parametrize("path", [CHOOSE, TRY])
@pytest.mark.parametrize("name", ["nosuch", "../ardoise", "Ardoise"])
async def test_there_is_no_theme_of_another_name(village: Village, path: str, name: str) -> None:
    assert (await village.client(village.operator).post(path, data={"theme": name})).status_code == 404
    assert village.app.appearance.theme.name == "default"


async def test_the_settings_can_fix_the_theme(database_url: str, tmp_path: Path) -> None:
    settings = village_settings(tmp_path / "data", database_url, theme="ardoise")
    async with opened_village(settings) as village:
        browser = village.client(village.operator)
        page = await browser.get(CHOOSE)
        refused = await browser.post(CHOOSE, data={"theme": "default"})

        assert "Fixed by the operator’s settings" in page.text
        assert "Use it for everyone" not in page.text
        assert (refused.status_code, worn(await browser.get("/"))) == (403, "ardoise")


async def test_an_operator_adds_a_theme_while_the_site_runs(village: Village) -> None:
    add_theme(village)
    browser = village.client(village.operator)
    listed = await browser.get(CHOOSE)
    await browser.post(CHOOSE, data={"theme": "atelier"})
    page = await village.client().get("/")
    sheet = await sheet_of(village, page)

    assert "Atelier" in listed.text
    assert worn(page) == "atelier"
    assert (sheet.status_code, "--paper" in sheet.text) == (200, True)


async def test_a_theme_with_errors_can_be_tried_but_not_chosen(village: Village) -> None:
    folder = add_theme(village)
    (folder / "static" / "theme.css").write_text(".card { color: red }")
    browser = village.client(village.operator)
    refused = await browser.post(CHOOSE, data={"theme": "atelier"})
    tried = await browser.post(TRY, data={"theme": "atelier"})

    assert refused.status_code == 422
    assert "stands outside of" in refused.text
    assert village.app.appearance.theme.name == "default"
    assert (tried.status_code, worn(await browser.get("/"))) == (303, "atelier")


async def test_an_author_sees_each_change_at_the_next_look(village: Village) -> None:
    folder = add_theme(village)
    browser = village.client(village.operator)
    await browser.post(TRY, data={"theme": "atelier"})
    first = await sheet_of(village, await browser.get("/"))
    (folder / "static" / "tokens.css").write_text("@layer theme { :root { --paper: #fedcba; } }")
    (folder / "templates").mkdir()
    (folder / "templates" / "_logo.html").write_text("<b>Atelier!</b>")
    page = await browser.get("/")
    second = await sheet_of(village, page)

    assert ("#fedcba" in first.text, "#fedcba" in second.text) == (False, True)
    assert "<b>Atelier!</b>" in page.text


async def test_a_broken_template_does_not_lock_the_operator_out(village: Village) -> None:
    folder = add_theme(village)
    (folder / "templates").mkdir()
    (folder / "templates" / "_logo.html").write_text("{% if %}")
    browser = village.client(village.operator)
    await browser.post(TRY, data={"theme": "atelier"})
    page = await browser.get("/")

    assert (page.status_code, worn(page)) == (200, "default")
    assert "TemplateSyntaxError" in page.text
    assert 'action="/admin/appearance/trial/end"' in page.text


async def test_templates_of_others_do_not_reach_the_secrets(village: Village) -> None:
    folder = add_theme(village)
    (folder / "templates").mkdir()
    (folder / "templates" / "_logo.html").write_text("<b>{{ request.scope['cercle'].settings.secret_key }}</b>")
    browser = village.client(village.operator)
    await browser.post(TRY, data={"theme": "atelier"})
    page = await browser.get("/")

    assert village.app.settings.secret_key not in page.text
    assert "SecurityError" in page.text


async def test_a_chosen_theme_that_is_gone_leaves_the_default(village: Village) -> None:
    folder = add_theme(village)
    await village.client(village.operator).post(CHOOSE, data={"theme": "atelier"})
    shutil.rmtree(folder)
    async with opened_village(village.app.settings) as again:
        assert worn(await again.client().get("/")) == "default"
        assert (await again.client(again.operator).get(CHOOSE)).status_code == 200


async def test_a_manifest_that_cannot_be_read_is_told_and_harms_nothing(village: Village) -> None:
    (add_theme(village) / "theme.toml").write_text("oops")
    page = await village.client(village.operator).get(CHOOSE)
    assert (page.status_code, "The theme atelier cannot be read" in page.text) == (200, True)


async def test_a_safe_start_keeps_to_our_own_themes(village: Village) -> None:
    add_theme(village)
    await village.client(village.operator).post(CHOOSE, data={"theme": "atelier"})
    async with opened_village(village.app.settings.model_copy(update={"safe": True})) as safe:
        assert worn(await safe.client().get("/")) == "default"


def test_a_theme_that_the_settings_name_must_be_there(tmp_path: Path) -> None:
    from core.app import create_app

    with pytest.raises(SettingsError, match="CERCLE_THEME: there is no theme 'nosuch'; there are: default, ardoise"):
        create_app(load_settings(data_dir=tmp_path, theme="nosuch"))


async def test_each_theme_is_drawn_by_day_and_by_night(village: Village) -> None:
    browser = village.client(village.operator)
    drawn = [
        await browser.get(f"{CHOOSE}/{name}/{scheme}.svg")
        for name in ("default", "ardoise")
        for scheme in ("light", "dark")
    ]

    assert {answer.headers["content-type"] for answer in drawn} == {"image/svg+xml"}
    assert len({answer.text for answer in drawn}) == 4
    assert [
        (await browser.get(f"{CHOOSE}/{path}")).status_code for path in ("nosuch/light.svg", "default/noon.svg")
    ] == [404, 404]


def add_theme(village: Village) -> Path:
    """A sound theme of somebody else, in the data folder of the site."""
    return write_theme("atelier", village.app.settings.data_dir / "themes")


def worn(page: httpx.Response) -> str:
    """The theme that a page is shown in."""
    return page.text.partition('data-theme="')[2].partition('"')[0]


async def sheet_of(village: Village, page: httpx.Response) -> httpx.Response:
    """The tokens that a page links."""
    start = page.text.index("/static/theme-")
    return await village.client().get(page.text[start:].partition('"')[0])
