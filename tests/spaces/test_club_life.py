"""The beginning of a club: a few questions, answered by its kind unless its founder says otherwise."""

from __future__ import annotations

import asyncio

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.errors import Conflict, Invalid
from core.models import AuditEntry
from spaces.models import Club, ClubPlugin
from spaces.queries.clubs import load_site_settings
from spaces.services.founding import found_club, offers_for
from spaces.services.kinds import add_kind, change_kind, remove_kind
from spaces.services.questions import read_questions
from spaces.settings import KINDS, Kind
from spaces.switches import set_policy

NEW = {"name": "Soudeurs", "kind": "trade", "visibility": "listed", "join_policy": "request", "accent": "teal"}
KIND = {"label": "Study group", "summary": "Reads.", "visibility": "hidden", "join_policy": "invite", "questions": ""}


async def on_in(slug: str) -> set[str]:
    """The plugins that are on in a club."""
    found = ClubPlugin.filter(club__slug=slug, effective="on")
    return {str(name) for name in await found.values_list("plugin", flat=True)} & {"wiki", "blog", "files", "directory"}


async def test_the_first_question_is_the_kind_and_each_says_what_it_brings(village: Village) -> None:
    page = (await village.client(village.operator).get("/clubs/new")).text

    for kind in KINDS:
        assert f'href="/clubs/new?kind={kind.name}"' in page
        assert kind.summary in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


async def test_the_form_comes_with_the_answers_of_the_kind(village: Village) -> None:
    page = (await village.client(village.operator).get("/clubs/new?kind=team")).text

    for name, value in (("visibility", "hidden"), ("join_policy", "invite"), ("plugins", "wiki"), ("plugins", "files")):
        assert f'name="{name}" value="{value}" checked' in page
    assert 'name="plugins" value="blog">' in page
    assert 'name="kind" value="team"' in page


async def test_where_there_is_one_kind_nobody_is_asked(village: Village) -> None:
    for name in ("trade", "region"):
        await remove_kind(name, actor=None)

    page = (await village.client(village.operator).get("/clubs/new")).text

    assert 'name="name"' in page


@pytest.mark.parametrize(
    "kind,expected",
    [
        ("trade", {"wiki", "blog", "files", "directory"}),
        ("region", {"blog", "files", "directory"}),
        ("team", {"wiki", "files"}),
    ],
)
async def test_a_club_begins_with_the_plugins_of_its_kind(village: Village, kind: str, expected: set[str]) -> None:
    answer = await village.client(village.operator).post("/clubs/new", data={**NEW, "kind": kind})

    assert answer.headers["location"] == "/c/soudeurs/"
    assert await on_in("soudeurs") == expected


async def test_what_the_founder_ticks_counts(village: Village) -> None:
    offered = ["wiki", "blog", "files", "directory"]
    sent = {**NEW, "offered": offered, "plugins": ["blog"]}

    assert (await village.client(village.operator).post("/clubs/new", data=sent)).status_code == 303

    assert await on_in("soudeurs") == {"blog"}
    told = await AuditEntry.filter(action="spaces.plugin_switched").values_list("subject", flat=True)
    assert set(told) >= {"blog", "wiki", "files", "directory"}


async def test_a_club_to_which_people_ask_begins_with_the_questions_of_its_kind(village: Village) -> None:
    await User.filter(id=village.operator.id).update(locale="fr")
    browser = village.client(village.operator)
    await browser.post("/clubs/new", data=NEW)
    await browser.post("/clubs/new", data={**NEW, "name": "Open", "join_policy": "open"})

    asked = read_questions((await Club.get(slug="soudeurs")).questions)
    assert len(asked) == 2
    assert asked[1].text.startswith("Qui connaissez-vous")
    assert (await Club.get(slug="open")).questions == ""


async def test_the_operators_policies_come_before_the_kinds_answers(village: Village) -> None:
    await set_policy("wiki", "unavailable", kind="trade", actor=None)
    await set_policy("blog", "required", kind="team", actor=None)
    offers = {kind.name: {one.name: one for one in await offers_for(kind)} for kind in KINDS}
    assert "wiki" not in offers["trade"]
    assert (offers["team"]["blog"].is_fixed, offers["team"]["blog"].is_usual) == (True, True)

    browser = village.client(village.operator)
    wanted = {**NEW, "offered": ["wiki", "files"], "plugins": ["wiki"]}
    refused = await browser.post("/clubs/new", data=wanted)
    assert (refused.status_code, await Club.exists(slug="soudeurs")) == (422, False)
    assert (await browser.post("/clubs/new", data={**NEW, "kind": "team", "offered": ["wiki"]})).status_code == 303

    assert await on_in("soudeurs") == {"blog", "files"}


