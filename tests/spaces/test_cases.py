"""Deciding about reports: who may, who is told what, objecting once, and two moderators who decide at the same moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.errors import CercleError, Conflict, Forbidden
from core.models import AuditEntry, Mail
from spaces.models import Ban, Case, Content, Membership, Report
from spaces.services import change_role, set_grant
from spaces.services.cases import answer_appeal, decide_case
from spaces.services.leaving import files_of_person, forget_person
from spaces.services.reports import find_item, find_person, report
from tests.spaces.moderating import decide, form_for, hide, report_item, write_page


async def _letters(village: Village, person: User) -> list[str]:
    """The texts of the mails that somebody got, without those of signing in."""
    await village.settle()
    return [one.text for one in await Mail.filter(recipient=person.email).order_by("id")]


async def _appeal(village: Village, case: Case, words: str = "It was a joke.") -> int:
    browser = village.client(village.member)
    address = f"/c/atelier/moderation/cases/{case.id}/appeal"
    return (await browser.post(address, data={"words": words})).status_code


async def _answer(village: Village, person: User, case: Case, outcome: str) -> int:
    address = f"/c/atelier/moderation/cases/{case.id}/answer"
    sent = {"outcome": outcome, "words": "We looked again."}
    return (await village.client(person).post(address, data=sent)).status_code


async def test_a_moderator_finds_the_report_in_the_queue_and_lets_it_stand(village: Village) -> None:
    item = await write_page(village, village.member)
    await report_item(village, item, village.guest, words="Look at the tone.")
    queue = (await village.client(village.moderator).get("/c/atelier/moderation")).text
    case = await Case.get()
    page = (await village.client(village.moderator).get(f"/c/atelier/moderation/cases/{case.id}")).text

    answer = await decide(village, village.moderator, "keep", words="")

    assert [words in queue for words in (item.title, "1 report waits")] == [True, True]
    assert [words in page for words in ("Look at the tone.", village.guest.name)] == [True, True]
    decided = await Case.get()
    assert (answer.status_code, decided.state, decided.key, decided.decided_by_id) == (
        *(303, "kept", None, village.moderator.id),
    )
    assert "let it stand" in (await _letters(village, village.guest))[-1]
    assert await _letters(village, village.member) == [], "nothing was wrong, so the author learns nothing"


async def test_the_author_reads_why_but_never_who_reported(village: Village) -> None:
    case = await hide(village, await write_page(village, village.member))
    browser = village.client(village.member)
    seen = [(await browser.get(f"/c/atelier/moderation/{path}")).text for path in ("mine", f"cases/{case.id}")]
    seen += await _letters(village, village.member)

    assert [case.title in text for text in seen] == [True] * 3
    assert ["Please stay polite." in text for text in seen[1:]] == [True, True]
    assert [village.guest.name in text or village.guest.handle in text for text in seen] == [False] * 3
    assert "have hidden it" in (await _letters(village, village.guest))[-1]


async def test_each_decision_is_in_the_audit_log(village: Village) -> None:
    case = await hide(village, await write_page(village, village.member))
    await _answer(village, village.owner, case, "restore")

    found = await AuditEntry.filter(action="spaces.case_decided").order_by("id")
    assert [(one.actor_id, one.before, one.after["state"]) for one in found] == [
        (village.moderator.id, {"state": "open"}, "hidden"),
        (village.owner.id, {"state": "hidden"}, "restored"),
    ]


@pytest.mark.parametrize("person,status", [("member", 403), ("guest", 403), ("outsider", 404), ("removed", 404)])
async def test_only_moderators_see_the_queue_and_decide(village: Village, person: str, status: int) -> None:
    await report_item(village, await write_page(village, village.owner), village.guest)
    who = getattr(village, person)
    browser, case = village.client(who), await Case.get()

    found = [(await browser.get("/c/atelier/moderation")).status_code, (await decide(village, who, "keep")).status_code]
    page = await browser.get(f"/c/atelier/moderation/cases/{case.id}")

    assert (found, page.status_code) == ([status, status], 404)
    assert (await Case.get()).state == "open"


async def test_a_case_of_another_club_cannot_be_reached_here(village: Village) -> None:
    await report_item(village, await write_page(village, village.member), village.guest)
    case, browser = await Case.get(), village.client(village.owner)

    read = await browser.get(f"/c/cave/moderation/cases/{case.id}")
    wrote = await browser.post(f"/c/cave/moderation/cases/{case.id}", data={"outcome": "keep"})

    assert (read.status_code, wrote.status_code, (await Case.get()).state) == (404, 404, "open")


async def test_a_moderator_neither_sees_nor_decides_what_is_about_them(village: Village) -> None:
    item = await write_page(village, village.moderator)
    await report_item(village, item, village.member)
    browser, case = village.client(village.moderator), await Case.get()
    viewer = await village.viewer(village.moderator)

    assert item.title not in (await browser.get("/c/atelier/moderation")).text
    assert (await browser.get(f"/c/atelier/moderation/cases/{case.id}")).status_code == 404
    assert (await decide(village, village.moderator, "keep")).status_code == 404
    with pytest.raises(Forbidden):
        await decide_case(village.club, case.id, "keep", actor=viewer)
    assert (await Case.get()).state == "open"


async def test_an_author_objects_once_and_another_moderator_brings_it_back(village: Village) -> None:
    item = await write_page(village, village.member)
    case = await hide(village, item)

    assert [await _appeal(village, case), await _appeal(village, case)] == [303, 409]
    assert await _answer(village, village.moderator, case, "restore") == 403, "who decided first decides no more"
    assert await _answer(village, village.owner, case, "restore") == 303

    assert (await Case.get()).state == "restored"
    assert (await village.client(village.guest).get(item.url)).status_code == 200
    assert "is back" in (await _letters(village, village.member))[-1]


async def test_an_objection_that_is_answered_with_no_was_the_only_one(village: Village) -> None:
    case = await hide(village, await write_page(village, village.member))
    await _appeal(village, case)

    assert await _answer(village, village.owner, case, "uphold") == 303
    assert (await _appeal(village, case), (await Case.get()).state) == (409, "upheld")
    assert "It stays hidden" in (await _letters(village, village.member))[-1]


async def test_who_moderates_alone_decides_about_the_objection_too(village: Village) -> None:
    case = await hide(village, await write_page(village, village.member))
    await _appeal(village, case)
    await village.join(village.outsider, village.club, "owner")
    for person in (village.owner, village.outsider):
        await Membership.filter(club_id=village.club.id, user_id=person.id).update(role="guest")

    assert await _answer(village, village.moderator, case, "uphold") == 303


@pytest.mark.parametrize("person", ["guest", "outsider", "moderator", None])
async def test_nobody_else_objects_in_the_place_of_the_author(village: Village, person: str | None) -> None:
    case = await hide(village, await write_page(village, village.member))
    browser = village.client(getattr(village, person) if person else None)

    answer = await browser.post(f"/c/atelier/moderation/cases/{case.id}/appeal", data={"words": "Back."})

    assert (answer.status_code, (await Case.get()).state) == (404 if person else 303, "hidden")


@pytest.mark.parametrize(
    "sent",
    [
        {"outcome": "other"},
        {"words": ""},
        {"words": "x" * 1001},
        {"words": "a\x00"},
        {"reason": "x"},
        {"outcome": "remove"},
    ],
)
async def test_decisions_of_another_form_are_refused(village: Village, sent: dict[str, str]) -> None:
    await report_item(village, await write_page(village, village.member), village.guest)
    values: dict[str, str] = {"outcome": "hide", **sent}

    answer = await decide(village, village.moderator, values.pop("outcome"), None, **values)

    assert (answer.status_code, (await Case.get()).state) == (422, "open")


async def test_a_member_who_was_reported_is_removed_and_reads_why(village: Village) -> None:
    viewer = await village.viewer(village.guest)
    target = await find_person(village.club, village.member.handle)
    await report(village.club, target, "offensive", actor=viewer)

    answer = await decide(village, village.moderator, "remove")

    assert (answer.status_code, (await Case.get()).state) == (303, "removed")
    assert not await Membership.exists(club_id=village.club.id, user_id=village.member.id)
    assert "Please stay polite." in (await _letters(village, village.member))[-1]


async def test_nobody_removes_whose_role_stands_above_their_own(village: Village) -> None:
    target = await find_person(village.club, village.owner.handle)
    await report(village.club, target, "offensive", actor=await village.viewer(village.guest))

    answer = await decide(village, village.moderator, "remove")

    assert (answer.status_code, (await Case.get()).state) == (403, "open")
    assert await Membership.exists(club_id=village.club.id, user_id=village.owner.id)


async def test_a_ban_keeps_the_person_out_and_the_letter_says_why(village: Village) -> None:
    target = await find_person(village.club, village.member.handle)
    await report(village.club, target, "offensive", actor=await village.viewer(village.guest))

    refused = await decide(village, village.moderator, "ban", words="x" * 501)
    answer = await decide(village, village.moderator, "ban")

    assert (refused.status_code, answer.status_code, (await Case.get()).state) == (422, 303, "removed")
    assert await Ban.filter(club_id=village.club.id, user_id=village.member.id).count() == 1
    assert len([text for text in await _letters(village, village.member) if "Please stay polite." in text]) == 1


@pytest.mark.parametrize("outcome", ["remove", "ban"])
async def test_who_may_only_moderate_ends_no_membership(village: Village, outcome: str) -> None:
    await set_grant(village.club, "moderator", "spaces.manage_members", False, actor=village.owner)
    target = await find_person(village.club, village.member.handle)
    await report(village.club, target, "offensive", actor=await village.viewer(village.guest))
    page = await village.client(village.moderator).get(f"/c/atelier/moderation/cases/{(await Case.get()).id}")

    answer = await decide(village, village.moderator, outcome)

    assert (f'value="{outcome}"' in page.text, answer.status_code, (await Case.get()).state) == (False, 403, "open")
    assert await Membership.exists(club_id=village.club.id, user_id=village.member.id)


async def test_what_is_hidden_can_be_brought_back_after_its_author_has_left_the_site(village: Village) -> None:
    item = await write_page(village, village.member)
    case = await hide(village, item)
    await forget_person(village.member)
    await village.member.delete()

    assert await _answer(village, village.owner, case, "restore") == 303
    assert (await village.client(village.guest).get(item.url)).status_code == 200


async def test_people_take_along_what_they_reported_and_what_was_decided_about_them(village: Village) -> None:
    case = await hide(village, await write_page(village, village.member))

    facts: Any = (await files_of_person(village.member))[0].content
    theirs: Any = (await files_of_person(village.guest))[0].content

    assert [one["words"] for one in facts["decided_about_you"]] == ["Please stay polite."]
    assert [one["title"] for one in theirs["reported"]] == [case.title]
    assert village.guest.name not in str(facts)


async def test_two_moderators_who_decide_at_once_make_one_decision(village: Village) -> None:
    await report_item(village, await write_page(village, village.member), village.guest)
    case = await Case.get()
    tries: list[Any] = [
        decide_case(village.club, case.id, "hide", "other", "No.", actor=await village.viewer(village.moderator)),
        decide_case(village.club, case.id, "keep", actor=await village.viewer(village.owner)),
    ]

    found = await asyncio.gather(*tries, return_exceptions=True)

    assert [type(one) for one in found if isinstance(one, BaseException)] == [Conflict]
    hidden = await Content.filter(plugin="wiki").exclude(hidden_at=None).count()
    assert ((await Case.get()).state, hidden) in {("hidden", 1), ("kept", 0)}
    assert await AuditEntry.filter(action="spaces.case_decided").count() == 1


async def test_a_report_and_a_decision_at_once_lose_nothing(village: Village) -> None:
    item = await write_page(village, village.member)
    await report_item(village, item, village.guest)
    case, viewer = await Case.get(), await village.viewer(village.owner)
    target = await find_item(village.club, viewer, "wiki", "page", item.object_id)
    tries: list[Any] = [
        report(village.club, target, "other", actor=viewer),
        decide_case(village.club, case.id, "keep", actor=await village.viewer(village.moderator)),
    ]

    found = await asyncio.gather(*tries, return_exceptions=True)

    assert isinstance(found[1], Case)
    assert isinstance(found[0], int | CercleError)
    assert (await Case.get(id=case.id)).state == "kept"
    cases, reports = await Case.all().count(), await Report.all().count()
    assert (cases, reports) in {(1, 1), (1, 2), (2, 2)}


async def test_objecting_and_bringing_back_at_once_ends_in_one_of_both(village: Village) -> None:
    case = await hide(village, await write_page(village, village.member))
    viewer = await village.viewer(village.owner)
    tries: list[Any] = [_appeal(village, case), answer_appeal(village.club, case.id, True, actor=viewer)]

    await asyncio.gather(*tries, return_exceptions=True)

    hidden = await Content.filter(plugin="wiki").exclude(hidden_at=None).count()
    assert ((await Case.get()).state, hidden) in {("restored", 0), ("appealed", 1)}


async def test_who_lost_the_role_of_a_moderator_decides_no_more(village: Village) -> None:
    await report_item(village, await write_page(village, village.member), village.guest)
    await change_role(village.club, village.moderator, "member", actor=village.owner)

    assert (await decide(village, village.moderator, "keep")).status_code == 403


async def test_the_queue_takes_as_many_queries_for_many_cases_as_for_one(village: Village) -> None:
    browser, counts = village.client(village.moderator), []
    await browser.get("/c/atelier/moderation")
    for number in (1, 12):
        while await Case.filter(state="open").count() < number:
            case = await Case.create(club=village.club, title="x", person=village.member, url="/", plugin="wiki")
            await Report.create(case=case, reporter=village.guest, reason="other")
            await Case.create(club=village.club, title="y", person=village.member, url="/", plugin="wiki", state="kept")
        with village.queries() as seen:
            assert (await browser.get("/c/atelier/moderation")).status_code == 200
        counts.append(seen.count)
    assert counts[0] == counts[1]


async def test_operators_see_what_waits_for_more_than_a_week_and_decide(village: Village) -> None:
    item = await write_page(village, village.member)
    await report_item(village, item, village.guest)
    browser, case = village.client(village.operator), await Case.get()
    fresh = (await browser.get("/admin/moderation")).text
    await Case.all().update(created_at=datetime.now(UTC) - timedelta(days=8))
    stale = (await browser.get("/admin/moderation")).text

    sent = {"outcome": "hide", "reason": "other", "words": "Nobody answered."}
    answer = await browser.post(f"/admin/moderation/{case.id}", data=sent)

    assert (item.title in fresh, item.title in stale, answer.status_code) == (False, True, 303)
    assert ((await Case.get()).state, (await Content.get(id=item.id)).state) == ("hidden", "trashed")


@pytest.mark.parametrize("person,status", [("owner", 403), ("member", 403), (None, 303)])
async def test_the_console_of_reports_is_for_operators(village: Village, person: str | None, status: int) -> None:
    await report_item(village, await write_page(village, village.member), village.guest)
    browser, case = village.client(getattr(village, person) if person else None), await Case.get()

    read = await browser.get("/admin/moderation")
    wrote = await browser.post(f"/admin/moderation/{case.id}", data={"outcome": "keep"})

    assert (read.status_code, wrote.status_code, (await Case.get()).state) == (status, status, "open")


async def test_nothing_is_reported_or_decided_in_an_archived_club(village: Village) -> None:
    item = await write_page(village, village.member)
    await report_item(village, item, village.guest)
    await village.client(village.owner).post("/c/atelier/settings/archive")

    reported = await village.client(village.owner).post("/c/atelier/report", data=form_for(item))

    assert (reported.status_code, (await decide(village, village.moderator, "keep")).status_code) == (403, 403)
