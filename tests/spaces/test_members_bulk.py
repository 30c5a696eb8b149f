"""Changing several members at once: what the page says before, who is reached, who is not and why, and races."""

from __future__ import annotations

import asyncio
import html
from datetime import UTC, datetime, time, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.errors import CercleError
from core.models import AuditEntry, Mail
from spaces.models import Membership
from spaces.services import change_role
from spaces.services.bulk import Change, change_members, look_ahead

PREVIEW = "/c/atelier/people/bulk/preview"
CHANGE = "/c/atelier/people/bulk/change"


def _sent(act: str, *people: User) -> dict[str, object]:
    return {"act": act, "member": [str(person.id) for person in people]}


async def _roles(village: Village) -> dict[str, str]:
    found = await Membership.filter(club=village.club).select_related("user")
    return {one.user.handle: one.role for one in found}


UNCHANGED = {"owner": "owner", "moderator": "moderator", "member": "member", "guest": "guest"}


async def test_the_page_before_says_what_happens_to_whom_and_changes_nothing(village: Village) -> None:
    browser = village.client(village.moderator)

    answer = await browser.post(
        PREVIEW, data=_sent("role guest", village.owner, village.moderator, village.member, village.guest)
    )

    page = html.unescape(answer.text)
    assert answer.status_code == 200
    assert "1 member gets the role “Guest”" in page
    assert "Oscar Owner: This person's role stands above yours" in page
    assert "Mona Moderator: This is you" in page
    assert "Gilda Guest: Has this role already." in page
    assert page.count('name="member"') == 1
    assert await _roles(village) == UNCHANGED
    assert not await AuditEntry.exists(action="spaces.role_changed")


async def test_several_members_get_a_role_each_with_a_row_in_the_log(village: Village) -> None:
    extra = [await village.person(f"{name} Extra") for name in ("Ann", "Bea")]
    for person in extra:
        await village.join(person, village.club)
    browser = village.client(village.owner)

    answer = await browser.post(CHANGE, data=_sent("role guest", village.member, *extra))

    assert answer.headers["location"] == "/c/atelier/people"
    assert "3 members have another role now." in (await browser.get("/c/atelier/people")).text
    roles = await _roles(village)
    assert [roles[name] for name in ("member", "ann", "bea")] == ["guest"] * 3
    entries = await AuditEntry.filter(action="spaces.role_changed").order_by("id")
    assert sorted(one.subject for one in entries) == ["Ann Extra", "Bea Extra", "Max Member"]
    assert {one.actor_id for one in entries} == {village.owner.id}
    assert all((one.before, one.after["role"]) == ({"role": "member"}, "guest") for one in entries)


async def test_several_members_are_removed_at_once(village: Village) -> None:
    browser, member = village.client(village.owner), village.client(village.member)
    assert (await member.get("/c/atelier/people")).status_code == 200

    await browser.post(CHANGE, data=_sent("remove", village.member, village.guest))

    assert set(await _roles(village)) == {"owner", "moderator"}
    assert await AuditEntry.filter(action="spaces.member_removed").count() == 2
    assert (await member.get("/c/atelier/people")).status_code == 404


async def test_who_cannot_be_changed_stops_nobody_else_and_is_named(village: Village) -> None:
    browser = village.client(village.moderator)

    await browser.post(CHANGE, data=_sent("remove", village.owner, village.moderator, village.member))

    page = html.unescape((await browser.get("/c/atelier/people")).text)
    assert "1 person does not belong to the club any more." in page
    assert "Oscar Owner stays as before: This person's role stands above yours" in page
    assert await _roles(village) == {name: role for name, role in UNCHANGED.items() if name != "member"}


async def test_the_last_owner_is_never_caught_in_it(village: Village) -> None:
    everybody = [village.owner, village.moderator, village.member, village.guest]

    by_owner = await change_members(village.club, [one.id for one in everybody], Change("remove"), actor=village.owner)
    by_operator = await change_members(village.club, [village.owner.id], Change("remove"), actor=village.operator)
    down = await change_members(village.club, [village.owner.id], Change("role", "member"), actor=village.operator)

    assert (by_owner.done, by_operator.done, down.done) == (3, 0, 0)
    assert by_operator.refused[0][1] == "This is the last owner of the club. Make somebody else an owner first."
    assert await _roles(village) == {"owner": "owner"}


async def test_the_memberships_of_several_end_after_a_day_and_each_is_told(village: Village) -> None:
    browser = village.client(village.owner)
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    sent = {**_sent("end", village.owner, village.member, village.guest), "until": day.isoformat()}

    page = html.unescape((await browser.post(PREVIEW, data=sent)).text)
    before = await Membership.filter(club=village.club).exclude(expires_at=None).count()
    await browser.post(CHANGE, data=sent)

    assert "The end of 2 memberships changes" in page
    assert before == 0
    ends = {one.user_id: one.expires_at for one in await Membership.filter(club=village.club)}
    midnight = datetime.combine(day, time(23, 59, 59), UTC)
    assert [ends[one.id] for one in (village.owner, village.member, village.guest)] == [None, midnight, midnight]
    assert await AuditEntry.filter(action="spaces.expiry_set").count() == 2
    assert {mail.recipient for mail in await Mail.all()} == {village.member.email, village.guest.email}
    await browser.post(CHANGE, data={**sent, "act": "endless"})
    assert not await Membership.filter(club=village.club).exclude(expires_at=None).exists()


