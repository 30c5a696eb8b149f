"""What two people do in a club at the same moment: the outcome is one that could have come one after the other, and whoever lost
reads a sentence that says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.errors import CercleError
from core.models import AuditEntry, Mail
from spaces.models import Case, Club, Content, JoinRequest, Membership
from spaces.services import (
    accept_request,
    change_role,
    join_club,
    leave_club,
    refuse_request,
    request_to_join,
)
from spaces.services.bans import ban_member
from spaces.services.cases import decide_case
from spaces.services.ending import end_memberships
from spaces.services.expiry import set_expiry
from spaces.services.leaving import forget_person
from spaces.services.reports import find_person, report
from tests.spaces.moderating import MAKERS, report_item

pytestmark = pytest.mark.anyio

ABOVE = "You cannot give or change a role that is above your own."
NOT_ALLOWED = "Your role in this club does not allow this."
LAST_OWNER = "This is the last owner of the club."
ANSWERED = "This request has been answered or taken back."
ROUNDS = 4


async def _at_once(*acts: Awaitable[Any]) -> list[str]:
    """What those who were refused read."""
    answers = await asyncio.gather(*acts, return_exceptions=True)
    errors = [one for one in answers if isinstance(one, BaseException)]
    for one in errors:
        if not isinstance(one, CercleError):
            raise one
    return [one.message for one in errors if isinstance(one, CercleError)]


async def _owners(village: Village) -> list[int]:
    found = Membership.filter(club_id=village.club.id, role="owner").order_by("user_id")
    return [int(str(number)) for number in await found.values_list("user_id", flat=True)]


async def _second_owner(village: Village) -> User:
    await change_role(village.club, village.moderator, "owner", actor=None)
    return village.moderator


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_owners_who_demote_each_other_one_is_told_that_they_cannot(village: Village, first: int) -> None:
    other = await _second_owner(village)
    acts = [
        change_role(village.club, village.owner, "member", actor=other),
        change_role(village.club, other, "member", actor=village.owner),
    ]

    said = await _at_once(acts[first], acts[1 - first])

    assert [text.startswith((ABOVE, LAST_OWNER)) for text in said] == [True]
    assert len(await _owners(village)) == 1
    assert await AuditEntry.filter(action="spaces.role_changed").count() == 2, "one of them was made an owner first"


async def test_two_owners_who_demote_each_other_by_the_pages_get_one_refusal_with_a_reason(village: Village) -> None:
    other = await _second_owner(village)
    browsers = [village.client(village.owner), village.client(other)]
    paths = [f"/c/atelier/people/{person.handle}" for person in (other, village.owner)]

    answers = await asyncio.gather(
        *[browser.post(path, data={"role": "member"}) for browser, path in zip(browsers, paths, strict=True)]
    )

    lost = [answer for answer in answers if answer.status_code != 303]
    assert [answer.status_code in (403, 409) for answer in lost] == [True]
    assert [words in lost[0].text for words in (ABOVE, LAST_OWNER, NOT_ALLOWED)].count(True) == 1
    assert len(await _owners(village)) == 1


@pytest.mark.parametrize("first", [0, 1])
async def test_an_owner_who_leaves_while_the_other_one_is_demoted_leaves_one_behind(
    village: Village, first: int
) -> None:
    other = await _second_owner(village)
    acts = [leave_club(village.club, actor=village.owner), change_role(village.club, other, "member", actor=None)]

    said = await _at_once(acts[first], acts[1 - first])

    assert [text.startswith(LAST_OWNER) for text in said] == [True]
    assert await _owners(village) in ([village.owner.id], [other.id])


async def test_an_owner_who_leaves_while_the_other_is_banned_or_gone_leaves_one_behind(village: Village) -> None:
    other = await _second_owner(village)
    said = await _at_once(
        leave_club(village.club, actor=village.owner),
        ban_member(village.club, other, "Insulted people.", actor=None),
        leave_club(village.club, actor=other),
    )
    assert len(await _owners(village)) == 1
    assert LAST_OWNER in " ".join(said)


@pytest.mark.parametrize("first", [0, 1])
async def test_of_yes_and_no_to_a_request_at_once_one_counts_and_the_other_is_told(
    village: Village, first: int
) -> None:
    await request_to_join(village.club, "please", actor=village.outsider)
    asked = await JoinRequest.get()
    acts = [
        accept_request(village.club, asked.id, actor=village.owner),
        refuse_request(village.club, asked.id, actor=village.moderator),
    ]

    said = await _at_once(acts[first], acts[1 - first])

    is_in = await Membership.exists(club_id=village.club.id, user_id=village.outsider.id)
    refused = await AuditEntry.filter(action="spaces.request_refused").count()
    assert (said, (is_in, refused)) in [([ANSWERED], (True, 0)), ([ANSWERED], (False, 1))]
    letters = [one.text for one in await Mail.filter(recipient=village.outsider.email)]
    assert ["was accepted" in text for text in letters] == [is_in]


async def test_of_many_answers_by_the_pages_one_counts_and_the_others_read_so(village: Village) -> None:
    await request_to_join(village.club, "please", actor=village.outsider)
    path = f"/c/atelier/requests/{(await JoinRequest.get()).id}"
    asked = [(village.owner, "accept"), (village.moderator, "refuse"), (village.owner, "refuse")]

    answers = await asyncio.gather(*[village.client(person).post(f"{path}/{act}") for person, act in asked])

    assert sorted(answer.status_code for answer in answers) == [303, 404, 404]
    assert [ANSWERED in answer.text for answer in answers if answer.status_code == 404] == [True, True]


async def test_who_asks_again_while_they_are_answered_is_in_once_or_waits(village: Village) -> None:
    for number in range(ROUNDS):
        person = await village.person(f"Asker{number} Race")
        await request_to_join(village.club, "please", actor=person)
        asked = await JoinRequest.get(user_id=person.id)
        said = await _at_once(
            accept_request(village.club, asked.id, actor=village.owner),
            request_to_join(village.club, "again", actor=person),
        )
        assert set(said) <= {"You belong to this club already."}
        assert await Membership.filter(club_id=village.club.id, user_id=person.id).count() == 1
        assert await JoinRequest.filter(user_id=person.id).count() == 0


@pytest.mark.parametrize("first", [0, 1])
async def test_an_end_that_is_moved_at_the_moment_it_comes_is_moved_or_too_late(village: Village, first: int) -> None:
    later = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    place = Membership.filter(club_id=village.club.id, user_id=village.member.id)
    for round in range(ROUNDS):
        await Membership.get_or_create(club_id=village.club.id, user_id=village.member.id)
        over = datetime.now(UTC) + timedelta(milliseconds=3 * round)
        await place.update(expires_at=over, role="member")
        acts: list[Awaitable[Any]] = [
            set_expiry(village.club, village.member, later, actor=village.owner),
            end_memberships(),
        ]

        said = await _at_once(acts[first], acts[1 - first])
        await end_memberships()

        ends = [one.expires_at for one in await place]
        assert [said, ends] in [[[], [later]], [["This person does not belong to the club."], []]]


async def test_who_is_extended_by_one_and_removed_by_another_is_out(village: Village) -> None:
    later = datetime.now(UTC) + timedelta(days=30)
    for number in range(ROUNDS):
        person = await village.person(f"Guest{number} Race")
        await village.join(person, village.club)
        said = await _at_once(
            set_expiry(village.club, person, later, actor=village.owner),
            ban_member(village.club, person, "Insulted people.", actor=village.moderator),
        )
        assert set(said) <= {"This person does not belong to the club."}
        assert not await Membership.exists(club_id=village.club.id, user_id=person.id)


async def test_who_joins_while_they_are_banned_reads_that_they_are(village: Village) -> None:
    await Club.filter(id=village.club.id).update(join_policy="open")
    club = await Club.get(id=village.club.id)
    for number in range(ROUNDS):
        person = await village.person(f"Racer{number} Race")
        said = await _at_once(
            ban_member(club, person, "Insulted people.", actor=village.owner), join_club(club, actor=person)
        )
        assert set(said) <= {"You cannot join this club: you are banned from it."}
        assert not await Membership.exists(club_id=club.id, user_id=person.id)


@pytest.mark.parametrize("kind", ["wiki", "blog", "files"])
async def test_who_leaves_the_site_while_a_moderator_hides_what_they_wrote_is_gone_and_it_is_hidden(
    village: Village, kind: str
) -> None:
    item = await MAKERS[kind](village, village.member)
    await report_item(village, item, village.guest)
    case, viewer = await Case.get(), await village.viewer(village.moderator)

    said = await _at_once(
        forget_person(village.member),
        decide_case(village.club, case.id, "hide", "offensive", "Please stay polite.", actor=viewer),
    )

    assert said == []
    assert (await Case.get()).state == "hidden"
    assert (await Content.get(id=item.id)).hidden_at is not None
    assert not await Membership.exists(club_id=village.club.id, user_id=village.member.id)


async def test_who_leaves_the_club_while_a_moderator_removes_them_is_out_and_one_of_both_is_told(
    village: Village,
) -> None:
    target = await find_person(village.club, village.member.handle)
    await report(village.club, target, "offensive", actor=await village.viewer(village.guest))
    case, viewer = await Case.get(), await village.viewer(village.moderator)

    said = await _at_once(
        forget_person(village.member),
        decide_case(village.club, case.id, "remove", "offensive", "Please stay polite.", actor=viewer),
    )

    assert set(said) <= {"This person does not belong to the club."}
    assert (await Case.get()).state == ("open" if said else "removed")
    assert not await Membership.exists(club_id=village.club.id, user_id=village.member.id)
