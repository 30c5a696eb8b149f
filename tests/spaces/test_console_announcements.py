"""Announcements: on every page for everybody from a moment to a moment, put away by each for themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.models import AuditEntry
from spaces.models import Announcement
from spaces.queries.announcements import get_announcement
from spaces.services.announcements import News, announce_news, take_down

TEXT = "The site moves on Sunday."
PAGE = "/admin/announcements"


async def _sees(village: Village, *people: object) -> set[bool]:
    return {TEXT in (await village.client(one).get("/clubs")).text for one in people}  # type: ignore[arg-type]


async def test_everybody_reads_it_on_every_page_at_once(village: Village) -> None:
    member, before = village.client(village.member), village.client(village.member)
    await before.get("/c/atelier/home")

    answer = await village.client(village.operator).post(PAGE, data={"text": TEXT, "tone": "warning", "url": "/clubs"})

    assert answer.status_code == 303
    for path in ("/", "/clubs", "/c/atelier/home", "/c/atelier/wiki/", "/nowhere", "/account/sessions"):
        assert TEXT in (await member.get(path)).text, path
    assert TEXT in (await before.get("/c/atelier/home")).text
    assert await _sees(village, None, village.outsider, village.operator) == {True}
    row = await AuditEntry.get(action="spaces.announcement_made")
    assert (row.actor_id, row.after["tone"], row.after["url"]) == (village.operator.id, "warning", "/clubs")


async def test_it_stands_from_its_moment_to_its_end(village: Village) -> None:
    now = datetime.now(UTC)
    soon = await announce_news(
        News(TEXT, starts_at=now + timedelta(minutes=10)), actor=await village.viewer(village.operator)
    )
    assert await _sees(village, None) == {False}

    await Announcement.filter(id=soon.id).update(starts_at=now - timedelta(minutes=10))
    await village.app.notices.refresh()
    assert await _sees(village, None) == {True}

    await Announcement.filter(id=soon.id).update(ends_at=now)
    await village.app.notices.refresh()
    assert await _sees(village, None) == {False}


async def test_who_puts_it_away_sees_it_again_when_it_says_something_else(village: Village) -> None:
    one = await announce_news(News(TEXT), actor=await village.viewer(village.operator))
    browser = village.client(village.member)
    mark = (await browser.get("/clubs")).text.partition('name="mark" value="')[2].partition('"')[0]

    answer = await browser.post(
        "/announcements/put-away", data={"mark": mark}, headers={"referer": "http://x/clubs?q=a"}
    )

    assert answer.headers["location"] == "/clubs?q=a"
    assert TEXT not in (await browser.get("/clubs")).text
    assert await _sees(village, village.member, None) == {True}
    operator = village.client(village.operator)
    assert (
        await operator.post(f"{PAGE}/{one.id}", data={"text": TEXT + " Really.", "tone": "info"})
    ).status_code == 303
    assert TEXT in (await browser.get("/clubs")).text


@pytest.mark.parametrize("mark", ["", "1-zzzzzz", "1-000000", "x" * 10_000, "\x00", "1-abcdef.2-abcdef"])
async def test_a_mark_that_is_none_changes_nothing(village: Village, mark: str) -> None:
    await announce_news(News(TEXT), actor=await village.viewer(village.operator))
    browser = village.client()

    answer = await browser.post("/announcements/put-away", data={"mark": mark})

    assert answer.status_code in (303, 422)
    assert "notices" not in answer.cookies
    for cookie in (mark, "1-abcdef" * 900):
        safe = cookie.replace("\x00", "")
        assert TEXT in (await village.client(None, cookie=f"notices={safe}").get("/clubs")).text


async def test_what_is_announced_is_text_and_leads_to_pages_only(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.post(PAGE, data={"text": "<script>alert(1)</script>", "tone": "error"})
    bad = (
        "javascript:alert(1)",
        "//evil.example",
        "http://plain.example",
        "https://a@b.example/",
        "/\\evil",
        "https:// x",
    )

    answers = [await browser.post(PAGE, data={"text": TEXT, "url": url}) for url in bad]

    assert [answer.status_code for answer in answers] == [422] * len(bad)
    assert await Announcement.all().count() == 1
    assert "<script>alert(1)</script>" not in (await village.client().get("/clubs")).text


@pytest.mark.parametrize(
    "sent",
    [
        {"text": ""},
        {"text": "x" * 501},
        {"text": TEXT, "tone": "shouting"},
        {"text": TEXT, "starts_at": "2030-01-02T00:00", "ends_at": "2030-01-01T00:00"},
        {"text": TEXT, "ends_at": "2001-01-01T00:00"},
        {"text": TEXT, "starts_at": "0001-01-01T00:00"},
        {"text": TEXT, "ends_at": "9999-12-31T23:59"},
        {"text": TEXT, "starts_at": "soon"},
        {"text": TEXT, "unknown": "1"},
    ],
)
async def test_a_wrong_announcement_is_said_beside_the_form_and_reaches_nobody(
    village: Village, sent: dict[str, str]
) -> None:
    answer = await village.client(village.operator).post(PAGE, data=sent)

    assert answer.status_code == 422
    assert await Announcement.all().count() == 0


async def test_it_is_taken_down_once_and_the_log_knows(village: Village) -> None:
    one = await announce_news(News(TEXT), actor=await village.viewer(village.operator))
    browser = village.client(village.operator)

    answers = [await browser.post(f"{PAGE}/{one.id}/delete") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 409]
    assert await _sees(village, None) == {False}
    assert TEXT in (await browser.get(PAGE)).text
    assert await AuditEntry.filter(action="spaces.announcement_removed").count() == 1


async def test_only_operators_announce_change_and_take_down(village: Village) -> None:
    one = await announce_news(News(TEXT), actor=None)
    for person in (village.owner, village.outsider):
        browser = village.client(person)
        reads = [await browser.get(path) for path in (PAGE, f"{PAGE}/{one.id}")]
        writes = [await browser.post(path, data={"text": "no"}) for path in (PAGE, f"{PAGE}/{one.id}")]
        writes += [await browser.post(f"{PAGE}/{one.id}/delete"), await browser.post("/admin/maintenance")]
        assert {answer.status_code for answer in (*reads, *writes)} == {403}
    kept = await get_announcement(one.id)
    assert (kept.text, kept.ends_at) == (TEXT, None)
    operator = village.client(village.operator)
    assert {(await operator.get(f"{PAGE}/{number}")).status_code for number in ("999", "x", "9" * 30)} == {404}


async def test_at_most_five_stand_at_once_and_pages_cost_no_query_more(village: Village) -> None:
    browser = village.client(village.member)
    await browser.get("/clubs")
    with village.queries() as before:
        await browser.get("/clubs")
    for number in range(7):
        await announce_news(News(f"{TEXT} {number}"), actor=None)

    with village.queries() as seen:
        page = (await browser.get("/clubs")).text

    assert [number for number in range(7) if f"{TEXT} {number}" in page] == [2, 3, 4, 5, 6]
    assert seen.count == before.count


async def test_the_console_pages_through_all_announcements(village: Village) -> None:
    for number in range(60):
        await take_down(await announce_news(News(f"number-{number:02}"), actor=None), actor=None)
    browser, path, found = village.client(village.operator), PAGE, set[str]()

    while path:
        page = (await browser.get(path)).text
        found |= {f"number-{number:02}" for number in range(60) if f"number-{number:02}" in page}
        path = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    assert len(found) == 60
