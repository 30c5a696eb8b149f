"""The note on a club's home: who pins it, who reads it, and that nobody overwrites another's."""

from __future__ import annotations

import asyncio
import re
import time
from html import unescape

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.errors import Invalid
from core.models import AuditEntry
from spaces.models import Club
from spaces.services import archive_club
from spaces.services.notes import pin_note, state_of_note

pytestmark = pytest.mark.anyio

NOTE = "/c/atelier/note"
EMPTY = state_of_note("")


async def test_owners_and_moderators_pin_a_note_and_members_read_it(village: Village) -> None:
    for person, text in ((village.owner, "Meet on **Monday**"), (village.moderator, "Meet on **Friday**")):
        answer = await _pin(village, person, text)
        assert answer.headers["location"] == "/c/atelier/home"
        for reader in (village.member, village.guest):
            assert f"<strong>{text[10:16]}" in (await village.client(reader).get("/c/atelier/")).text


async def test_nobody_else_pins_or_sees_the_form(village: Village) -> None:
    for person, status in (
        (village.member, 403),
        (village.guest, 403),
        (village.outsider, 404),
        (None, 303),
        (village.operator, 404),
    ):
        browser = village.client(person)
        assert (await browser.get(NOTE)).status_code == status
        assert (await browser.post(NOTE, data={"note": "Mine", "seen": EMPTY})).status_code == status
    assert (await Club.get(id=village.club.id)).note == ""
    assert NOTE not in (await village.client(village.member).get("/c/atelier/")).text
    assert NOTE in (await village.client(village.owner).get("/c/atelier/")).text


async def test_only_members_read_the_note_of_a_public_club(village: Village) -> None:
    answer = await _pin(village, village.owner, "xyzzycanary", club=village.public)
    assert answer.status_code == 303

    for person in (village.outsider, village.operator, None):
        for path in ("/c/place/", "/c/place/home", "/clubs", "/api/v1/clubs/place"):
            assert "xyzzycanary" not in (await village.client(person).get(path)).text
    assert "xyzzycanary" in (await village.client(village.owner).get("/c/place/home")).text


async def test_a_new_note_is_there_at_once(village: Village) -> None:
    member = village.client(village.member)
    for text in ("First", "Second", ""):
        await _pin(village, village.owner, text)
        home = (await member.get("/c/atelier/")).text
        assert [word for word in ("First", "Second") if f"<p>{word}</p>" in home] == [text] * bool(text)
    assert "pinned-note" not in (await member.get("/c/atelier/")).text


async def test_who_saw_an_older_note_overwrites_nothing(village: Village) -> None:
    await _pin(village, village.owner, "Of the owner")

    answer = await _post(village, village.moderator, "Of the moderator", EMPTY)

    assert answer.status_code == 409
    assert "<p>Of the owner</p>" in answer.text
    assert "Of the moderator" in answer.text
    assert (await Club.get(id=village.club.id)).note == "Of the owner"
    assert (await _post(village, village.moderator, "Of the moderator", _seen(answer))).status_code == 303
    assert (await Club.get(id=village.club.id)).note == "Of the moderator"


async def test_of_many_notes_at_once_one_stands_and_the_others_are_told(village: Village) -> None:
    texts = [f"Note {number}" for number in range(12)]
    answers = await asyncio.gather(*(_post(village, village.owner, text, EMPTY) for text in texts))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [303] + [409] * 11
    club = await Club.get(id=village.club.id)
    winner = texts[[answer.status_code for answer in answers].index(303)]
    assert (club.note, club.note_html.strip()) == (winner, f"<p>{winner}</p>")
    assert await AuditEntry.filter(action="spaces.note_pinned").count() == 1


async def test_the_same_note_twice_is_pinned_once(village: Village) -> None:
    for _ in range(2):
        assert (await _post(village, village.owner, "Once", EMPTY)).status_code == 303
    assert await AuditEntry.filter(action="spaces.note_pinned").count() == 1


