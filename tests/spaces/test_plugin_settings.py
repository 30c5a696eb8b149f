"""The pages and the API on which people choose settings of plugins: operators, owners of clubs, and everybody for themselves."""

from __future__ import annotations

import asyncio
import html
import json
import re
from typing import Any

import httpx
import pytest

from cercle.testing import Village
from core.models import AuditEntry, Setting
from core.plugin_settings import club_settings, member_settings, site_settings
from core.plugin_settings.changes import Fix, fix_club_settings, fixes_of
from plugins.blog.settings import ClubSettings as BlogSettings
from plugins.files.settings import ClubSettings as FilesChoices
from plugins.files.settings import SiteSettings as FilesSettings
from plugins.wiki.settings import ClubSettings as WikiSettings
from plugins.wiki.settings import MemberSettings as WikiPreferences
from spaces.services import archive_club
from spaces.switches import set_policy

BLOG = "/c/atelier/settings/plugins/blog/settings"
WIKI = "/c/atelier/settings/plugins/wiki/settings"
FILES = "/admin/plugins/files/settings"
MINE = "/account/preferences"
API = "clubs/atelier/plugins/blog/settings"


def shown_on(page: httpx.Response) -> dict[str, str]:
    """What the form of a page says that it showed."""
    found = re.search(r'name="_shown" value="([^"]*)"', page.text)
    assert found is not None
    shown: dict[str, str] = json.loads(html.unescape(found[1]))
    return shown


async def submit(browser: httpx.AsyncClient, path: str, **changes: str) -> httpx.Response:
    """Open a form, change some of its fields, and send it as a browser does."""
    shown = shown_on(await browser.get(path))
    return await browser.post(path, data={**shown, **changes, "_shown": json.dumps(shown)})


async def test_an_owner_chooses_what_holds_in_the_club(village: Village) -> None:
    browser = village.client(village.owner)

    answer = await submit(browser, BLOG, posts_per_page="10")

    assert (answer.status_code, answer.headers["location"]) == (303, BLOG)
    assert (await club_settings(village.club, BlogSettings)).posts_per_page == 10
    row = await Setting.get(scope="club", owner_id=village.club.id, part="blog")
    assert row.values == {"posts_per_page": 10}
    assert 'value="10"' in (await browser.get(BLOG)).text


async def test_a_box_that_is_cleared_is_a_no(village: Village) -> None:
    await submit(village.client(village.owner), WIKI, show_outline="false")

    assert not (await club_settings(village.club, WikiSettings)).show_outline


async def test_what_is_wrong_stands_beside_its_field_and_all_that_was_typed_is_still_there(village: Village) -> None:
    answer = await submit(village.client(village.owner), BLOG, posts_per_page="51", trash_days="7")

    assert answer.status_code == 422
    assert "At most 50, please." in answer.text
    assert 'value="51"' in answer.text
    assert 'value="7"' in answer.text
    assert shown_on(answer) == {"posts_per_page": "20", "trash_days": "0"}
    assert await Setting.filter(part="blog").count() == 0


@pytest.mark.parametrize(
    "sent",
    [
        {"posts_per_page": "x" * 100_000},
        {"posts_per_page": "\0"},
        {"posts_per_page": "٥٠"},
        {"trash_days": "1e9"},
        {"trash_days": ""},
        {"_shown": "{", "posts_per_page": "-1"},
        {"_shown": "[1]", "posts_per_page": "nan"},
        {"_shown": '{"posts_per_page": {}}', "posts_per_page": "<script>"},
    ],
)
async def test_hostile_input_changes_nothing(village: Village, sent: dict[str, str]) -> None:
    answer = await village.client(village.owner).post(BLOG, data=sent)

    assert (answer.status_code, '<script>"' in answer.text) in ((422, False), (303, False))
    assert (await club_settings(village.club, BlogSettings)).trash_days == 0
    assert 5 <= (await club_settings(village.club, BlogSettings)).posts_per_page <= 50


async def test_two_owners_who_work_on_different_fields_do_not_undo_each_other(village: Village) -> None:
    await village.join(village.outsider, village.club, "owner")
    one, other = village.client(village.owner), village.client(village.outsider)
    shown = shown_on(await one.get(BLOG))
    assert shown_on(await other.get(BLOG)) == shown

    answers = await asyncio.gather(
        one.post(BLOG, data={**shown, "posts_per_page": "10", "_shown": json.dumps(shown)}),
        other.post(BLOG, data={**shown, "trash_days": "30", "_shown": json.dumps(shown)}),
    )

    assert [answer.status_code for answer in answers] == [303, 303]
    assert await club_settings(village.club, BlogSettings) == BlogSettings(posts_per_page=10, trash_days=30)


