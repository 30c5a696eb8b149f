"""Erasing what a plugin keeps in a club: asked for, taken back, done; nothing else goes, and nothing of it stays."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.db import execute
from core.errors import CercleError, Conflict, NotFound
from core.models import AuditEntry, Mail, Setting
from plugins.directory.models import Absence, Profile
from plugins.wiki.models import Page
from spaces.models import Club, ClubPlugin, Content, Erasure, GrantOverride
from spaces.queries.erasing import UNDECIDED, count_kept
from spaces.services import archive_club, change_role, delete_club
from spaces.services import removal as removing
from spaces.services.erasing import ask_erasure, withdraw_erasure
from spaces.services.erasure_run import erase_due, erase_now
from spaces.switches import set_policy, switch_plugin
from tests.spaces.full_club import fill, used, wrong_blobs

PAGE = "/c/atelier/settings/plugins/wiki"
PLUGINS = ("wiki", "blog", "files", "directory")


async def write(village: Village, title: str = "Left", club: str = "atelier") -> None:
    """A page of the wiki."""
    sent = {"title": title, "body": "Words"}
    assert (await village.api(village.owner).post(f"clubs/{club}/wiki/pages", json=sent)).status_code == 201


async def ask(village: Village, plugin: str = "wiki", **more: Any) -> Erasure:
    """Ask without an export, as the owner."""
    wanted = {"name": "Atelier", "without_export": True, "actor": village.owner, **more}
    return await ask_erasure(village.club, plugin, **wanted)


async def make_due() -> None:
    """Let the waiting be over."""
    await Erasure.all().update(due_at=datetime.now(UTC) - timedelta(minutes=1))


@pytest.mark.parametrize("plugin", PLUGINS)
async def test_everything_of_one_plugin_goes_and_nothing_of_the_others(village: Village, plugin: str) -> None:
    await fill(village, village.club)
    await fill(village, village.public, bytes_of="other")
    await village.switch(plugin, "off")
    before = {
        (club.id, other): (await count_kept(club, other)).tables
        for club in (village.club, village.public)
        for other in PLUGINS
    }
    kept = await count_kept(village.club, plugin)
    assert kept.rows

    done = await erase_now(village.club, plugin)

    after = {(club, other): (await count_kept(Club(id=club), other)).tables for club, other in before}
    assert after == before | {(village.club.id, plugin): {}}
    assert done.report == {"rows": kept.tables, "size": kept.size, "files": kept.files}
    assert done.done_at is not None
    for club in (village.club, village.public):
        stored, counted = await used(club)
        assert stored == counted
    assert await wrong_blobs() == {}
    assert await Content.filter(club_id=village.club.id, plugin=plugin).count() == 0
    if plugin != "directory":
        assert await Content.filter(club_id=village.public.id, plugin=plugin).count() > 0


async def test_what_people_say_of_themselves_is_theirs_and_stays(village: Village) -> None:
    await Profile.create(user_id=village.owner.id)
    await Absence.create(club_id=village.club.id, user_id=village.owner.id)
    await village.switch("directory", "off")
    await erase_now(village.club, "directory")
    assert (await Absence.all().count(), await Profile.all().count()) == (0, 1)


async def test_it_is_asked_for_on_the_page_and_waits(village: Village) -> None:
    await write(village)
    await village.switch("wiki", "off")
    owner = village.client(village.owner)
    page = (await owner.get(PAGE)).text
    assert "All of it would go" in page

    wrong = await owner.post(f"{PAGE}/erasure", data={"name": "Atelje", "without_export": "true"})
    assert (wrong.status_code, "Type the name of the club as it is shown." in wrong.text) == (422, True)
    bare = await owner.post(f"{PAGE}/erasure", data={"name": "Atelier"})
    assert (bare.status_code, 'value="Atelier"' in bare.text) == (422, True)
    assert await Erasure.filter(due_at__lt=UNDECIDED).count() == 0
    sent = await owner.post(f"{PAGE}/erasure", data={"name": "atelier", "without_export": "true"})
    assert sent.status_code == 303

    waiting = await Erasure.get(due_at__lt=UNDECIDED)
    assert (waiting.asked_by, waiting.asked_by_id) == ("Oscar Owner", village.owner.id)
    assert timedelta(days=13, hours=23) < waiting.due_at - datetime.now(UTC) < timedelta(days=14, minutes=1)
    await village.app.jobs.run("spaces.erase_plugins")
    assert await Page.filter(club_id=village.club.id).count() > 0
    assert await AuditEntry.filter(action="spaces.erasure_asked", subject="wiki").count() == 1


async def test_owners_and_moderators_see_a_banner_and_owners_take_it_back(village: Village) -> None:
    await write(village)
    await village.switch("wiki", "off")
    await ask(village)

    seen = {
        kind: (await village.client(person).get("/c/atelier/blog/")).text
        for kind, person in village.people.items()
        if kind in ("owner", "moderator", "member", "guest")
    }
    banner = "Oscar Owner asked for it."
    assert {kind for kind, text in seen.items() if banner in text} == {"owner", "moderator"}
    withdraw = "/c/atelier/settings/plugins/wiki/erasure/withdraw"
    assert {kind for kind, text in seen.items() if withdraw in text} == {"owner"}

    for person, status in ((village.moderator, 403), (village.member, 403), (village.outsider, 404), (None, 303)):
        assert (await village.client(person).post(withdraw)).status_code == status
    assert await Erasure.filter(withdrawn_at=None).count() == 1
    assert (await village.client(village.owner).post(withdraw)).status_code == 303
    taken = await Erasure.get()
    assert (taken.withdrawn_at is not None, taken.withdrawn_by) == (True, "Oscar Owner")
    assert banner not in (await village.client(village.owner).get("/c/atelier/blog/")).text
    assert (await village.client(village.owner).post(withdraw)).status_code == 404
    await make_due()
    await erase_due()
    assert await Page.filter(club_id=village.club.id).count() > 0


async def test_a_page_with_a_banner_asks_no_more_queries_than_one_without(village: Village) -> None:
    await village.switch("wiki", "off")
    owner = village.client(village.owner)
    await owner.get("/c/atelier/blog/")
    with village.queries() as without:
        await owner.get("/c/atelier/blog/")
    await ask(village)
    with village.queries() as banner:
        await owner.get("/c/atelier/blog/")
    assert banner.count == without.count


@pytest.mark.parametrize("person", ["moderator", "member", "guest", "outsider", "removed"])
async def test_nobody_but_owners_asks_or_downloads(village: Village, person: str) -> None:
    await village.switch("wiki", "off")
    client = village.client(village.people[person])
    refused = 404 if person in ("outsider", "removed") else 403
    sent = {"name": "Atelier", "without_export": "true"}
    assert (await client.post(f"{PAGE}/erasure", data=sent)).status_code == refused
    assert (await client.post(f"{PAGE}/export")).status_code == refused
    assert (await client.get(f"{PAGE}/export")).status_code == refused
    assert await Erasure.all().count() == 0


@pytest.mark.parametrize("state", ["on", "read_only"])
async def test_a_plugin_that_is_not_off_is_not_erased(village: Village, state: str) -> None:
    await write(village)
    await village.switch("wiki", state)
    with pytest.raises(Conflict):
        await ask(village)
    with pytest.raises(Conflict):
        await erase_now(village.club, "wiki")
    assert await Page.filter(club_id=village.club.id).count() > 0


@pytest.mark.parametrize("name", ["nothing", "spaces", "core", "", "../wiki", "x" * 300])
async def test_what_is_no_plugin_cannot_be_erased(village: Village, name: str) -> None:
    with pytest.raises(NotFound):
        await ask(village, name)


async def test_an_unavailable_plugin_can_be_erased(village: Village) -> None:
    await write(village)
    await set_policy("wiki", "unavailable", club=village.club, actor=None)
    assert "Have it erased" in (await village.client(village.owner).get(PAGE)).text
    await ask(village)
    await make_due()
    await erase_due()
    assert await Page.filter(club_id=village.club.id).count() == 0


async def test_turning_the_plugin_on_takes_it_back(village: Village) -> None:
    await write(village)
    await village.switch("wiki", "off")
    await ask(village)
    await village.switch("wiki", "read_only")
    assert (await Erasure.get()).withdrawn_at is not None
    assert await AuditEntry.filter(action="spaces.erasure_withdrawn").count() == 1
    await village.switch("wiki", "off")
    await make_due()
    await erase_due()
    assert await Page.filter(club_id=village.club.id).count() > 0


async def test_a_policy_that_turns_it_on_takes_it_back_too(village: Village) -> None:
    await village.switch("wiki", "off")
    await ask(village)
    await set_policy("wiki", "required", actor=None)
    assert (await Erasure.get()).withdrawn_at is not None


async def test_while_rows_go_nobody_turns_the_plugin_on(village: Village) -> None:
    await write(village)
    await village.switch("wiki", "off")
    erasure = await ask(village)
    await make_due()
    await Erasure.filter(id=erasure.id).update(begun_at=datetime.now(UTC))  # as a run that was killed leaves it

    with pytest.raises(Conflict, match="is being erased"):
        await switch_plugin(village.club, "wiki", "on", actor=None)
    with pytest.raises(Conflict):
        await withdraw_erasure(village.club, "wiki", actor=village.owner)
    await set_policy("wiki", "required", club=village.club, actor=None)
    assert (await ClubPlugin.get(club_id=village.club.id, plugin="wiki")).effective == "off"
    assert (await village.client(village.owner).get("/c/atelier/wiki/")).status_code == 404
    assert "is being erased" in (await village.client(village.owner).get("/c/atelier/")).text

    await erase_due()
    assert (await ClubPlugin.get(club_id=village.club.id, plugin="wiki")).effective == "on"
    assert await Page.filter(club_id=village.club.id).count() == 0
    await write(village, "Anew")


async def test_a_run_that_is_killed_half_way_is_finished_by_the_next(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(village, village.club)
    await village.switch("files", "off")
    kept = await count_kept(village.club, "files")
    await ask(village, "files")
    await make_due()
    monkeypatch.setattr(removing, "BATCH", 1)
    runs = 0
    while (await Erasure.get()).done_at is None:
        killed = asyncio.ensure_future(erase_due())
        for _ in range(40 * (runs + 1)):
            await asyncio.sleep(0)
        killed.cancel()
        await asyncio.gather(killed, return_exceptions=True)
        stored, counted = await used(village.club)
        assert (stored, await wrong_blobs()) == (counted, {})
        runs += 1
    assert (await Erasure.get()).report == {"rows": kept.tables, "size": kept.size, "files": kept.files}


async def test_two_runs_at_once_count_everything_once(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(village, village.club)
    await village.switch("files", "off")
    kept = await count_kept(village.club, "files")
    await ask(village, "files")
    await make_due()
    monkeypatch.setattr(removing, "BATCH", 1)
    await asyncio.gather(erase_due(), erase_due())
    done = await Erasure.get()
    assert done.report == {"rows": kept.tables, "size": kept.size, "files": kept.files}
    assert await AuditEntry.filter(action="spaces.erasure_done").count() == 1
    stored, counted = await used(village.club)
    assert (stored, await wrong_blobs()) == (counted, {})


async def test_two_owners_who_ask_at_once_get_one_erasure(village: Village) -> None:
    await change_role(village.club, village.moderator, "owner", actor=None)
    await village.switch("wiki", "off")
    first, second = await asyncio.gather(ask(village), ask(village, actor=village.moderator))
    assert first.id == second.id
    assert await Erasure.all().count() == 1
    assert await AuditEntry.filter(action="spaces.erasure_asked").count() == 1


async def test_asking_and_turning_on_at_once_never_erases_what_is_on(village: Village) -> None:
    await write(village)
    await village.switch("wiki", "off")
    await ask(village)
    await make_due()
    results = await asyncio.gather(
        erase_due(), switch_plugin(village.club, "wiki", "on", actor=None), return_exceptions=True
    )
    assert [one for one in results if isinstance(one, BaseException) and not isinstance(one, CercleError)] == []
    erasure, pages = await Erasure.get(), await Page.filter(club_id=village.club.id).count()
    assert (erasure.done_at is not None, pages) in ((True, 0), (False, 1))
    assert (erasure.withdrawn_at is None) == (pages == 0)


async def test_what_else_names_the_plugin_in_the_club_goes_too(village: Village) -> None:
    await village.switch("wiki", "off")
    for club in (village.club, village.public):
        await GrantOverride.create(club=club, role="guest", permission="wiki.edit", allowed=True)
        await Setting.create(scope="club", owner_id=club.id, part="wiki", values={"a": 1})
    await GrantOverride.create(club=village.club, role="guest", permission="blog.write", allowed=True)
    await erase_now(village.club, "wiki")
    assert [cell.permission for cell in await GrantOverride.filter(club_id=village.club.id)] == ["blog.write"]
    assert await GrantOverride.filter(club_id=village.public.id).count() == 1
    assert [row.owner_id for row in await Setting.filter(scope="club", part="wiki")] == [village.public.id]


async def test_the_owners_get_the_report_by_mail_and_on_the_page(village: Village) -> None:
    await fill(village, village.club)
    await village.switch("files", "off")
    await ask(village, "files")
    await make_due()
    await erase_due()
    await erase_due()

    mail = await Mail.get(key__startswith="spaces.erased:")
    assert (mail.recipient, mail.subject) == (village.owner.email, "Files is erased in Atelier")
    assert "Oscar Owner asked for it" in mail.text
    page = (await village.client(village.owner).get("/c/atelier/settings/plugins/files")).text
    assert ("files_version" in page, "Nothing of it is left in this club." in page) == (True, True)
    console = (await village.client(village.operator).get("/admin/erasures")).text
    assert "Files in Atelier" in console
    assert await AuditEntry.filter(action="spaces.erasure_done", subject="files").count() == 1


@pytest.mark.parametrize("end", [delete_club, archive_club])
async def test_the_erasures_of_a_deleted_or_archived_club_go_on(village: Village, end: Any) -> None:
    """Its owner wished it, and nobody reads what is in it; what must not go is taken back before."""
    await write(village)
    await village.switch("wiki", "off")
    await ask(village)
    await end(village.club, actor=village.owner)
    await make_due()
    await erase_due()
    assert (await Erasure.get(plugin="wiki")).done_at is not None
    assert await Page.filter(club_id=village.club.id).count() == 0


async def test_in_an_archived_club_owners_can_still_take_it_back(village: Village) -> None:
    await village.switch("wiki", "off")
    await ask(village)
    await archive_club(village.club, actor=village.owner)
    owner = village.client(village.owner)
    assert "Take it back" in (await owner.get("/c/atelier/")).text
    assert (await owner.post(f"{PAGE}/erasure/withdraw")).status_code == 303
    assert (await Erasure.get()).withdrawn_at is not None
    assert (await village.client(village.moderator).post(f"{PAGE}/erasure/withdraw")).status_code == 403


async def test_operators_ask_and_take_back_in_the_console(village: Village) -> None:
    await write(village)
    await village.switch("wiki", "off")
    operator, path = village.client(village.operator), "/admin/clubs/atelier/erasures/wiki"
    assert "/admin/clubs/atelier/erasures/wiki" in (await operator.get("/admin/clubs/atelier")).text
    assert (await operator.get(path)).status_code == 200
    assert (await operator.post(path, data={"name": "no"})).status_code == 422
    assert (await operator.post(path, data={"name": "Atelier", "without_export": "true"})).status_code == 303
    assert "Wiki in Atelier" in (await operator.get("/admin/erasures")).text
    assert "/admin/erasures" in (await operator.get("/admin/")).text
    assert "Odile Operator asked for it." in (await village.client(village.owner).get("/c/atelier/")).text
    assert (await operator.post(f"{path}/withdraw")).status_code == 303
    assert (await Erasure.get()).withdrawn_by == "Odile Operator"
    for person in (village.owner, village.outsider):
        for method, address in (
            ("GET", path),
            ("POST", path),
            ("POST", f"{path}/withdraw"),
            ("GET", "/admin/erasures"),
        ):
            assert (await village.client(person).request(method, address)).status_code == 403


async def test_one_that_fails_keeps_no_other_back_and_the_operator_reads_why(village: Village) -> None:
    await write(village)
    for plugin in ("wiki", "directory"):
        await village.switch(plugin, "off")
        await ask(village, plugin)
    await make_due()
    await execute(  # a table of somebody else that holds a page back
        "CREATE TABLE elsewhere (page_id INTEGER REFERENCES wiki_page (id) ON DELETE RESTRICT)"
    )
    await execute("INSERT INTO elsewhere (page_id) SELECT id FROM wiki_page")

    await erase_due()

    assert {one.plugin: one.done_at is not None for one in await Erasure.all()} == {"wiki": False, "directory": True}
    assert "The last try failed" in (await village.client(village.operator).get("/admin/erasures")).text
    await execute("DROP TABLE elsewhere")
    await erase_due()
    assert await Erasure.filter(done_at=None).count() == 0