async def test_the_message_takes_the_note_back(village: Village) -> None:
    await _pin(village, village.owner, "Before")
    browser = village.client(village.owner)
    page = await browser.get(NOTE)
    await browser.post(NOTE, data={"note": "", "seen": _seen(page)})
    home = (await browser.get("/c/atelier/home")).text
    toast = home.partition('<form class="toast-undo"')[2].partition("</form>")[0]
    fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', toast)}

    assert (await browser.post(NOTE, data=fields)).status_code == 303
    assert (await Club.get(id=village.club.id)).note == "Before"


async def test_the_audit_log_says_who_and_how_much_but_not_what(village: Village) -> None:
    await _pin(village, village.owner, "xyzzycanary")
    await _pin(village, village.owner, "")

    entries = await AuditEntry.filter(club_id=village.club.id, action__startswith="spaces.note_").order_by("id")
    assert [(one.action, one.before, one.after) for one in entries] == [
        ("spaces.note_pinned", {"characters": 0}, {"characters": 11}),
        ("spaces.note_removed", {"characters": 11}, {"characters": 0}),
    ]
    assert {one.actor_id for one in entries} == {village.owner.id}


@pytest.mark.parametrize("text", ["x" * 2001, "a\0b", "x" * 10_000_000], ids=["2001", "NUL", "10 MB"])
async def test_what_cannot_be_kept_is_refused_quickly(village: Village, text: str) -> None:
    started = time.monotonic()
    body = b"seen=" + EMPTY.encode() + b"&note=" + text.encode().replace(b"\0", b"%00")
    kind = {"content-type": "application/x-www-form-urlencoded"}

    answer = await village.client(village.owner).post(NOTE, content=body, headers=kind)

    assert answer.status_code in (400, 413, 422)
    assert time.monotonic() - started < 2
    assert (await Club.get(id=village.club.id)).note == ""


async def test_half_a_character_is_refused(village: Village) -> None:
    with pytest.raises(Invalid):
        await pin_note(village.club, "a\ud800b", seen=EMPTY, actor=None)


async def test_two_thousand_characters_fit_whatever_ends_their_lines(village: Village) -> None:
    text = "\r\n".join(["x" * 99] * 20)
    assert (await _pin(village, village.owner, text)).status_code == 303
    assert len((await Club.get(id=village.club.id)).note) == 1999


async def test_nothing_in_a_note_runs(village: Village) -> None:
    await _pin(
        village,
        village.owner,
        "<script>alert(1)</script> [x](javascript:alert(1)) ![y](https://elsewhere.example/p.png)",
    )
    home = (await village.client(village.member).get("/c/atelier/")).text
    note = home.partition('class="pinned-note"')[2].partition("</section>")[0]

    assert "<script" not in note
    assert 'href="javascript' not in note
    assert "<img" not in note


@pytest.mark.parametrize(
    "text", ["[" * 2000, "![[" * 660, "|" * 2000, "> " * 1000, "*" * 2000], ids=lambda text: text[:3]
)
async def test_a_hostile_note_costs_little(village: Village, text: str) -> None:
    started = time.monotonic()
    assert (await _pin(village, village.owner, text)).status_code in (303, 422)
    assert time.monotonic() - started < 8


async def test_the_note_of_an_archived_club_stays_as_it_is(village: Village) -> None:
    await _pin(village, village.owner, "Farewell")
    await archive_club(village.club, actor=None)

    assert (await _post(village, village.owner, "Again", state_of_note("Farewell"))).status_code == 403
    assert "<p>Farewell</p>" in (await village.client(village.member).get("/c/atelier/")).text


async def test_a_person_in_the_note_is_named_to_members(village: Village) -> None:
    await _pin(village, village.owner, f"Ask @{village.moderator.handle}")

    assert f">@{village.moderator.name}</a>" in (await village.client(village.member).get("/c/atelier/")).text


async def _pin(village: Village, person: User, text: str, club: Club | None = None) -> httpx.Response:
    """Through the form, as it stands."""
    place = club or village.club
    now = (await Club.get(id=place.id)).note
    return await _post(village, person, text, state_of_note(now), place.slug)


async def _post(village: Village, person: User, text: str, seen: str, slug: str = "atelier") -> httpx.Response:
    return await village.client(person).post(f"/c/{slug}/note", data={"note": text, "seen": seen})


def _seen(page: httpx.Response) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page.text)
    assert found, page.text
    return found[1]
