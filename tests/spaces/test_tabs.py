"""The tabs of a club: named, ordered and hidden by its owners; nothing stored there ever breaks a page."""

from __future__ import annotations

import asyncio
import json
import re
from html import unescape

import httpx
import pytest

from cercle.testing import Village
from core.models import AuditEntry
from spaces.models import Club
from spaces.services import set_grant
from spaces.tabs import TabChoice, arranged, read_tabs, usual_order, write_tabs
from tests.undoing import undo_of

PAGE = "/c/atelier/settings/tabs"
USUAL = ["wiki", "blog", "files", "directory", "activity", "comments", "people"]
NAMES = ["Home", "Wiki", "Blog", "Files", "Directory", "Activity", "Discussions", "Members"]


async def test_owners_name_order_and_hide_tabs(village: Village) -> None:
    owner, member = village.client(village.owner), village.client(village.member)
    order = ["files", "wiki", "people", "blog", "directory", "activity", "comments"]

    answer = await save(owner, order, labels={"wiki": "  Carnet   de bord "}, hidden=["blog"])

    assert answer.status_code == 303
    names = ["Home", "Files", "Carnet de bord", "Members", "Directory", "Activity", "Discussions"]
    assert await tab_names(member) == names
    assert (await member.get("/c/atelier/blog/")).status_code == 200
    entry = await AuditEntry.get(action="spaces.tabs_arranged")
    assert (entry.actor_id, entry.club_id, list(entry.before)) == (village.owner.id, village.club.id, ["tabs"])


async def test_a_name_stands_wherever_the_club_names_the_plugin(village: Village) -> None:
    owner = village.client(village.owner)
    await owner.post("/c/atelier/wiki/pages", data={"title": "Outils", "body": "Ici."})
    before = [(await owner.get(f"/c/atelier/wiki/{path}")).text for path in ("pages/outils", "changes")]
    await save(owner, USUAL, labels={"wiki": "Carnet"})

    page, changes = [(await owner.get(f"/c/atelier/wiki/{path}")).text for path in ("pages/outils", "changes")]
    home = (await owner.get("/c/atelier/")).text
    palette = (await owner.get("/c/atelier/palette")).json()
    switches = (await owner.get("/c/atelier/settings/plugins")).text
    shared = (await owner.get("/c/atelier/share")).text

    assert all(crumb("Wiki") in text for text in before)
    assert crumb("Carnet") in page
    assert crumb("Carnet") in changes
    assert "<span>Carnet</span>" in home.partition('class="item-meta item-facts"')[2].partition("</p>")[0]
    assert "Carnet" in [row["label"] for row in palette["tabs"]]
    assert {row["note"] for row in palette["commands"] if "/wiki/" in row["url"]} == {"Carnet"}
    assert ">Carnet</a>" in switches
    assert "Carnet" in shared.partition('class="choices"')[2]
    assert (await tab_names(owner, "/c/cave/")) == NAMES


async def test_the_commands_and_first_steps_stand_in_the_order_of_the_tabs(village: Village) -> None:
    owner = village.client(village.owner)
    await save(
        owner, ["blog", "files", "wiki", "directory", "activity", "comments", "people"], labels={"files": "Rayons"}
    )

    home = (await owner.get("/c/atelier/")).text
    commands = [row["url"].split("/")[3] for row in (await owner.get("/c/atelier/palette")).json()["commands"]]
    steps = re.findall(r'<a href="/c/atelier/(\w+)/">([^<]*)</a>', home.partition("Begin here")[2])

    assert list(dict.fromkeys(commands))[:3] == ["blog", "files", "wiki"]
    assert steps[:2] == [("blog", "Blog"), ("files", "Rayons")]


async def test_a_button_moves_a_tab_and_keeps_what_was_typed(village: Village) -> None:
    owner = village.client(village.owner)
    await save(owner, USUAL, labels={"blog": "Nouvelles"}, move="files up")
    await save(owner, USUAL[::-1], labels={"blog": "Nouvelles"}, move="wiki down")

    reverse = ["Home", "Members", "Discussions", "Activity", "Directory", "Files", "Nouvelles", "Wiki"]
    assert await tab_names(owner) == reverse
    await save(owner, USUAL, move="wiki up")
    await save(owner, USUAL, move="nothing sideways")
    assert await tab_names(owner) == NAMES


async def test_the_first_button_of_the_form_saves(village: Village) -> None:
    form = (await village.client(village.owner).get(PAGE)).text.partition('action="/c/atelier/settings/tabs">')[2]
    first = re.search(r"<button[^>]*>", form)
    assert first
    assert "name=" not in first[0]  # Return in a field presses it


