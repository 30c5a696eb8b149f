"""An owner names who follows; when the last owner goes, in whichever way, the successor owns the club in the same moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.accounts.services import farewell, leaving, operators
from core.errors import Conflict, Forbidden, NotFound
from core.models import AuditEntry, Mail
from spaces.models import Club, Membership
from spaces.services import change_role, leave_club
from spaces.services.bans import ban_member
from spaces.services.memberships import remove_member
from spaces.services.succession import agree, decline, name_successor, succeed


async def agreed(village: Village) -> Club:
    """The member is the successor in the club."""
    await name_successor(village.club, village.member, actor=village.owner)
    await agree(village.club, actor=village.member)
    return await Club.get(id=village.club.id)


async def owners(village: Village) -> list[str]:
    found = Membership.filter(club_id=village.club.id, role="owner").order_by("user__handle")
    return [str(handle) for handle in await found.values_list("user__handle", flat=True)]


async def test_naming_asks_by_mail_and_changes_nothing_yet(village: Village) -> None:
    await name_successor(village.club, village.member, actor=village.owner)
    mail = await Mail.get()
    assert (mail.recipient, mail.subject) == (village.member.email, "Would you run Atelier one day?")
    assert "/c/atelier/succession" in mail.text
    with pytest.raises(Conflict):
        await leave_club(village.club, actor=village.owner)
    assert await owners(village) == [village.owner.handle]
    log = await AuditEntry.get(action="spaces.successor_named")
    assert (log.before, log.after) == ({"successor": None}, {"successor": village.member.id})


async def test_the_last_owner_may_leave_when_a_successor_is_ready(village: Village) -> None:
    await agreed(village)
    await Membership.filter(user_id=village.member.id).update(expires_at=datetime.now(UTC) + timedelta(days=3))
    await leave_club(village.club, actor=village.owner)
    assert await owners(village) == [village.member.handle]
    place = await Membership.get(club_id=village.club.id, user_id=village.member.id)
    club = await Club.get(id=village.club.id)
    assert (place.expires_at, club.successor_id, club.successor_agreed_at) == (None, None, None)
    log = await AuditEntry.get(action="spaces.succeeded")
    assert (log.subject, log.before, log.after) == (village.member.name, {"role": "member"}, {"role": "owner"})
    assert await Mail.filter(recipient=village.member.email, subject="You are the owner of Atelier now").count() == 1


async def test_while_another_owner_is_left_nobody_follows(village: Village) -> None:
    await agreed(village)
    await change_role(village.club, village.moderator, "owner", actor=None)
    await leave_club(village.club, actor=village.owner)
    assert await owners(village) == [village.moderator.handle]


@pytest.mark.parametrize("way", ["removed", "banned", "suspended", "leaves the site", "erased"])
async def test_however_the_last_owner_goes_the_successor_follows(village: Village, way: str) -> None:
    await agreed(village)
    await Membership.filter(user_id=village.owner.id).exclude(club_id=village.club.id).delete()
    owner = await User.get(id=village.owner.id)
    if way == "removed":
        await remove_member(village.club, owner, actor=village.operator)
    elif way == "banned":
        await ban_member(village.club, owner, "Why not.", actor=village.operator)
    elif way == "suspended":
        await operators.deactivate(owner, actor=None)
    elif way == "leaves the site":
        await farewell.begin_leaving(owner, actor=None)
    else:
        await leaving.erase_person(village.app, owner, actor=None)
    assert village.member.handle in await owners(village)
    assert await Membership.filter(club_id=village.club.id, role="owner", user__is_active=True).count() == 1


@pytest.mark.parametrize("flaw", ["gone", "lapsed", "closed", "not asked to the end", "taken back", "declined"])
async def test_a_successor_who_is_not_ready_does_not_follow(village: Village, flaw: str) -> None:
    await agreed(village)
    places = Membership.filter(club_id=village.club.id, user_id=village.member.id)
    if flaw == "gone":
        await places.delete()
    elif flaw == "lapsed":
        await places.update(expires_at=datetime.now(UTC) - timedelta(seconds=2))
    elif flaw == "closed":
        await User.filter(id=village.member.id).update(is_active=False)
    elif flaw == "not asked to the end":
        await Club.filter(id=village.club.id).update(successor_agreed_at=None)
    elif flaw == "taken back":
        await name_successor(village.club, None, actor=village.owner)
    else:
        await decline(village.club, actor=village.member)
    with pytest.raises(Conflict):
        await leave_club(village.club, actor=village.owner)
    assert await owners(village) == [village.owner.handle]


async def test_only_owners_name_and_only_members_are_named(village: Village) -> None:
    with pytest.raises(Forbidden):
        await name_successor(village.club, village.member, actor=village.moderator)
    with pytest.raises(NotFound):
        await name_successor(village.club, village.outsider, actor=village.owner)
    with pytest.raises(Conflict):
        await name_successor(village.club, village.owner, actor=village.owner)
    assert (await Club.get(id=village.club.id)).successor_id is None


async def test_nobody_else_agrees_or_declines(village: Village) -> None:
    await name_successor(village.club, village.member, actor=village.owner)
    for act in (agree(village.club, actor=village.guest), decline(village.club, actor=village.guest)):
        with pytest.raises(Conflict):
            await act
    club = await Club.get(id=village.club.id)
    assert (club.successor_id, club.successor_agreed_at) == (village.member.id, None)


async def test_another_name_needs_another_yes(village: Village) -> None:
    await agreed(village)
    await name_successor(village.club, village.moderator, actor=village.owner)
    assert (await Club.get(id=village.club.id)).successor_agreed_at is None


async def test_two_owners_who_leave_at_once_leave_the_successor(village: Village) -> None:
    await agreed(village)
    await change_role(village.club, village.moderator, "owner", actor=None)
    await asyncio.gather(
        leave_club(village.club, actor=village.owner), leave_club(village.club, actor=village.moderator)
    )
    assert await owners(village) == [village.member.handle]
    assert await AuditEntry.filter(action="spaces.succeeded").count() == 1


async def test_without_anybody_named_nothing_is_done(village: Village) -> None:
    assert not await succeed(village.club, actor=None)
    assert await owners(village) == [village.owner.handle]


async def test_the_pages_name_agree_and_say_so_before_leaving(village: Village) -> None:
    owner, member = village.client(village.owner), village.client(village.member)
    assert (await owner.get("/c/atelier/settings/successor")).status_code == 200
    assert "You are its last owner. Make somebody else" in (await owner.get("/c/atelier/leave")).text
    path = "/c/atelier/settings/successor"
    assert (await owner.post(path, data={"handle": "nobody-here"})).status_code == 422
    assert (await owner.post(path, data={"handle": f"@{village.member.handle}"})).status_code == 303
    for _ in range(2):  # a scanner of mails looks, and nothing follows from it
        assert (await member.get("/c/atelier/succession")).status_code == 200
    assert (await Club.get(id=village.club.id)).successor_agreed_at is None
    assert (await member.post("/c/atelier/succession")).status_code == 303
    assert "becomes its owner when you leave" in (await owner.get("/c/atelier/leave")).text
    assert (await owner.post("/c/atelier/leave")).status_code == 303
    assert await owners(village) == [village.member.handle]


async def test_the_pages_are_closed_to_everybody_else(village: Village) -> None:
    await name_successor(village.club, village.member, actor=village.owner)
    for person, status in ((village.guest, 409), (village.moderator, 409), (village.outsider, 404)):
        browser = village.client(person)
        assert (await browser.get("/c/atelier/succession")).status_code == status
        assert (await browser.post("/c/atelier/succession")).status_code == status
    assert (await village.client(village.member).get("/c/atelier/settings/successor")).status_code == 403
    assert (await Club.get(id=village.club.id)).successor_agreed_at is None
