"""Bans: who may not be in a club, by which ways they do not come back, who decides, and what happens at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import Provider
from core.db import atomic
from core.errors import CercleError, Conflict, Forbidden, Invalid, NotFound
from core.models import AuditEntry, Mail
from spaces.models import Ban, Club, GroupRule, Invitation, JoinRequest, Membership
from spaces.services import (
    Banned,
    accept_invitation,
    accept_request,
    change_role,
    hand_in,
    invite_by_link,
    invite_by_mail,
    join_club,
    request_to_join,
    slip_for,
)
from spaces.services.bans import ban_member, lift_ban
from spaces.services.groups import follow_groups
from spaces.services.inviting import bring_into_clubs
from spaces.services.memberships import Coming, add_member, insert_member, remove_member

WHY = "Insulted people at the last meeting."


async def is_member(village: Village, club: Club | None = None) -> bool:
    return await Membership.filter(club_id=(club or village.club).id, user_id=village.member.id).exists()


async def policy(club: Club, word: str) -> Club:
    await Club.filter(id=club.id).update(join_policy=word)
    return await Club.get(id=club.id)


async def test_a_ban_ends_the_membership_and_says_why(village: Village) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    await ban_member(village.club, village.member, f"  {WHY} ", until, actor=village.moderator)
    ban = await Ban.get()
    assert (ban.user_id, ban.reason, ban.until, ban.decided_by_id) == (
        village.member.id,
        WHY,
        until,
        village.moderator.id,
    )
    assert not await is_member(village)
    log = await AuditEntry.get(action="spaces.member_banned")
    assert (log.subject, log.actor_name, log.after) == (
        village.member.name,
        village.moderator.name,
        {"reason": WHY, "until": until.isoformat()},
    )
    mail = await Mail.get(recipient=village.member.email)
    assert (mail.subject, WHY in mail.text, WHY in mail.html) == ("You are banned from Atelier", True, True)


async def test_a_banned_person_is_outside_at_once(village: Village) -> None:
    browser = village.client(village.member)
    assert (await browser.get("/c/atelier/wiki/")).status_code == 200
    await ban_member(village.club, village.member, WHY, actor=village.owner)
    assert (await browser.get("/c/atelier/wiki/")).status_code == 404


async def _joins(village: Village) -> None:
    await join_club(await policy(village.club, "open"), actor=village.member)


async def _asks(village: Village) -> None:
    await request_to_join(village.club, "please", actor=village.member)


async def _follows_a_link(village: Village) -> None:
    secret = (await invite_by_link(village.club, actor=village.owner)).rpartition("/")[2]
    await accept_invitation(secret, viewer=village.member)


async def _is_added(village: Village) -> None:
    await add_member(village.club, village.member, actor=village.owner)


async def _is_added_by_an_operator(village: Village) -> None:
    await add_member(village.club, village.member, actor=village.operator)


@pytest.mark.parametrize("way", [_joins, _asks, _follows_a_link, _is_added, _is_added_by_an_operator])
async def test_no_way_leads_back(village: Village, way: Callable[[Village], Awaitable[None]]) -> None:
    await ban_member(village.club, village.member, WHY, actor=village.owner)
    with pytest.raises(Banned):
        await way(village)
    assert (await is_member(village), await JoinRequest.all().count()) == (False, 0)


async def test_a_refused_link_loses_no_use(village: Village) -> None:
    await ban_member(village.club, village.member, WHY, actor=village.owner)
    secret = (await invite_by_link(village.club, uses=3, actor=village.owner)).rpartition("/")[2]
    with pytest.raises(Banned):
        await accept_invitation(secret, viewer=village.member)
    assert (await Invitation.get()).uses_left == 3


async def test_an_invitation_and_a_request_of_before_end_with_the_ban(village: Village) -> None:
    await invite_by_mail(village.club, village.outsider.email, actor=village.owner)
    await request_to_join(village.club, "please", actor=village.outsider)
    asked = await JoinRequest.get()
    await ban_member(village.club, village.outsider, WHY, actor=village.owner)
    assert (await Invitation.filter(withdrawn_at=None).count(), await JoinRequest.all().count()) == (0, 0)
    with pytest.raises(NotFound):
        await accept_request(village.club, asked.id, actor=village.owner)


async def test_an_undo_slip_of_before_does_not_help(village: Village) -> None:
    owner = await village.viewer(village.owner)
    place = await Membership.get(club_id=village.club.id, user_id=village.member.id)
    slip = slip_for(place, actor=owner)
    await remove_member(village.club, village.member, actor=owner)
    await ban_member(village.club, village.member, WHY, actor=owner)
    with pytest.raises(Banned):
        await hand_in(slip, actor=owner)
    answer = await village.client(village.owner).post("/memberships/return", data={"slip": slip})
    assert (answer.status_code, await is_member(village)) == (303, False)


async def test_groups_parents_and_operators_letters_pass_them_over(village: Village) -> None:
    await ban_member(village.club, village.member, WHY, actor=village.owner)
    provider = await Provider.create(slug="p", title="P", issuer="https://p.example", client_id="x", client_secret="y")
    await GroupRule.create(provider=provider, group="all", club=village.club, role="member")
    await GroupRule.create(provider=provider, group="all", club=village.hidden, role="member")
    assert await follow_groups(village.member, provider, ["all"]) == []
    facts = {"clubs": [village.club.id, village.public.id], "role": "member"}
    inherited = Coming("parent", is_inherited=True)
    async with atomic():
        await bring_into_clubs(village.member, facts, village.operator)
        assert not await insert_member(village.club, village.member.id, "member", actor=None, coming=inherited)
    assert [await is_member(village, club) for club in (village.club, village.hidden, village.public)] == [
        False,
        True,
        True,
    ]


async def test_a_ban_ends_on_its_day(village: Village) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    await ban_member(village.club, village.member, WHY, until, actor=village.owner)
    await Ban.all().update(until=datetime.now(UTC) - timedelta(seconds=1))
    await add_member(village.club, village.member, actor=village.owner)
    assert await is_member(village)
    await ban_member(village.club, village.member, "Again.", actor=village.owner)
    assert [ban.reason for ban in await Ban.all()] == ["Again."]


async def test_a_lifted_ban_opens_the_ways_again_with_a_row_and_a_mail(village: Village) -> None:
    await ban_member(village.club, village.member, WHY, actor=village.owner)
    ban = await Ban.get()
    assert (await lift_ban(village.club, ban.id, actor=village.moderator)).id == village.member.id
    with pytest.raises(NotFound):
        await lift_ban(village.club, ban.id, actor=village.moderator)
    log = await AuditEntry.filter(action="spaces.ban_lifted")
    assert [(one.subject, one.before) for one in log] == [(village.member.name, {"reason": WHY, "until": None})]
    assert await Mail.filter(subject="You are no longer banned from Atelier").count() == 1
    await join_club(await policy(village.club, "open"), actor=village.member)
    assert await is_member(village)


async def test_a_ban_of_another_club_cannot_be_lifted_here(village: Village) -> None:
    await ban_member(village.hidden, village.member, WHY, actor=None)
    with pytest.raises(NotFound):
        await lift_ban(village.club, (await Ban.get()).id, actor=village.owner)


async def test_nobody_bans_above_their_role_themselves_or_the_last_owner(village: Village) -> None:
    with pytest.raises(Forbidden):
        await ban_member(village.club, village.owner, WHY, actor=village.moderator)
    with pytest.raises(Conflict):
        await ban_member(village.club, village.owner, WHY, actor=village.owner)
    with pytest.raises(Conflict):
        await ban_member(village.club, village.owner, WHY, actor=village.operator)
    with pytest.raises(Forbidden):
        await ban_member(village.club, village.member, WHY, actor=village.outsider)
    assert (await Ban.all().count(), await Mail.all().count()) == (0, 0)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
async def test_a_reason_is_needed_and_has_an_end(village: Village, reason: str) -> None:
    with pytest.raises(Invalid):
        await ban_member(village.club, village.member, reason, actor=village.owner)
    assert await is_member(village)


async def test_banning_twice_is_refused_and_mails_once(village: Village) -> None:
    errors = await _at_once(*[ban_member(village.club, village.member, WHY, actor=village.owner) for _ in range(3)])
    assert errors == [Conflict, Conflict]
    assert (await Ban.all().count(), await Mail.all().count()) == (1, 1)


async def test_a_join_and_a_ban_at_once_leave_the_person_outside(village: Village) -> None:
    club = await policy(village.club, "open")
    for number in range(8):
        person = await village.person(f"Racer{number} Race")
        errors = await _at_once(
            join_club(club, actor=person),
            ban_member(club, person, WHY, actor=village.owner),
            join_club(club, actor=person),
        )
        assert set(errors) <= {Banned}
        assert await Ban.filter(user_id=person.id).count() == 1
        assert await Membership.filter(club_id=club.id, user_id=person.id).count() == 0


async def test_a_link_and_a_ban_at_once_leave_the_person_outside(village: Village) -> None:
    secret = (await invite_by_link(village.club, uses=50, actor=village.owner)).rpartition("/")[2]
    for number in range(6):
        person = await village.person(f"Linker{number} Race")
        errors = await _at_once(
            accept_invitation(secret, viewer=person), ban_member(village.club, person, WHY, actor=village.owner)
        )
        assert set(errors) <= {Banned}
        assert await Membership.filter(club_id=village.club.id, user_id=person.id).count() == 0


async def test_two_owners_who_ban_each_other_leave_one(village: Village) -> None:
    await change_role(village.club, village.moderator, "owner", actor=None)
    errors = await _at_once(
        ban_member(village.club, village.owner, WHY, actor=village.moderator),
        ban_member(village.club, village.moderator, WHY, actor=village.owner),
    )
    assert len(errors) == 1
    assert await Membership.filter(club_id=village.club.id, role="owner").count() == 1
    assert await Ban.all().count() == 1


async def test_the_pages_ban_list_and_lift(village: Village) -> None:
    browser, path = village.client(village.moderator), f"/c/atelier/people/{village.member.handle}/ban"
    assert (await browser.get(path)).status_code == 200
    assert (await browser.post(path, data={"reason": "", "until": ""})).status_code == 422
    assert (await browser.post(path, data={"reason": WHY, "until": ""})).status_code == 303
    listed = await browser.get("/c/atelier/people/banned")
    assert (village.member.name in listed.text, WHY in listed.text) == (True, True)
    lifted = await browser.post(f"/c/atelier/people/banned/{(await Ban.get()).id}/lift")
    assert (lifted.status_code, await Ban.all().count()) == (303, 0)


async def test_the_list_is_for_those_who_manage_members(village: Village) -> None:
    answers = [
        (await village.client(person).get("/c/atelier/people/banned")).status_code
        for person in (village.moderator, village.member, village.outsider)
    ]
    assert answers == [200, 403, 404]
    path = f"/c/atelier/people/{village.guest.handle}/ban"
    assert (await village.client(village.member).post(path, data={"reason": WHY})).status_code == 403
    assert await Ban.all().count() == 0


async def test_who_asks_to_join_can_be_banned_and_strangers_cannot(village: Village) -> None:
    browser = village.client(village.owner)
    path = f"/c/atelier/people/{village.outsider.handle}/ban"
    assert (await browser.post(path, data={"reason": WHY})).status_code == 404
    await request_to_join(village.club, "please", actor=village.outsider)
    assert (await browser.post(path, data={"reason": WHY})).status_code == 303
    assert await Ban.filter(user_id=village.outsider.id).count() == 1


async def test_the_page_tells_a_banned_person_in_a_sentence(village: Village) -> None:
    await ban_member(village.club, village.member, WHY, actor=village.owner)
    browser = village.client(village.member)
    answer = await browser.post("/c/atelier/join", data={"message": "please"})
    assert answer.status_code == 303
    assert "you are banned from it" in (await browser.get(answer.headers["location"])).text
    await policy(village.club, "open")
    answer = await browser.post("/c/atelier/join", data={})
    assert "you are banned from it" in (await browser.get(answer.headers["location"])).text


async def test_of_a_hidden_club_a_banned_person_sees_what_a_stranger_sees(village: Village) -> None:
    await village.join(village.member, village.hidden)
    await ban_member(village.hidden, village.member, WHY, actor=village.owner)
    for path in ("/c/cave/", "/c/cave/join", "/c/cave/people/banned"):
        theirs = await village.client(village.member).get(path)
        strangers = await village.client(village.outsider).get(path)
        assert theirs.status_code == strangers.status_code == 404
    secret = (await invite_by_link(village.hidden, actor=village.owner)).rpartition("/")[2]
    answer = await village.client(village.member).post(f"/invitations/{secret}")
    assert answer.status_code == 303
    assert WHY not in (await village.client(village.member).get(f"/invitations/{secret}")).text


async def test_hostile_reasons_are_shown_as_text(village: Village) -> None:
    path = f"/c/atelier/people/{village.member.handle}/ban"
    browser = village.client(village.owner)
    assert (await browser.post(path, data={"reason": "x" * 2_000_000})).status_code in (413, 422)
    assert (await browser.post(path, data={"reason": "<script>alert(1)</script>\x00%(club)s"})).status_code in (
        303,
        422,
    )
    assert "<script>alert(1)" not in (await browser.get("/c/atelier/people/banned")).text
    for mail in await Mail.all():
        assert "<script>alert(1)" not in mail.html


async def _at_once(*acts: Awaitable[Any]) -> list[type[BaseException]]:
    """The errors of those that were refused."""
    answers = await asyncio.gather(*acts, return_exceptions=True)
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    for error in errors:
        if not isinstance(error, CercleError):
            raise error
    return [type(error) for error in errors]