async def test_a_change_can_be_taken_back_and_so_can_all_of_them(village: Village) -> None:
    owner = village.client(village.owner)
    await save(owner, USUAL, labels={"wiki": "Carnet"})
    undo = await undo_of(owner, await save(owner, USUAL[::-1], labels={"wiki": "Notes"}, landing="blog"))

    await undo.press(owner)
    assert await tab_names(owner) == ["Home", "Carnet", *NAMES[2:]]
    club = await Club.get(slug="atelier")
    assert club.landing == ""
    answer = await owner.post(f"{PAGE}/restore", data={"seen": seen_on((await owner.get(PAGE)).text)})
    assert answer.status_code == 303
    assert await tab_names(owner) == NAMES
    assert (await Club.get(slug="atelier")).tabs == ""


@pytest.mark.parametrize(
    "labels, said",
    [
        ({"wiki": "x" * 41}, "At most 40 characters, please."),
        ({"wiki": "blog"}, "Another tab has this name already."),
        ({"wiki": "Home"}, "Another tab has this name already."),
        ({"wiki": "Eins", "files": "eins"}, "Another tab has this name already."),
    ],
)
async def test_a_wrong_name_comes_back_with_what_was_typed(village: Village, labels: dict[str, str], said: str) -> None:
    answer = await save(village.client(village.owner), USUAL, labels=labels)

    assert answer.status_code == 422
    assert said in answer.text
    assert all(f'value="{label}"' in answer.text for label in labels.values())
    assert (await Club.get(slug="atelier")).tabs == ""


async def test_an_own_name_that_is_the_usual_one_stays_translatable(village: Village) -> None:
    await save(village.client(village.owner), USUAL, labels={"wiki": "Wiki"})
    assert (await Club.get(slug="atelier")).tabs == ""


async def test_hostile_names_are_words_on_the_page(village: Village) -> None:
    owner = village.client(village.owner)
    evil = '"><script>x</script>'
    await save(owner, USUAL, labels={"wiki": evil})

    pages = [(await owner.get(path)).text for path in ("/c/atelier/", PAGE, "/c/atelier/wiki/all")]
    assert await tab_names(owner) == ["Home", evil, *NAMES[2:]]
    assert not any("<script>x" in page for page in pages)