async def test_owners_have_no_end_here_either(village: Village) -> None:
    other = await village.person("Olga Other")
    await village.join(other, village.club, "owner")
    until = datetime.now(UTC) + timedelta(days=3)

    outcome = await change_members(village.club, [other.id], Change("end", until=until), actor=village.owner)

    assert (outcome.done, outcome.refused) == (0, (("Olga Other", "An owner belongs to the club without an end."),))


async def test_two_owners_who_remove_each_other_at_once_leave_one(village: Village) -> None:
    other = await village.person("Olga Other")
    await village.join(other, village.club, "owner")

    async def remove(actor: User, person: User) -> int:
        try:
            return (await change_members(village.club, [person.id], Change("remove"), actor=actor)).done
        except CercleError:
            return 0

    done = await asyncio.gather(remove(village.owner, other), remove(other, village.owner))

    owners = await Membership.filter(club=village.club, role="owner").count()
    assert (sum(done), owners) == (1, 1)


async def test_the_same_change_by_two_at_once_is_made_once(village: Village) -> None:
    people = [await village.person(f"P{number} Extra") for number in range(8)]
    for person in people:
        await village.join(person, village.club)
    numbers = [person.id for person in people]

    outcomes = await asyncio.gather(
        *(
            change_members(village.club, numbers, Change("remove"), actor=who)
            for who in (village.owner, village.moderator)
        )
    )

    assert sum(one.done for one in outcomes) == 8
    assert sum(one.done + len(one.refused) + one.gone for one in outcomes) == 16
    assert await AuditEntry.filter(action="spaces.member_removed").count() == 8


async def test_nobody_gives_a_role_above_their_own(village: Village) -> None:
    browser = village.client(village.moderator)

    preview = await browser.post(PREVIEW, data=_sent("role owner", village.member))
    await browser.post(CHANGE, data=_sent("role owner", village.member))

    assert preview.status_code == 303
    assert await _roles(village) == UNCHANGED


async def test_a_moderator_who_stepped_down_meanwhile_changes_nobody(village: Village) -> None:
    browser = village.client(village.moderator)
    await browser.post(PREVIEW, data=_sent("remove", village.member))
    await change_role(village.club, village.moderator, "member", actor=None)

    answer = await browser.post(CHANGE, data=_sent("remove", village.member))

    assert answer.status_code == 403
    assert "member" in await _roles(village)


async def test_people_of_other_clubs_are_not_reached_or_named(village: Village) -> None:
    person = await village.person("Paul Place")
    await village.join(person, village.public)

    outlook = await look_ahead(village.club, [person.id, 2**31 - 1], Change("remove"), actor=village.owner)
    page = (await village.client(village.owner).post(PREVIEW, data=_sent("remove", person))).text

    assert (outlook.able, outlook.unable, outlook.gone) == ((), (), 2)
    assert "Paul Place" not in page
    assert "1 person does not belong to the club any more." in page


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"act": "remove"},
        {"act": "", "member": ["1"]},
        {"act": "ban", "member": ["1"]},
        {"act": "role ", "member": ["1"]},
        {"act": "role emperor", "member": ["3", "4"]},
        {"act": "role member.nobody", "member": ["3", "4"]},
        {"act": "role member.\x00", "member": ["3"]},
        {"act": "x" * 10_000, "member": ["3"]},
        {"act": "remove", "member": ["0"]},
        {"act": "end", "member": ["3"]},
        {"act": "end", "member": ["3"], "until": "2020-01-01"},
        {"act": "end", "member": ["3"], "until": "9999-12-31"},
        {"act": "end", "member": ["3"], "until": "tomorrow"},
        {"act": "remove", "member": ["99999999999999999999"]},
        {"act": "remove", "member": ["owner"]},
        {"act": "remove", "member": [str(number) for number in range(1, 400)]},
        {"act": "remove", "member": ["3"], "club": "place"},
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_sentence(village: Village, sent: dict[str, object]) -> None:
    browser = village.client(village.owner)

    for path in (PREVIEW, CHANGE):
        answer = await browser.post(path, data=sent)
        shown = (await browser.get("/c/atelier/people")).text
        assert (answer.status_code, "toast-error" in shown or "stays as before" in shown) == (303, True)
    assert await _roles(village) == UNCHANGED


@pytest.mark.parametrize("person,status", [("member", 403), ("guest", 403), ("outsider", 404), ("removed", 404)])
async def test_only_those_who_manage_members(village: Village, person: str, status: int) -> None:
    browser = village.client(getattr(village, person))

    answers = [await browser.post(path, data=_sent("remove", village.guest)) for path in (PREVIEW, CHANGE)]

    assert [one.status_code for one in answers] == [status] * 2
    assert await _roles(village) == UNCHANGED
