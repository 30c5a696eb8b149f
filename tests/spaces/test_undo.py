"""What ends with a button can be taken back with another: memberships, roles, switches, invitations, the archive."""

from __future__ import annotations

import html
import re

import httpx

from cercle.testing import Village
from spaces.models import Club, ClubPlugin, Invitation, Membership

UNDO = re.compile(r'<form class="toast-undo" method="post" action="([^"]+)">(.*?)<button', re.DOTALL)
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


async def test_a_removed_member_is_brought_back_as_they_were(village: Village) -> None:
    owner = village.client(village.owner)
    before = await Membership.get(club=village.club, user=village.moderator)
    await owner.post(f"/c/atelier/people/{village.moderator.handle}/remove")
    gone = await Membership.filter(club=village.club, user=village.moderator).exists()
    answer = await _undo(owner, "/c/atelier/people")

    assert gone is False
    assert answer.headers["location"] == "/c/atelier/people"
    after = await Membership.get(club=village.club, user=village.moderator)
    assert (after.role, after.joined_at) == (before.role, before.joined_at)
    assert (await owner.post("/memberships/return", data={"slip": "nothing"})).status_code == 404


async def test_who_left_a_hidden_club_by_mistake_comes_back(village: Village) -> None:
    await village.join(village.member, village.hidden)
    member = village.client(village.member)
    await member.post("/c/cave/leave")
    address, fields = _button((await member.get("/")).text)
    outside = (await member.get("/c/cave/")).status_code
    answer = await member.post(address, data=fields)

    assert outside == 404
    assert answer.headers["location"] == "/c/cave/"
    assert await Membership.filter(club=village.hidden, user=village.member, role="member").exists()


async def test_a_slip_is_good_for_who_ended_the_membership_alone(village: Village) -> None:
    owner = village.client(village.owner)
    await owner.post(f"/c/atelier/people/{village.member.handle}/remove")
    address, fields = _button((await owner.get("/c/atelier/people")).text)

    for other in (village.member, village.moderator, village.outsider):
        assert (await village.client(other).post(address, data=fields)).status_code == 404
    assert (await village.client().post(address, data=fields)).status_code == 303  # to the sign-in
    forged = {"slip": fields["slip"][:-3] + "abc"}
    assert (await owner.post(address, data=forged)).status_code == 404
    assert not await Membership.filter(club=village.club, user=village.member).exists()


async def test_a_slip_asks_for_the_right_again(village: Village) -> None:
    moderator = village.client(village.moderator)
    await moderator.post(f"/c/atelier/people/{village.member.handle}/remove")
    address, fields = _button((await moderator.get("/c/atelier/people")).text)
    await Membership.filter(club=village.club, user=village.moderator).update(role="guest")

    assert (await moderator.post(address, data=fields)).status_code == 403
    assert not await Membership.filter(club=village.club, user=village.member).exists()


async def test_a_role_a_switch_and_the_archive_go_back(village: Village) -> None:
    owner = village.client(village.owner)
    await owner.post(f"/c/atelier/people/{village.member.handle}", data={"role": "guest"})
    await _undo(owner, "/c/atelier/people")
    await owner.post("/c/atelier/settings/plugins/wiki", data={"state": "off"})
    await _undo(owner, "/c/atelier/settings/plugins")
    await owner.post("/c/atelier/settings/archive")
    await _undo(owner, "/c/atelier/settings/archive")

    assert (await Membership.get(club=village.club, user=village.member)).role == "member"
    assert (await ClubPlugin.get(club=village.club, plugin="wiki")).effective == "on"
    assert (await Club.get(slug="atelier")).archived_at is None


async def test_an_invitation_that_was_withdrawn_works_again(village: Village) -> None:
    owner = village.client(village.owner)
    page = await owner.post("/c/atelier/invitations/link", data={"role": "member", "uses": "2", "days": "3"})
    link = re.search(r'value="[^"]*(/invitations/[^"]+)"', page.text)
    made = await Invitation.get(club=village.club)
    await owner.post(f"/c/atelier/invitations/{made.id}/withdraw")
    withdrawn = (await village.client().get(link[1])).status_code if link else 0
    await _undo(owner, "/c/atelier/invitations")

    assert (withdrawn, (await village.client().get(link[1])).status_code if link else 0) == (404, 200)
    restore = f"/c/atelier/invitations/{made.id}/restore"
    assert (await owner.post(restore)).status_code == 404
    for person, status in ((village.member, 403), (village.outsider, 404)):
        assert (await village.client(person).post(restore)).status_code == status


async def _undo(browser: httpx.AsyncClient, path: str) -> httpx.Response:
    """Press the button of the message that stands on the next page."""
    address, fields = _button((await browser.get(path)).text)
    return await browser.post(address, data=fields)


def _button(page: str) -> tuple[str, dict[str, str]]:
    found = UNDO.search(page)
    assert found, "no message with a way back"
    return html.unescape(found[1]), {name: html.unescape(value) for name, value in FIELD.findall(found[2])}