async def test_two_owners_at_once_do_not_overwrite_each_other_unseen(village: Village) -> None:
    await village.join(village.outsider, village.club, "owner")
    one, two = village.client(village.owner), village.client(village.outsider)
    seen = seen_on((await one.get(PAGE)).text)

    answers = await asyncio.gather(
        save(one, USUAL, labels={"wiki": "Eins"}, seen=seen), save(two, USUAL, labels={"wiki": "Zwei"}, seen=seen)
    )

    assert sorted(answer.status_code for answer in answers) == [303, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    kept = "Zwei" if refused is answers[1] else "Eins"
    assert f'value="{kept}"' in refused.text
    other = one if kept == "Eins" else two
    again = await save(other, USUAL, labels={"wiki": kept}, seen=seen_on(refused.text))
    assert again.status_code == 303
    assert kept in await tab_names(one)


async def test_a_plugin_that_is_off_keeps_its_name_and_place(village: Village) -> None:
    owner = village.client(village.owner)
    await save(
        owner, ["files", "wiki", "blog", "directory", "activity", "comments", "people"], labels={"wiki": "Carnet"}
    )
    await village.switch("wiki", "off")
    away = await tab_names(owner)
    await save(owner, ["files", "people", "blog", "directory", "activity", "comments"], labels={"files": "Rayons"})
    await village.switch("wiki", "on")

    assert away == ["Home", "Files", "Blog", "Directory", "Activity", "Discussions", "Members"]
    names = ["Home", "Rayons", "Carnet", "Members", "Blog", "Directory", "Activity", "Discussions"]
    assert await tab_names(owner) == names


async def test_a_plugin_that_does_not_run_finds_its_name_again(village: Village) -> None:
    await Club.filter(slug="atelier").update(tabs='[{"p":"poll","label":"Avis"},{"p":"blog"}]')
    owner = village.client(village.owner)
    await save(owner, USUAL, labels={"wiki": "Carnet"})

    stored = read_tabs((await Club.get(slug="atelier")).tabs)
    assert (stored[0], stored[-1]) == (TabChoice("wiki", "Carnet"), TabChoice("poll", "Avis"))


@pytest.mark.parametrize(
    "person, status", [("moderator", 403), ("member", 403), ("guest", 403), ("outsider", 404), (None, 303)]
)
async def test_tabs_are_arranged_by_owners_alone(village: Village, person: str | None, status: int) -> None:
    browser = village.client(getattr(village, person) if person else None)

    answers = [await browser.get(PAGE), await save(browser, USUAL, seen="x"), await browser.post(f"{PAGE}/restore")]

    assert [answer.status_code for answer in answers] == [status] * 3
    assert (await Club.get(slug="atelier")).tabs == ""


@pytest.mark.parametrize(
    "stored",
    [
        "nonsense",
        "null",
        '{"p":"wiki"}',
        "[" * 5000,
        '[1, null, {"p": 3}, {"q": "wiki"}, {"p": "wiki", "label": 7, "hidden": "no"}]',
        json.dumps([{"p": "gone", "label": "Gone"}] * 500),
    ],
)
async def test_whatever_is_stored_the_club_opens_with_its_usual_tabs(village: Village, stored: str) -> None:
    await Club.filter(slug="atelier").update(tabs=stored)
    owner = village.client(village.owner)

    assert await tab_names(owner) == NAMES
    assert (await owner.get(PAGE)).status_code == 200


async def test_renamed_tabs_cost_no_query(village: Village) -> None:
    owner = village.client(village.owner)
    await owner.post("/c/atelier/wiki/pages", data={"title": "Outils", "body": "Ici."})
    paths = ("/c/atelier/", "/c/atelier/wiki/pages/outils", "/c/atelier/files/")
    plain = [await queries_of(village, owner, path) for path in paths]
    await save(owner, USUAL[::-1], labels={"wiki": "Carnet", "people": "Nous"}, hidden=["blog"])

    assert [await queries_of(village, owner, path) for path in paths] == plain
    assert plain[0] == 2


async def test_the_tabs_of_a_plugin_that_is_new_stand_at_the_end(village: Village) -> None:
    text = write_tabs([TabChoice("files"), TabChoice("gone", "Gone"), TabChoice("people")], USUAL)

    names = ["files", "people", "wiki", "blog", "directory", "activity", "comments"]
    assert [one.name for one in arranged(text, USUAL)] == names
    assert list(usual_order(village.app)) == USUAL


def test_what_is_written_is_read_again() -> None:
    choices = (TabChoice("people", "Nous « là »"), TabChoice("wiki", "", is_hidden=True), TabChoice("blog", '"\\'))
    assert read_tabs(write_tabs(choices, ["wiki", "blog", "people"])) == choices
    assert write_tabs([TabChoice("wiki"), TabChoice("people")], ["wiki", "people"]) == ""


async def test_an_archived_club_keeps_its_tabs(village: Village) -> None:
    owner = village.client(village.owner)
    seen = seen_on((await owner.get(PAGE)).text)
    await owner.post("/c/atelier/settings/archive")

    assert (await save(owner, USUAL[::-1], seen=seen)).status_code == 403


async def test_a_guest_sees_the_same_row_without_what_they_may_not_read(village: Village) -> None:
    await set_grant(village.club, "guest", "wiki.view", False, actor=None)
    await save(
        village.client(village.owner),
        ["files", "wiki", "blog", "directory", "activity", "comments", "people"],
        labels={"files": "Rayons"},
    )

    assert await tab_names(village.client(village.guest)) == [
        "Home",
        "Rayons",
        "Blog",
        "Activity",
        "Discussions",
        "Members",
    ]


async def save(
    browser: httpx.AsyncClient,
    order: list[str],
    *,
    labels: dict[str, str] | None = None,
    seen: str | None = None,
    **more: object,
) -> httpx.Response:
    """Send the form of the page, as it is shown when `seen` is left out."""
    seen = seen_on((await browser.get(PAGE)).text) if seen is None else seen
    named = {"place": order, "label": [(labels or {}).get(name, "") for name in order]}
    return await browser.post(PAGE, data={**named, "seen": seen, **more})


def seen_on(page: str) -> str:
    """What the page calls the state that it shows."""
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found, page
    return found[1]


async def tab_names(browser: httpx.AsyncClient, path: str = "/c/atelier/home") -> list[str]:
    """The names of the tabs, from left to right."""
    row = (
        (await browser.get(path))
        .text.partition('<nav class="tabs" aria-label="In this club">')[2]
        .partition("</nav>")[0]
    )
    return [unescape(name) for name in re.findall(r"<span>(.*?)</span>", row)]


def crumb(name: str) -> str:
    """The first step of the way to a page of the wiki."""
    return f'<a href="/c/atelier/wiki/">{name}</a>'


async def queries_of(village: Village, browser: httpx.AsyncClient, path: str) -> int:
    """How many queries a page takes."""
    await browser.get(path)
    with village.queries() as seen:
        assert (await browser.get(path)).status_code == 200
    return seen.count


async def test_a_plugin_without_a_first_page_has_no_tab(village: Village) -> None:
    assert "presence" not in usual_order(village.app)
    assert "Presence" not in await tab_names(village.client(village.member))
    assert 'value="presence"' not in (await village.client(village.owner).get(PAGE)).text
