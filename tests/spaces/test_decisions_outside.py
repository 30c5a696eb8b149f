"""Decisions about what somebody wrote who does not belong to the club any more: they read it, object once, and learn no more."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.errors import Conflict
from core.models import Mail
from spaces.models import Case, Club, ClubMerge, Membership
from spaces.services.bans import ban_member
from spaces.services.cases import appeal_case
from spaces.services.memberships import remove_member
from spaces.services.reports import find_person, report
from tests.spaces.moderating import SOUGHT, decide, hide, report_item, write_page

pytestmark = pytest.mark.anyio

WHY = "Please stay polite."


async def _removed_author(village: Village) -> Case:
    """The member wrote something that was hidden, and is removed after that."""
    case = await hide(village, await write_page(village, village.member))
    await remove_member(village.club, village.member, actor=village.owner)
    return case


async def _last_letter(person: User) -> str:
    return str((await Mail.filter(recipient=person.email).order_by("-id"))[0].text)


def _page(case: Case) -> str:
    return f"/decisions/{case.id}"


async def test_the_mail_leads_a_removed_author_to_the_decision_and_an_objection(village: Village) -> None:
    case = await hide(village, await write_page(village, village.member))
    [path] = re.findall(r"http://\S+?(/decisions/\d+)", await _last_letter(village.member))
    await remove_member(village.club, village.member, actor=village.owner)
    browser = village.client(village.member)

    page = await browser.get(path)
    answer = await browser.post(f"{path}/objection", data={"words": "It was a joke."})
    again = await browser.post(f"{path}/objection", data={"words": "Really."})
    after = (await browser.get(path)).text

    assert (page.status_code, case.title in page.text, WHY in page.text) == (200, True, True)
    assert (answer.status_code, answer.headers["location"], again.status_code) == (303, path, 409)
    assert "You have objected already" in again.text
    found = await Case.get()
    assert (found.state, found.appeal) == ("appealed", "It was a joke.")
    assert ("It was a joke." in after, "/objection" in after) == (True, False)
    assert "asks to look at it once more" in await _last_letter(village.owner)


async def test_what_is_answered_reaches_them_by_mail_and_stands_on_the_page(village: Village) -> None:
    case, browser = await _removed_author(village), village.client(village.member)
    await browser.post(f"{_page(case)}/objection", data={"words": "It was a joke."})
    sent = {"outcome": "uphold", "words": "We looked again."}
    await village.client(village.owner).post(f"/c/atelier/moderation/cases/{case.id}/answer", data=sent)

    letter, page = await _last_letter(village.member), (await browser.get(_page(case))).text

    assert ("We looked again." in letter, _page(case) in letter) == (True, True)
    assert ("We looked again." in page, "Stays hidden" in page) == (True, True)


async def test_the_page_shows_nothing_else_of_the_club(village: Village) -> None:
    case = await _removed_author(village)
    page = (await village.client(village.member).get(_page(case))).text
    people = [village.guest.name, village.moderator.name, village.owner.name]
    hidden = [*people, SOUGHT, "/c/atelier", village.guest.handle]
    assert {word: word in page for word in hidden} == dict.fromkeys(hidden, False)


async def test_what_is_decided_after_they_left_reaches_them_in_a_hidden_club_too(village: Village) -> None:
    item = await write_page(village, village.member)
    await report_item(village, item, village.guest)
    await Club.filter(id=village.club.id).update(visibility="hidden")
    await ban_member(village.club, village.member, "Insulted people.", actor=village.owner)

    await decide(village, village.moderator, "hide")

    letter, case = await _last_letter(village.member), await Case.get()
    assert (WHY in letter, _page(case) in letter) == (True, True)
    browser = village.client(village.member)
    assert (await browser.get(f"/c/atelier/moderation/cases/{case.id}")).status_code == 404
    assert (await browser.get(_page(case))).status_code == 200
    assert (await browser.post(f"{_page(case)}/objection", data={"words": "Why?"})).status_code == 303
    assert (await Case.get()).state == "appealed"


async def test_a_member_of_a_hidden_club_who_is_removed_reads_why(village: Village) -> None:
    await Club.filter(id=village.club.id).update(visibility="hidden")
    target = await find_person(village.club, village.member.handle)
    await report(village.club, target, "offensive", actor=await village.viewer(village.guest))

    await decide(village, village.moderator, "remove")

    letter, case = await _last_letter(village.member), await Case.get()
    assert (WHY in letter, _page(case) in letter) == (True, True)
    page = (await village.client(village.member).get(_page(case))).text
    assert (WHY in page, "/objection" in page) == (True, False), "an objection is about what somebody wrote"
    refused = await village.client(village.member).post(f"{_page(case)}/objection", data={"words": "Why?"})
    assert (refused.status_code, (await Case.get()).state) == (409, "removed")


async def test_a_member_is_led_to_the_page_in_the_club(village: Village) -> None:
    case = await hide(village, await write_page(village, village.member))
    answer = await village.client(village.member).get(_page(case))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/c/atelier/moderation/cases/{case.id}")


@pytest.mark.parametrize("person", ["owner", "moderator", "guest", "outsider", "removed", "operator"])
async def test_nobody_else_reads_it_or_objects_in_their_place(village: Village, person: str) -> None:
    case, browser = await _removed_author(village), village.client(getattr(village, person))
    there, absent = await browser.get(_page(case)), await browser.get("/decisions/987654")
    objected = await browser.post(f"{_page(case)}/objection", data={"words": "Why?"})
    assert (there.status_code, absent.status_code, objected.status_code) == (404, 404, 404)
    assert (await Case.get()).state == "hidden"


async def test_who_is_not_signed_in_is_asked_to(village: Village) -> None:
    case = await _removed_author(village)
    answer = await village.client(None).get(_page(case))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next=%2Fdecisions%2F{case.id}")


@pytest.mark.parametrize("outcome", ["", "keep"])
async def test_of_what_waits_or_came_to_nothing_they_learn_nothing(village: Village, outcome: str) -> None:
    await report_item(village, await write_page(village, village.member), village.guest)
    if outcome:
        await decide(village, village.moderator, outcome, words="")
    await remove_member(village.club, village.member, actor=village.owner)
    assert (await village.client(village.member).get(_page(await Case.get()))).status_code == 404


@pytest.mark.parametrize("words", ["", "   ", "x" * 1001, "no\x00", "x" * 900_000])
async def test_words_without_sense_or_end_change_nothing(village: Village, words: str) -> None:
    case = await _removed_author(village)
    answer = await village.client(village.member).post(f"{_page(case)}/objection", data={"words": words})
    assert answer.status_code in (413, 422)
    assert ((await Case.get()).state, (await Case.get()).appeal) == ("hidden", "")


async def test_in_a_club_that_cannot_be_changed_the_page_says_so(village: Village) -> None:
    case, browser = await _removed_author(village), village.client(village.member)
    for frozen in ("archived", "becomes one with another"):
        if frozen == "archived":
            await Club.filter(id=village.club.id).update(archived_at=datetime.now(UTC))
        else:
            await Club.filter(id=village.club.id).update(archived_at=None)
            await ClubMerge.create(source_id=village.hidden.id, target_id=village.club.id)
        page = (await browser.get(_page(case))).text
        answer = await browser.post(f"{_page(case)}/objection", data={"words": "Why?"})
        assert ("it can be read, not changed" in page, "/objection" in page, answer.status_code) == (True, False, 403)
    assert (await Case.get()).state == "hidden"


async def test_with_the_club_the_decision_is_gone(village: Village) -> None:
    case = await _removed_author(village)
    await Club.filter(id=village.club.id).update(deleted_at=datetime.now(UTC))
    assert (await village.client(village.member).get(_page(case))).status_code == 404


async def test_who_objects_twice_at_once_objects_once(village: Village) -> None:
    case, viewer = await _removed_author(village), await village.viewer(village.member)
    answers = await asyncio.gather(
        *[appeal_case(village.club, case.id, words, actor=viewer) for words in ("First.", "Second.", "Third.")],
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers if answer is not None] == [Conflict, Conflict]
    assert (await Case.get()).appeal in ("First.", "Second.", "Third.")
    assert not await Membership.exists(club_id=village.club.id, user_id=village.member.id)
