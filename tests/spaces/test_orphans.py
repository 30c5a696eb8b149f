"""A club whose last owner is gone is offered to those in it, and one of them takes it over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.errors import CercleError, Conflict, Forbidden, NotFound
from core.models import AuditEntry, Mail
from spaces.models import Club, Membership
from spaces.services.activity import note_ownerless
from spaces.services.orphans import WAIT, look_after_orphans, take_over
from spaces.services.succession import agree, name_successor


@pytest.fixture
async def orphan(village: Village) -> Village:
    """The account of the only owner of the club is closed; other clubs are somebody else's."""
    await (
        Membership.filter(user_id=village.owner.id).exclude(club_id=village.club.id).update(user_id=village.removed.id)
    )
    await User.filter(id=village.owner.id).update(is_active=False)
    return village


async def wait(village: Village) -> None:
    """Two weeks go by."""
    assert await Club.filter(id=village.club.id).update(ownerless_at=datetime.now(UTC) - WAIT) == 1


async def told() -> list[str]:
    found = Mail.filter(subject="Atelier has no owner any more").order_by("recipient")
    return [str(address) for address in await found.values_list("recipient", flat=True)]


async def owners(village: Village) -> list[int]:
    found = Membership.filter(club_id=village.club.id, role="owner", user__is_active=True)
    return [int(str(number)) for number in await found.values_list("user_id", flat=True)]


async def test_moderators_are_told_first_and_members_two_weeks_later_once_each(orphan: Village) -> None:
    await asyncio.gather(look_after_orphans(), look_after_orphans())
    await look_after_orphans()
    assert await told() == [orphan.moderator.email]
    await wait(orphan)
    for _ in range(2):
        await look_after_orphans()
    assert await told() == sorted([orphan.moderator.email, orphan.member.email])


async def test_without_moderators_members_are_asked_at_once(orphan: Village) -> None:
    await Membership.filter(club_id=orphan.club.id, role="moderator").delete()
    await look_after_orphans()
    assert await told() == [orphan.member.email]


async def test_a_club_with_an_owner_is_left_alone(village: Village) -> None:
    await look_after_orphans()
    assert await told() == []
    with pytest.raises(Conflict):
        await take_over(village.club, actor=await village.viewer(village.moderator))


async def test_a_successor_who_is_ready_follows_before_anybody_is_asked(village: Village) -> None:
    await name_successor(village.club, village.member, actor=village.owner)
    await agree(village.club, actor=village.member)
    await User.filter(id=village.owner.id).update(is_active=False)
    await look_after_orphans()
    assert (await told(), await owners(village)) == ([], [village.member.id])


async def test_a_moderator_takes_over_and_members_wait_for_their_turn(orphan: Village) -> None:
    await look_after_orphans()
    member = await orphan.viewer(orphan.member)
    with pytest.raises(Forbidden):
        await take_over(orphan.club, actor=member)
    with pytest.raises(Forbidden):
        await take_over(orphan.club, actor=await orphan.viewer(orphan.guest))
    with pytest.raises(NotFound):
        await take_over(orphan.club, actor=await orphan.viewer(orphan.outsider))
    await wait(orphan)
    await look_after_orphans()
    await take_over(orphan.club, actor=member)
    assert await owners(orphan) == [orphan.member.id]
    log = await AuditEntry.get(action="spaces.club_taken_over")
    assert (log.actor_name, log.before, log.after) == (orphan.member.name, {"role": "member"}, {"role": "owner"})


async def test_of_two_at_once_one_becomes_the_owner(orphan: Village) -> None:
    await Membership.filter(user_id=orphan.member.id, club_id=orphan.club.id).update(role="moderator")
    viewers = [await orphan.viewer(orphan.moderator), await orphan.viewer(orphan.member)]
    answers = await asyncio.gather(*[take_over(orphan.club, actor=one) for one in viewers], return_exceptions=True)
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(error) for error in errors] == [Conflict]
    assert isinstance(errors[0], CercleError)
    assert "somebody was faster" in errors[0].message
    assert len(await owners(orphan)) == 1


async def test_an_owner_who_comes_back_ends_the_offer_and_the_next_one_begins_anew(orphan: Village) -> None:
    await look_after_orphans()
    await wait(orphan)
    await User.filter(id=orphan.owner.id).update(is_active=True)
    await look_after_orphans()
    forgotten = await Club.get(id=orphan.club.id)
    assert (forgotten.ownerless_at, forgotten.offered_to) == (None, "")
    await User.filter(id=orphan.owner.id).update(is_active=False)
    await look_after_orphans()
    with pytest.raises(Forbidden):
        await take_over(orphan.club, actor=await orphan.viewer(orphan.member))


async def test_the_page_offers_it_to_those_whose_turn_it_is(orphan: Village) -> None:
    browser = orphan.client(orphan.moderator)
    for person, status in ((orphan.member, 409), (orphan.outsider, 404), (orphan.guest, 409), (orphan.moderator, 200)):
        assert (await orphan.client(person).get("/c/atelier/take-over")).status_code == status
    assert await owners(orphan) == []
    assert (await browser.post("/c/atelier/take-over")).status_code == 303
    assert await owners(orphan) == [orphan.moderator.id]
    assert (await browser.get("/c/atelier/take-over")).status_code == 409


async def test_operators_find_it_and_name_an_owner(orphan: Village) -> None:
    browser = orphan.client(orphan.operator)
    await note_ownerless()
    listed = (await browser.get("/admin/clubs?only=no_owner")).text
    assert ("/admin/clubs/atelier" in listed, "/admin/clubs/cave" in listed) == (True, False)
    assert "Nobody with an open account owns this club" in (await browser.get("/admin/clubs/atelier")).text
    wrong = await browser.post("/admin/clubs/atelier/owner", data={"person": "nobody@village.example"})
    assert (wrong.status_code, await owners(orphan)) == (303, [])
    named = await browser.post("/admin/clubs/atelier/owner", data={"person": f"@{orphan.outsider.handle}"})
    assert (named.status_code, await owners(orphan)) == (303, [orphan.outsider.id])
    assert "Nobody with an open account owns this club" not in (await browser.get("/admin/clubs/atelier")).text


async def test_only_operators_name_owners_from_the_console(orphan: Village) -> None:
    for person in (orphan.moderator, orphan.outsider):
        answer = await orphan.client(person).post("/admin/clubs/atelier/owner", data={"person": person.handle})
        assert answer.status_code in (403, 404)
    assert await owners(orphan) == []


async def test_a_lapsed_or_removed_moderator_cannot_take_over(orphan: Village) -> None:
    viewer = await orphan.viewer(orphan.moderator)
    places = Membership.filter(user_id=orphan.moderator.id, club_id=orphan.club.id)
    await places.update(expires_at=datetime.now(UTC) - timedelta(seconds=2))
    with pytest.raises(NotFound):
        await take_over(orphan.club, actor=viewer)
