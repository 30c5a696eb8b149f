"""Reporting items and members: who may, what is stored, who is told, and what happens when many do it at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cercle.testing import Village
from core.errors import CercleError, Conflict
from core.models import Mail
from spaces.models import Case, Report
from spaces.services.reports import find_item, report
from tests.spaces.moderating import MAKERS, form_for, report_item, write_page


@pytest.mark.parametrize("plugin", MAKERS)
async def test_the_menu_of_an_item_leads_to_the_form_and_the_form_makes_a_case(village: Village, plugin: str) -> None:
    item = await MAKERS[plugin](village, village.member)
    browser = village.client(village.guest)
    address = f"/c/atelier/report?plugin={item.plugin}&amp;kind={item.kind}&amp;item={item.object_id}"

    assert address in (await browser.get(item.url)).text
    form = await browser.get(address.replace("&amp;", "&"))
    answer = await browser.post("/c/atelier/report", data=form_for(item, words="  Rude. "))

    assert (form.status_code, answer.status_code, answer.headers["location"]) == (200, 303, item.url)
    case = await Case.get()
    assert (case.plugin, case.object_id, case.person_id, case.state, case.title) == (
        *(plugin, item.object_id, village.member.id, "open", item.title),
    )
    said = await Report.get()
    assert (said.case_id, said.reporter_id, said.reason, said.words) == (
        case.id,
        village.guest.id,
        "offensive",
        "Rude.",
    )


async def test_moderators_are_told_but_neither_the_author_nor_anybody_else(village: Village) -> None:
    item = await write_page(village, village.moderator)
    await report_item(village, item, village.member)
    await village.settle()

    told = await Mail.filter(subject__contains="report")
    assert [mail.recipient for mail in told] == [village.owner.email]


async def test_authors_find_no_way_to_report_their_own(village: Village) -> None:
    item = await write_page(village, village.member)
    browser = village.client(village.member)

    assert "/c/atelier/report?" not in (await browser.get(item.url)).text
    assert (await browser.post("/c/atelier/report", data=form_for(item))).status_code == 403
    assert await Case.all().count() == 0


async def test_a_member_is_reported_once_until_that_is_decided(village: Village) -> None:
    browser = village.client(village.guest)
    sent = {"person": village.member.handle, "reason": "promotion"}

    assert f"person={village.member.handle}" in (await browser.get(f"/c/atelier/people/{village.member.handle}")).text
    first, second = [await browser.post("/c/atelier/report", data=sent) for _ in range(2)]

    assert (first.status_code, second.status_code) == (303, 409)
    assert (await Case.get()).person_id == village.member.id


@pytest.mark.parametrize("person", ["outsider", "removed", None])
async def test_nobody_outside_reports_or_learns_what_there_is(village: Village, person: str | None) -> None:
    item = await write_page(village, village.member)
    browser = village.client(getattr(village, person) if person else None)
    there = await browser.get("/c/atelier/report", params=form_for(item))
    absent = await browser.get("/c/atelier/report", params=form_for(item) | {"item": "99999"})

    assert there.status_code == absent.status_code == (404 if person else 303)
    posted = await browser.post("/c/atelier/report", data=form_for(item))
    assert posted.status_code in (303, 404)
    assert await Case.all().count() == 0


@pytest.mark.parametrize(
    "sent,status",
    [
        ({"reason": "nonsense"}, 422),
        ({"reason": ""}, 422),
        ({"words": "x" * 1001}, 422),
        ({"words": "a\x00b"}, 422),
        ({"item": "0"}, 404),
        ({"item": "9" * 30}, 404),
        ({"item": "１"}, 404),
        ({"kind": "folder"}, 404),
        ({"plugin": "spaces"}, 404),
        ({"plugin": "x" * 100_000}, 404),
        ({"other": "1"}, 422),
    ],
)
async def test_reports_of_another_form_are_refused(village: Village, sent: dict[str, str], status: int) -> None:
    item = await write_page(village, village.member)

    answer = await village.client(village.guest).post("/c/atelier/report", data=form_for(item) | sent)

    assert (answer.status_code, await Case.all().count()) == (status, 0)


async def test_an_item_of_another_club_cannot_be_reported_here(village: Village) -> None:
    item = await write_page(village, village.member)

    answer = await village.client(village.owner).post("/c/cave/report", data=form_for(item))

    assert (answer.status_code, await Case.all().count()) == (404, 0)


async def test_two_reports_at_once_make_one_case(village: Village) -> None:
    item = await write_page(village, village.member)
    viewers = [await village.viewer(person) for person in (village.guest, village.moderator, village.owner)]
    target = await find_item(village.club, viewers[0], "wiki", "page", item.object_id)

    await asyncio.gather(*(report(village.club, target, "other", actor=viewer) for viewer in viewers))

    assert (await Case.all().count(), await Report.all().count()) == (1, 3)


async def test_one_person_who_reports_many_times_at_once_has_said_it_once(village: Village) -> None:
    item = await write_page(village, village.member)
    viewer = await village.viewer(village.guest)
    target = await find_item(village.club, viewer, "wiki", "page", item.object_id)

    tries: list[Any] = [report(village.club, target, "other", actor=viewer) for _ in range(10)]
    found = await asyncio.gather(*tries, return_exceptions=True)

    assert [type(one) for one in found if isinstance(one, CercleError)] == [Conflict] * 9
    assert (await Case.all().count(), await Report.all().count()) == (1, 1)


async def test_nobody_reports_more_than_twenty_things_a_day(village: Village) -> None:
    item = await write_page(village, village.member)
    browser = village.client(village.guest)

    found = [(await browser.post("/c/atelier/report", data=form_for(item))).status_code for _ in range(21)]

    assert found == [303, *[409] * 19, 429]