async def test_a_field_that_the_form_does_not_have_is_left_alone(village: Village) -> None:
    await village.client(village.owner).post(BLOG, data={"posts_per_page": "8", "is_operator": "true"})

    assert (await Setting.get(part="blog")).values == {"posts_per_page": 8}


@pytest.mark.parametrize(
    "person,status", [("moderator", 403), ("member", 403), ("guest", 403), ("outsider", 404), ("removed", 404)]
)
async def test_settings_of_a_club_are_for_its_owners(village: Village, person: str, status: int) -> None:
    who = getattr(village, person)
    browser, script = village.client(who), village.api(who)

    assert (await browser.get(BLOG)).status_code == status
    assert (await browser.post(BLOG, data={"posts_per_page": "5"})).status_code == status
    assert (await script.get(API)).status_code == status
    assert (await script.patch(API, json={"values": {"posts_per_page": 5}})).status_code == status
    assert await Setting.filter(part="blog").count() == 0


async def test_a_plugin_that_the_club_may_not_have_or_that_has_no_settings_is_not_there(village: Village) -> None:
    browser = village.client(village.owner)
    await set_policy("blog", "unavailable", actor=None)

    assert (await browser.get(BLOG)).status_code == 404
    assert (await browser.get(BLOG.replace("blog", "directory"))).status_code == 404
    assert (await browser.get(BLOG.replace("blog", "spaces"))).status_code == 404


async def test_in_an_archived_club_nothing_can_be_chosen(village: Village) -> None:
    await archive_club(village.club, actor=None)

    assert (await village.client(village.owner).post(BLOG, data={"posts_per_page": "5"})).status_code == 403


async def test_what_the_operator_fixed_can_be_read_with_whose_word_it_is_and_why(village: Village) -> None:
    operator = await village.viewer(village.operator)
    await fix_club_settings(BlogSettings, {"posts_per_page": Fix(15, "Slow lines <in> the valley")}, actor=operator)
    browser = village.client(village.owner)

    page = await browser.get(BLOG)
    answer = await browser.post(BLOG, data={"posts_per_page": "6", "trash_days": "9"})

    assert 'name="posts_per_page"' not in page.text
    assert "Odile Operator" in page.text
    assert "Slow lines &lt;in&gt; the valley" in page.text
    assert answer.status_code == 303
    assert await club_settings(village.club, BlogSettings) == BlogSettings(posts_per_page=15, trash_days=9)


async def test_a_stored_value_that_does_not_fit_any_more_is_said_and_saved_anew(village: Village) -> None:
    row = await Setting.create(scope="club", owner_id=village.club.id, part="blog", values={"posts_per_page": 500})
    browser = village.client(village.owner)

    page = await browser.get(BLOG)
    shown = shown_on(page)
    answer = await browser.post(BLOG, data={"posts_per_page": "20", "trash_days": "0", "_shown": json.dumps(shown)})

    assert "does not fit any more" in page.text
    assert answer.status_code == 303
    await row.refresh_from_db()
    assert row.values == {"posts_per_page": 20}


async def test_the_operator_chooses_for_the_site_and_fixes_settings_of_clubs(village: Village) -> None:
    browser = village.client(village.operator)
    changes = {
        "site.largest_upload": "10",
        "fix.trash_days": "true",
        "value.trash_days": "30",
        "reason.trash_days": "The law",
    }

    answer = await submit(browser, FILES, **changes)

    assert (answer.status_code, answer.headers["location"]) == (303, FILES)
    assert (await site_settings(FilesSettings)).largest_upload == 10
    assert (await club_settings(village.club, FilesChoices)).trash_days == 30
    fixed = (await fixes_of(FilesChoices))["trash_days"]
    assert (fixed.by, fixed.reason) == ("Odile Operator", "The law")
    page = await browser.get(FILES)
    assert "Fixed by Odile Operator" in page.text

    assert (await submit(browser, FILES, **{"fix.trash_days": "false"})).status_code == 303
    assert await fixes_of(FilesChoices) == {}


async def test_saving_unchanged_rules_keeps_who_fixed_them(village: Village) -> None:
    operator = await village.viewer(village.operator)
    await fix_club_settings(FilesChoices, {"trash_days": Fix(30, "The law")}, actor=operator)
    before = await fixes_of(FilesChoices)

    await submit(village.client(village.operator), FILES, **{"site.largest_upload": "10"})

    assert await fixes_of(FilesChoices) == before
    assert await AuditEntry.filter(action="core.settings_fixed").count() == 1


