"""Maintenance: operators work, everybody else reads that the site is back soon, in every process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cercle.testing import Village, opened_village, village_settings
from core.errors import Conflict
from core.followed import Followed
from core.maintenance import PART, close_site, open_site, read_closure
from core.models import AuditEntry, Setting
from spaces.models import Membership

PAGES = ("/", "/clubs", "/c/atelier/", "/c/atelier/wiki/", "/c/cave/", "/c/nowhere/", "/account", "/admin/", "/sign-up")


async def test_everybody_but_operators_reads_that_the_site_is_back_soon(village: Village) -> None:
    people = [village.client(person) for person in (village.owner, village.outsider, None)]
    await close_site(minutes=20, message="New <discs>.", actor=await village.viewer(village.operator))

    for browser in people:
        answers = [await browser.get(path) for path in PAGES]
        assert {answer.status_code for answer in answers} == {503}
        assert all(1000 < int(answer.headers["retry-after"]) <= 1200 for answer in answers)
        assert all("New &lt;discs&gt;." in answer.text and "atelier" not in answer.text.lower() for answer in answers)
    operator = village.client(village.operator)
    assert [(await operator.get(path)).status_code for path in ("/", "/clubs", "/admin/")] == [200, 200, 200]


async def test_programs_read_a_problem_and_health_stays(village: Village) -> None:
    await close_site(minutes=20, message="New discs.", actor=None)

    problem = await village.api(village.member).get("clubs/atelier/wiki/pages")
    stranger = village.client()

    assert (problem.status_code, problem.headers["content-type"]) == (503, "application/problem+json")
    assert problem.json()["detail"] == "New discs."
    assert int(problem.headers["retry-after"]) > 60
    assert [(await stranger.get(path)).status_code for path in ("/healthz", "/readyz", "/robots.txt")] == [200] * 3
    assert (await village.api().get("clubs")).status_code == 503


async def test_nothing_is_changed_for_who_does_not_come_in(village: Village) -> None:
    member = village.client(village.member)
    await close_site(minutes=5, actor=None)

    answers = [
        await member.post("/c/atelier/leave"),
        await member.post("/c/atelier/wiki/pages", data={"title": "Late", "body": "x"}),
        await member.post("/admin/maintenance/delete"),
        await village.client().post("/sign-up", data={"email": "new@example.org", "name": "New"}),
    ]

    assert [answer.status_code for answer in answers] == [503] * 4
    assert await Membership.filter(club=village.club, user=village.member).exists()
    assert await read_closure() is not None


async def test_an_operator_signs_in_while_the_site_is_closed(village: Village) -> None:
    await close_site(minutes=5, actor=None)
    browser = village.client()

    assert (await browser.get("/sign-in")).status_code == 200
    await browser.post("/sign-in", data={"email": village.operator.email, "password": village.password})

    assert (await browser.get("/admin/announcements")).status_code == 200


async def test_operators_close_and_open_the_site_and_the_log_knows(village: Village) -> None:
    browser, member = village.client(village.operator), village.client(village.member)

    closed = await browser.post("/admin/maintenance", data={"minutes": "15", "message": "We move."})
    assert closed.status_code == 303
    assert "nobody but operators comes in" in (await browser.get("/clubs")).text
    assert (await member.get("/")).status_code == 503
    assert (await browser.post("/admin/maintenance/delete")).status_code == 303
    again = await browser.post("/admin/maintenance/delete")

    assert again.status_code == 409
    assert (await member.get("/")).status_code == 200
    rows = await AuditEntry.filter(action__startswith="core.maintenance").order_by("id")
    assert [(row.action, row.actor_id) for row in rows] == [
        ("core.maintenance_begun", village.operator.id),
        ("core.maintenance_ended", village.operator.id),
    ]
    assert rows[0].after["message"] == rows[1].before["message"] == "We move."


@pytest.mark.parametrize("minutes", ["0", "-5", "99999", "many", ""])
async def test_a_time_that_is_none_closes_nothing(village: Village, minutes: str) -> None:
    answer = await village.client(village.operator).post("/admin/maintenance", data={"minutes": minutes})

    assert (answer.status_code, await read_closure() is None) in ((422, True), (303, False))
    assert (answer.status_code == 303) == (minutes == "")


async def test_two_who_open_it_at_once_open_it_once(village: Village) -> None:
    await close_site(minutes=5, actor=None)
    operator = await village.viewer(village.operator)

    answers = await asyncio.gather(*(open_site(actor=operator) for _ in range(5)), return_exceptions=True)

    assert [type(answer) for answer in answers if answer is not None] == [Conflict] * 4
    assert await AuditEntry.filter(action="core.maintenance_ended").count() == 1


async def test_it_outlives_a_restart_and_a_row_that_cannot_be_read(village: Village, tmp_path: Path) -> None:
    await close_site(minutes=5, message="Soon.", actor=None)
    settings = village_settings(tmp_path / "other", village.app.settings.database_url)

    async with opened_village(settings) as restarted:
        assert (await restarted.client().get("/")).status_code == 503
        await Setting.filter(part=PART).update(values={"until": "tomorrow"})
        await restarted.app.maintenance.refresh()
        assert (await restarted.client().get("/")).status_code == 503


async def test_a_page_makes_the_same_queries_whether_the_site_is_open_or_not(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.get("/clubs")
    with village.queries() as before:
        await browser.get("/clubs")
    await close_site(minutes=5, actor=None)
    with village.queries() as closed:
        await browser.get("/clubs")

    assert closed.count == before.count


async def test_a_change_that_no_bus_tells_of_is_seen_by_looking(village: Village) -> None:
    seen, said = asyncio.Event(), "old"

    async def read() -> str:
        if said == "new":
            seen.set()
        return said

    kept = Followed(village.app.bus, "test:kept", "")
    kept.read_by(read)
    async with kept.following(look=0.01):
        assert kept.value == "old"
        said = "new"
        await asyncio.wait_for(seen.wait(), 5)
        await asyncio.sleep(0)
        assert kept.value == "new"


async def test_a_value_that_cannot_be_read_stays_as_it_was(village: Village) -> None:
    tried = asyncio.Event()
    answers = iter(["good"])

    async def read() -> str:
        try:
            return next(answers)
        except StopIteration:
            tried.set()
            raise OSError("the database is away") from None

    kept = Followed(village.app.bus, "test:kept", "")
    kept.read_by(read)
    async with kept.following(look=0.01):
        await asyncio.wait_for(tried.wait(), 5)
        await village.app.bus.publish("test:kept", {})
        assert kept.value == "good"


async def test_the_page_says_when_the_time_is_over(village: Village) -> None:
    await close_site(minutes=5, actor=None)
    row = await Setting.get(part=PART)
    row.values = {**row.values, "until": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    await row.save()
    await village.app.maintenance.refresh()

    answer: httpx.Response = await village.client().get("/")

    assert "It will be open again soon" in answer.text
    assert answer.headers["retry-after"] == "60"