@pytest.mark.parametrize("plugins", [["nonsense"], ["spaces"], ["wiki", "core"], ["<script>"], ["a\x00"]])
async def test_an_unknown_plugin_founds_nothing(village: Village, plugins: list[str]) -> None:
    with pytest.raises(Invalid):
        await found_club({"name": "X", "kind": "team"}, plugins=plugins, actor=village.operator)
    page = await village.client(village.operator).post(
        "/clubs/new", data={**NEW, "offered": plugins, "plugins": plugins}
    )
    script = await village.api(village.operator).post("clubs", json={"name": "X", "kind": "team", "plugins": plugins})

    assert (page.status_code, script.status_code) == (422, 422)
    assert await Club.all().count() == 3


async def test_a_script_founds_a_club_with_its_plugins(village: Village) -> None:
    sent = {"name": "Script", "kind": "team", "plugins": ["blog"]}

    assert (await village.api(village.operator).post("clubs", json=sent)).status_code == 201
    assert await on_in("script") == {"blog"}


async def test_what_was_ticked_is_kept_when_the_name_is_missing(village: Village) -> None:
    sent = {**NEW, "name": "", "offered": ["wiki", "blog"], "plugins": ["blog"], "visibility": "hidden"}

    answer = await village.client(village.operator).post("/clubs/new", data=sent)

    assert answer.status_code == 422
    assert 'name="plugins" value="blog" checked' in answer.text
    assert 'name="plugins" value="wiki">' in answer.text
    assert 'name="visibility" value="hidden" checked' in answer.text


async def test_operators_change_how_clubs_of_a_kind_begin(village: Village) -> None:
    browser = village.client(village.operator)
    assert (await browser.get("/admin/kinds")).status_code == 200
    sent = {**KIND, "plugins": ["directory"], "questions": "Why?\n\n Since when? \n", "join_policy": "request"}

    assert (await browser.post("/admin/kinds/trade", data=sent)).status_code == 303
    kind = (await load_site_settings()).kind("trade")
    assert kind is not None
    assert (kind.label, kind.plugins, kind.questions) == ("Study group", ("directory",), ("Why?", "Since when?"))
    await browser.post("/clubs/new", data={**NEW, "kind": "trade"})

    assert await on_in("soudeurs") == {"directory"}
    assert [one.text for one in read_questions((await Club.get(slug="soudeurs")).questions)] == ["Why?", "Since when?"]
    assert await AuditEntry.exists(action="spaces.settings_saved", actor_id=village.operator.id)


async def test_operators_add_a_kind_and_remove_it_while_no_club_is_of_it(village: Village) -> None:
    browser = village.client(village.operator)
    assert (await browser.post("/admin/kinds", data={**KIND, "plugins": ["wiki"]})).status_code == 303
    assert (await load_site_settings()).has_kind("study_group")
    again = await browser.post("/admin/kinds", data=KIND)
    assert (again.status_code, "There is a kind of this name already." in again.text) == (422, True)

    await browser.post("/clubs/new", data={**NEW, "kind": "study_group"})
    await browser.post("/admin/kinds/study_group/delete")
    assert (await load_site_settings()).has_kind("study_group")
    await Club.filter(kind="study_group").update(kind="team")
    await browser.post("/admin/kinds/study_group/delete")
    assert not (await load_site_settings()).has_kind("study_group")
    assert (await browser.post("/admin/kinds/study_group", data=KIND)).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"label": ""},
        {"label": "l" * 61},
        {"visibility": "x"},
        {"questions": "a\nb\nc\nd\ne\nf"},
        {"questions": "q" * 201},
        {"x": "y"},
    ],
)
async def test_a_wrong_kind_is_refused(village: Village, changes: dict[str, str]) -> None:
    browser = village.client(village.operator)

    assert (await browser.post("/admin/kinds", data={**KIND, **changes})).status_code == 422
    assert (await browser.post("/admin/kinds/team", data={**KIND, **changes})).status_code == 422
    assert (await load_site_settings()).kinds == KINDS


@pytest.mark.parametrize("person,status", [("owner", 403), ("outsider", 403), (None, 303)])
async def test_kinds_are_the_operators(village: Village, person: str | None, status: int) -> None:
    browser = village.client(village.people[person] if person else None)

    assert (await browser.get("/admin/kinds")).status_code == status
    for path in ("/admin/kinds", "/admin/kinds/team", "/admin/kinds/team/delete"):
        assert (await browser.post(path, data=KIND)).status_code == status
    assert (await load_site_settings()).kinds == KINDS


async def test_the_last_kind_stays_and_changes_at_once_all_count(village: Village) -> None:
    await asyncio.gather(*(add_kind({"label": f"Kind {number}"}, actor=None) for number in range(5)))
    assert len((await load_site_settings()).kinds) == len(KINDS) + 5

    for kind in (await load_site_settings()).kinds:
        if kind.name != "team":
            await remove_kind(kind.name, actor=None)
    with pytest.raises(Conflict):
        await remove_kind("team", actor=None)
    await change_kind("team", {"label": "Crew"}, actor=None)
    assert (await load_site_settings()).kinds == (Kind(name="team", label="Crew"),)
