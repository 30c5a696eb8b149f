"""Faults are fenced: a plugin that keeps failing is paused for one club, its readers are told, operators can resume it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cercle.testing import Village, opened_village, village_settings
from core.app import Cercle
from core.dispatch.calls import HookFault
from core.dispatch.faults import FaultLog, forget_old_faults
from core.dispatch.timings import Timings, forget_old_timings
from core.models import AuditEntry, Fault, HookTiming, Mail
from spaces.models import Club, ClubPlugin, GrantOverride
from spaces.services.pauses import pause_after_faults
from spaces.switches import pause_plugin, refresh, resume_plugin, switch_plugin
from tests.core.packages import PERMISSIONS, Packages, installed

PAGE, API = "/c/atelier/wiki/", "clubs/atelier/wiki/pages"


@pytest.fixture
def packages(tmp_path: Path) -> Iterator[Packages]:
    with installed(tmp_path / "packages") as found:
        yield found


async def test_readers_of_a_paused_plugin_are_told_and_nobody_else(village: Village) -> None:
    await pause_plugin(village.club.id, "wiki", "it failed")
    page = await village.client(village.member).get(PAGE)
    assert page.status_code == 503
    assert "Nothing that is in it is lost" in page.text
    assert {"/c/atelier/blog/", PAGE} <= _links(page)
    assert "tab-away" in page.text
    answer = await village.api(village.member).get(API)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    for person in (village.outsider, village.removed, village.operator, None):
        nowhere = await village.client(person).get("/c/atelier/nowhere/")
        closed = await village.client(person).get(PAGE)
        assert (closed.status_code, closed.text.replace("wiki", "nowhere")) == (404, nowhere.text)
        assert (await village.api(person).get(API)).status_code == 404


async def test_every_page_of_a_paused_plugin_is_unavailable_to_writes_too(village: Village) -> None:
    await pause_plugin(village.club.id, "wiki", "it failed")
    owner = village.client(village.owner)
    paths = ["/c/atelier/wiki/pages/new", "/c/atelier/wiki", "/c/atelier/wiki/pages/home"]
    assert [(await owner.get(path)).status_code for path in paths] == [503] * 3
    assert (await owner.post("/c/atelier/wiki/pages", data={"title": "T", "body": "B"})).status_code == 503


async def test_a_role_without_the_right_to_read_is_told_nothing(village: Village) -> None:
    await GrantOverride.create(club=village.club, role="guest", permission="wiki.view", allowed=False)
    await refresh(village.club)
    await pause_plugin(village.club.id, "wiki", "it failed")
    guest = village.client(village.guest)
    assert (await guest.get(PAGE)).status_code == 404
    assert PAGE not in _links(await guest.get("/c/atelier/"))


async def test_visitors_of_a_public_club_are_told_where_they_could_read(village: Village) -> None:
    for role in ("visitor", "anonymous"):
        await GrantOverride.create(club=village.public, role=role, permission="wiki.view", allowed=True)
    await refresh(village.public)
    await pause_plugin(village.public.id, "wiki", "it failed")
    people = (village.outsider, None)
    assert [(await village.client(person).get("/c/place/wiki/")).status_code for person in people] == [503, 503]


async def test_a_pause_costs_no_query_and_leaves_lists(village: Village) -> None:
    owner = village.client(village.owner)
    await owner.post("/c/atelier/wiki/pages", data={"title": "Tide table", "body": "At noon."})
    await owner.get("/c/atelier/blog/")
    with village.queries() as before:
        await owner.get("/c/atelier/blog/")
    await pause_plugin(village.club.id, "wiki", "it failed")
    with village.queries() as after:
        page = await owner.get("/c/atelier/blog/")
    assert (after.count, "tab-away" in page.text) == (before.count, True)
    assert "Tide table" not in (await owner.get("/c/atelier/home")).text
    assert "Tide table" not in (await owner.get("/search?q=tide")).text


async def test_those_who_need_a_paused_plugin_are_paused_with_it(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    packages.add_working("needy", ', requires=("wiki",)')
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        await village.switch("needy", "on")
        await pause_plugin(village.club.id, "wiki", "it failed")
        owner = village.client(village.owner)
        assert (await owner.get("/c/atelier/needy/")).status_code == 503
        await resume_plugin(village.club.id, "wiki", actor=None)
        assert (await owner.get("/c/atelier/needy/")).status_code == 200
        told = await AuditEntry.filter(subject="needy", club_id=village.club.id).order_by("id")
        assert [entry.after["state"] for entry in told][-2:] == ["paused", "on"]


async def test_owners_cannot_choose_paused_but_can_turn_it_on_again(village: Village) -> None:
    owner, api = village.client(village.owner), village.api(village.owner)
    assert (await owner.post("/c/atelier/settings/plugins/wiki", data={"state": "paused"})).status_code in (303, 422)
    assert (await api.patch("clubs/atelier/plugins/wiki", json={"state": "paused"})).status_code in (404, 405, 422)
    assert (await _switch(village)).effective == "on"
    await pause_plugin(village.club.id, "wiki", "it failed")
    assert "it failed" in (await owner.get("/c/atelier/settings/plugins")).text
    assert (await owner.get("/c/atelier/settings/plugins/wiki")).status_code == 200
    await switch_plugin(village.club, "wiki", "on", actor=None)
    assert ((await _switch(village)).effective, (await owner.get(PAGE)).status_code) == ("on", 200)


async def test_faults_within_the_window_pause_and_tell_each_operator_once(village: Village) -> None:
    second = await village.person("Sven Second", is_operator=True, locale="fr")
    await village.person("Cleo Closed", is_operator=True, is_active=False)
    await _fail(village, 4)
    assert (await _switch(village)).effective == "on"
    await _fail(village, 3)
    assert (await _switch(village)).effective == "paused"
    mails = {mail.recipient: mail for mail in await Mail.all()}
    assert mails.keys() == {village.operator.email, second.email}
    english, french = mails[village.operator.email], mails[second.email]
    assert english.subject == "Wiki is paused in Atelier"
    assert french.subject == "Wiki est suspendu dans Atelier"
    for words in ("club_panels", "RuntimeError: boom", "/admin/plugins/wiki"):
        assert words in english.text
        assert words in french.text


async def test_several_at_once_pause_once(village: Village) -> None:
    await Fault.bulk_create([Fault(plugin="wiki", club_id=village.club.id, hook="club_panels", traceback="x")] * 9)
    await asyncio.gather(*(pause_after_faults(_fault(village)) for _ in range(8)))
    assert await Mail.all().count() == 1
    assert await AuditEntry.filter(action="spaces.plugin_switched", subject="wiki").count() == 1


async def test_resuming_forgets_what_was(village: Village) -> None:
    await _fail(village, 5)
    operator = village.client(village.operator)
    sent = {"club": "atelier", "plugin": "wiki", "back": "plugin"}
    answer = await operator.post("/admin/resume", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/plugins/wiki")
    await _fail(village, 4)
    assert (await _switch(village)).effective == "on"
    await _fail(village, 1)
    assert (await _switch(village)).effective == "paused"
    assert await Mail.all().count() == 2


async def test_old_faults_and_those_of_pages_and_of_other_clubs_do_not_count(village: Village) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=11)
    await ClubPlugin.all().update(changed_at=long_ago - timedelta(days=1))
    await _fail(village, 4)
    await Fault.all().update(at=long_ago)
    await Fault.create(plugin="wiki", club_id=village.hidden.id, hook="club_panels", traceback="x")
    await Fault.create(plugin="wiki", club_id=village.club.id, hook="GET /c/{club}/wiki/", traceback="x")
    await _fail(village, 4)
    assert (await _switch(village)).effective == "on"


@pytest.mark.sqlite_only
async def test_the_number_and_the_window_are_settings(database_url: str, tmp_path: Path) -> None:
    settings = village_settings(tmp_path / "data", database_url, hook_faults=2, hook_fault_minutes=1)
    async with opened_village(settings) as village:
        await _fail(village, 2)
        assert (await _switch(village)).effective == "paused"


@pytest.mark.sqlite_only
async def test_a_mail_that_cannot_be_written_does_not_keep_the_plugin_running(village: Village) -> None:
    await Club.filter(id=village.club.id).update(name="Two\nlines")
    await _fail(village, 5)
    assert ((await _switch(village)).effective, await Mail.all().count()) == ("paused", 0)


async def test_members_of_a_club_whose_plugin_failed_at_the_start_are_told(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    packages.add_working("weak")
    settings = village_settings(tmp_path / "data", database_url)
    async with opened_village(settings) as village:
        await village.switch("weak", "on")
        assert (await village.client(village.member).get("/c/atelier/weak/")).text == "here I am"
    packages.break_off("weak")
    async with opened_village(settings) as village:
        member = village.client(village.member)
        page = await member.get("/c/atelier/weak/")
        assert (page.status_code, "/c/atelier/weak/" in _links(page), "tab-away" in page.text) == (503, True, True)
        for path in ("/c/atelier/weak", "/c/atelier/weak/deep/below"):
            assert (await member.get(path)).status_code == 503
        assert (await village.api(village.member).post("clubs/atelier/weak/things")).status_code == 503
        for person in (village.outsider, village.removed, None):
            nowhere = await village.client(person).get("/c/atelier/nowhere/")
            closed = await village.client(person).get("/c/atelier/weak/")
            assert (closed.status_code, closed.text.replace("weak", "nowhere")) == (404, nowhere.text)
        assert (await village.client(village.owner).get("/c/cave/weak/")).status_code == 404
        assert "/c/atelier/weak/" not in (await village.api(None).get("openapi.json")).text


async def test_operators_get_one_mail_about_a_plugin_that_clubs_have_on_and_that_does_not_run(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    for name in ("weak", "idle"):
        packages.add_working(name)
    settings = village_settings(tmp_path / "data", database_url)
    async with opened_village(settings) as village:
        await village.switch("weak", "on")
    for name in ("weak", "idle"):
        packages.break_off(name)
    for _ in range(2):
        async with opened_village(settings) as village:
            [letter] = await Mail.all()
            assert (letter.recipient, letter.subject) == (village.operator.email, "weak does not run")
            for words in ("though 1 club has it on", "/admin/plugins/weak", "Traceback"):
                assert words in letter.text


async def test_timings_of_all_processes_are_added_up(village: Village) -> None:
    one, other = Timings(), Timings()
    for timings, seconds in ((one, 0.5), (other, 2.0), (other, 1.0)):
        timings.add(("wiki", "club_panels"), seconds, failed=seconds == 1.0)
    await asyncio.gather(one.write(), other.write())
    await one.write()
    [row] = await HookTiming.filter(plugin="wiki", hook="club_panels")
    assert (row.calls, row.faults, row.seconds, row.slowest) == (3, 1, 3.5, 2.0)
    assert (one.calls, other.faults) == ({("wiki", "club_panels"): 1}, {("wiki", "club_panels"): 1})


async def test_timings_that_cannot_be_written_are_counted_on(village: Village) -> None:
    timings = Timings()
    timings.add(("wiki", "club_panels"), 0.5, failed=False)
    timings.add(("x", "\x00"), float("nan"), failed=False)
    timings._tallies["x", "\x00"].calls = 2**70
    with pytest.raises(Exception):  # noqa: B017, PT011 - what the database says
        await timings.write()
    assert timings.calls["wiki", "club_panels"] == 1
    del timings._tallies["x", "\x00"]
    await timings.write()
    assert (await HookTiming.get(plugin="wiki", hook="club_panels")).calls == 1


@pytest.mark.sqlite_only
async def test_the_counters_of_a_process_are_written_when_it_ends(database_url: str, tmp_path: Path) -> None:
    settings = village_settings(tmp_path / "data", database_url)
    async with opened_village(settings) as village:
        await village.client(village.owner).get("/c/atelier/home")
    async with Cercle(settings).running(jobs=False):
        assert (await HookTiming.get(plugin="wiki", hook="club_panels")).calls >= 1


async def test_old_timings_and_faults_go(village: Village) -> None:
    old = datetime.now(UTC) - timedelta(days=31)
    await HookTiming.create(plugin="wiki", hook="a", hour=old)
    await HookTiming.create(plugin="wiki", hook="b", hour=datetime.now(UTC))
    await Fault.bulk_create([Fault(plugin="wiki", hook="x", traceback="x") for _ in range(503)])
    first = await Fault.all().order_by("id").first()
    await Fault.filter(id=first.id if first else 0).update(at=old)
    await forget_old_timings()
    await forget_old_faults()
    assert [row.hook for row in await HookTiming.filter(plugin="wiki")] == ["b"]
    assert await Fault.all().count() == 500


@pytest.mark.sqlite_only
async def test_the_log_of_faults_stays_small(village: Village) -> None:
    log = FaultLog(needed=5)
    for _ in range(50):
        await log.write(_fault(village))
    assert await Fault.all().count() == 20


async def test_the_page_of_a_plugin_says_how_it_is(village: Village) -> None:
    operator = village.client(village.operator)
    assert "Wiki runs, and nothing went wrong since yesterday." in (await operator.get("/admin/plugins/wiki")).text
    await _fail(village, 5)
    timings = Timings()
    timings.add(("wiki", "club_panels"), 0.25, failed=True)
    await timings.write()
    page = (await operator.get("/admin/plugins/wiki")).text
    for words in ("is paused in 1 club", "Paused in Atelier", "RuntimeError: boom", "5 times", "250 ms", "up to date"):
        assert words in page, words
    checked = (await operator.get("/admin/plugins/wiki?health=1")).text
    assert "pages, each with its history" in checked
    for path in ("/admin/plugins/nowhere", "/admin/plugins/wiki?package=nowhere"):
        assert (await operator.get(path)).status_code == 404
    for person in (village.owner, village.member):
        assert (await village.client(person).get("/admin/plugins/wiki")).status_code == 403


async def test_the_pages_of_all_plugins_open(village: Village) -> None:
    operator = village.client(village.operator)
    names = [one.name for one in village.app.parts.all()]
    assert {
        name: (await operator.get(f"/admin/plugins/{name}?health=1")).status_code for name in names
    } == dict.fromkeys(names, 200)


@pytest.mark.sqlite_only
async def test_a_check_that_fails_says_so(packages: Packages, database_url: str, tmp_path: Path) -> None:
    hooks = "from cercle import hookimpl\n@hookimpl\ndef site_checked(app): raise RuntimeError('no')"
    packages.add("weak", permissions=PERMISSIONS, hooks=hooks)
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        page = await village.client(village.operator).get("/admin/plugins/weak?health=1")
        assert "The check itself failed" in page.text


async def _fail(village: Village, times: int) -> None:
    for _ in range(times):
        await village.app.hooks.report(_fault(village))


def _fault(village: Village) -> HookFault:
    text = "Traceback\nRuntimeError: boom\n"
    return HookFault("wiki", "club_panels", village.club.id, RuntimeError("boom"), text)


async def _switch(village: Village) -> ClubPlugin:
    return await ClubPlugin.get(club_id=village.club.id, plugin="wiki")


def _links(answer: httpx.Response) -> set[str]:
    return {part.partition('"')[0] for part in answer.text.split('href="')[1:]}