async def test_an_error_in_one_half_of_the_operators_page_saves_neither(village: Village) -> None:
    changes = {
        "site.largest_upload": "10",
        "fix.trash_days": "true",
        "value.trash_days": "-4",
        "reason.trash_days": "Kept words",
    }

    answer = await submit(village.client(village.operator), FILES, **changes)

    assert answer.status_code == 422
    assert "At least 0, please." in answer.text
    assert "Kept words" in answer.text
    assert await Setting.filter(part="files").count() == 0


@pytest.mark.parametrize("person", ["owner", "member", "outsider"])
async def test_settings_of_the_site_are_for_operators(village: Village, person: str) -> None:
    browser = village.client(getattr(village, person))

    assert (await browser.get(FILES)).status_code == 403
    assert (await browser.post(FILES, data={"site.largest_upload": "1"})).status_code == 403
    assert (await site_settings(FilesSettings)).largest_upload is None


async def test_a_plugin_without_settings_has_no_page_for_operators(village: Village) -> None:
    browser = village.client(village.operator)

    assert [
        (await browser.get(f"/admin/plugins/{name}/settings")).status_code for name in ("directory", "nope", "spaces")
    ] == [404] * 3


async def test_everybody_chooses_for_themselves(village: Village) -> None:
    answer = await submit(village.client(village.member), MINE, **{"wiki.editor": "source"})

    assert (answer.status_code, answer.headers["location"]) == (303, MINE)
    assert (await member_settings(village.member, WikiPreferences)).editor == "source"
    assert (await member_settings(village.owner, WikiPreferences)).editor == "last"


async def test_a_preference_that_cannot_be_is_refused_beside_its_field(village: Village) -> None:
    answer = await village.client(village.member).post(MINE, data={"wiki.editor": "vi"})

    assert answer.status_code == 422
    assert "Please choose one of the listed values." in answer.text
    assert (await member_settings(village.member, WikiPreferences)).editor == "last"


async def test_preferences_ask_who_is_there(village: Village) -> None:
    assert (await village.client().get(MINE)).headers["location"] == "/sign-in?next=%2Faccount%2Fpreferences"


async def test_owners_read_and_change_settings_through_the_api(village: Village) -> None:
    script = village.api(village.owner)

    before = (await script.get(API)).json()
    answer = await script.patch(API, json={"values": {"posts_per_page": 12}})

    assert before["values"] == {"posts_per_page": 20, "trash_days": 0}
    assert before["values_schema"]["properties"]["posts_per_page"]["maximum"] == 50
    assert (answer.status_code, answer.json()["values"]) == (200, {"posts_per_page": 12, "trash_days": 0})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"values": {"posts_per_page": 1}}, "posts_per_page"),
        ({"values": {"nope": 1}}, "nope"),
        ({"values": {"trash_days": True}}, "trash_days"),
        ({"values": [1]}, "values"),
        ({}, "values"),
        ({"values": {}, "more": 1}, "more"),
    ],
)
async def test_the_api_names_what_is_wrong(village: Village, body: dict[str, Any], field: str) -> None:
    answer = await village.api(village.owner).patch(API, json=body)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


async def test_the_api_refuses_what_the_operator_fixed_and_says_why(village: Village) -> None:
    await fix_club_settings(BlogSettings, {"trash_days": Fix(30, "The law")}, actor=None)
    script = village.api(village.owner)

    shown = (await script.get(API)).json()
    answer = await script.patch(API, json={"values": {"trash_days": 1}})

    assert shown["values"]["trash_days"] == 30
    assert shown["fixed"]["trash_days"]["reason"] == "The law"
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["trash_days"])


async def test_the_api_refuses_to_write_over_what_the_script_does_not_know(village: Village) -> None:
    script = village.api(village.owner)
    tag = (await script.get(API)).headers["etag"]
    await script.patch(API, json={"values": {"posts_per_page": 12}})

    answer = await script.patch(API, json={"values": {"posts_per_page": 6}}, headers={"If-Match": tag})

    assert answer.status_code == 412


async def test_a_script_chooses_for_its_person(village: Village) -> None:
    script = village.api(village.member)

    answer = await script.patch("me/settings/wiki", json={"values": {"editor": "rich"}})

    assert (answer.status_code, answer.json()["values"]) == (200, {"editor": "rich"})
    assert (await script.get("me/settings/blog")).status_code == 404
    assert (
        await village.api(village.member, scopes="read").patch("me/settings/wiki", json={"values": {}})
    ).status_code == 403


async def test_a_plugin_that_is_off_keeps_what_was_chosen(village: Village) -> None:
    await submit(village.client(village.owner), BLOG, posts_per_page="10")
    await village.switch("blog", "off")
    page = await village.client(village.owner).get(BLOG)
    await village.switch("blog", "on")

    assert page.status_code == 200
    assert (await club_settings(village.club, BlogSettings)).posts_per_page == 10
