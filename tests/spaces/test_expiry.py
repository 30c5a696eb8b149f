"""Memberships for a limited time: who sets the end, who is told, what happens on the day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import Provider
from core.errors import CercleError, Conflict, Forbidden, Invalid, NotFound
from core.models import AuditEntry, Mail
from spaces.models import Membership
from spaces.services import change_role, invite_by_link, leave_club
from spaces.services.ending import end_memberships
from spaces.services.expiry import set_expiry, tell_of_ends
from spaces.services.invitations import accept_invitation
from spaces.services.memberships import add_member, join_club, remove_member


def soon(**span: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**span)


async def belongs(village: Village) -> bool:
    return await Membership.exists(club_id=village.club.id, user_id=village.member.id)


async def place_of(village: Village) -> Membership:
    return await Membership.get(club_id=village.club.id, user_id=village.member.id)


async def expire(village: Village) -> None:
    place = Membership.filter(club_id=village.club.id, user_id=village.member.id)
    await place.update(expires_at=soon(seconds=-2))


async def test_an_end_is_set_and_lifted_with_a_row_and_a_mail_each(village: Village) -> None:
    until = soon(days=30)
    await set_expiry(village.club, village.member, until, actor=village.owner)
    assert (await place_of(village)).expires_at == until
    await set_expiry(village.club, village.member, None, actor=village.owner)
    assert (await place_of(village)).expires_at is None
    log = await AuditEntry.filter(action="spaces.expiry_set").order_by("id")
    assert [(one.before, one.after) for one in log] == [
        ({"until": None}, {"until": until.isoformat()}),
        ({"until": until.isoformat()}, {"until": None}),
    ]
    told = await Mail.filter(recipient=village.member.email).order_by("id")
    assert [one.subject for one in told] == [
        "Your membership in Atelier ends on a day",
        "Your membership in Atelier goes on",
    ]


async def test_saying_the_same_again_changes_nothing(village: Village) -> None:
    until = soon(days=30)
    for _ in range(2):
        await set_expiry(village.club, village.member, until, actor=village.owner)
    assert (await AuditEntry.filter(action="spaces.expiry_set").count(), await Mail.all().count()) == (1, 1)


async def test_an_owner_has_no_end_and_who_becomes_one_loses_theirs(village: Village) -> None:
    with pytest.raises(Conflict):
        await set_expiry(village.club, village.owner, soon(days=3), actor=village.owner)
    await set_expiry(village.club, village.member, soon(days=3), actor=village.owner)
    await change_role(village.club, village.member, "owner", actor=village.owner)
    assert (await place_of(village)).expires_at is None


@pytest.mark.parametrize("until", [timedelta(seconds=-5), timedelta(days=4000)])
async def test_a_day_that_has_passed_or_is_far_away_is_refused(village: Village, until: timedelta) -> None:
    with pytest.raises(Invalid):
        await set_expiry(village.club, village.member, datetime.now(UTC) + until, actor=village.owner)
    assert await AuditEntry.filter(action="spaces.expiry_set").count() == 0


async def test_nobody_limits_a_role_above_their_own_or_somebody_outside(village: Village) -> None:
    await change_role(village.club, village.guest, "moderator", actor=None)
    with pytest.raises(Forbidden):
        await set_expiry(village.club, village.moderator, soon(days=3), actor=village.member)
    with pytest.raises(NotFound):
        await set_expiry(village.club, village.outsider, soon(days=3), actor=village.owner)


async def test_what_follows_from_elsewhere_gets_its_end_there(village: Village) -> None:
    provider = await Provider.create(slug="p", title="P", issuer="https://p.example", client_id="x", client_secret="y")
    for source in ({"is_inherited": True}, {"is_inherited": False, "provider_id": provider.id}):
        await Membership.filter(club_id=village.club.id, user_id=village.member.id).update(**source)
        with pytest.raises(Conflict):
            await set_expiry(village.club, village.member, soon(days=3), actor=village.owner)


async def test_the_job_ends_what_is_over_once_with_a_mail(village: Village) -> None:
    await expire(village)
    await asyncio.gather(end_memberships(), end_memberships())
    await end_memberships()
    assert not await belongs(village)
    log = await AuditEntry.filter(action="spaces.membership_over")
    assert [(one.subject, one.actor_name, one.before) for one in log] == [(village.member.name, "", {"role": "member"})]
    assert [one.subject for one in await Mail.all()] == ["You are no member of Atelier any more"]


async def test_the_job_leaves_those_whose_time_is_to_come(village: Village) -> None:
    await set_expiry(village.club, village.member, soon(hours=1), actor=None)
    await end_memberships()
    assert await belongs(village)


async def test_a_week_before_the_person_and_the_owners_are_told_once(village: Village) -> None:
    await set_expiry(village.club, village.member, soon(days=20), actor=village.owner)
    await tell_of_ends()
    assert await Mail.filter(subject__contains="ends soon").count() == 0
    await Membership.filter(user_id=village.member.id).update(expires_at=soon(days=6))
    await asyncio.gather(tell_of_ends(), tell_of_ends())
    told = await Mail.filter(subject__contains="ends soon").order_by("recipient")
    assert [one.recipient for one in told] == sorted([village.member.email, village.owner.email])
    assert f"/c/atelier/people/{village.member.handle}/edit" in told[1].text


async def test_another_end_is_told_of_again(village: Village) -> None:
    for days in (5, 6):
        await set_expiry(village.club, village.member, soon(days=days), actor=village.owner)
        await tell_of_ends()
    assert await Mail.filter(subject__contains="ends soon", recipient=village.member.email).count() == 2


async def test_who_comes_back_before_the_job_ran_is_a_member_anew(village: Village) -> None:
    await expire(village)
    await add_member(village.club, village.member, "guest", actor=village.owner)
    place = await place_of(village)
    assert (place.role, place.expires_at) == ("guest", None)
    acts = await AuditEntry.filter(club_id=village.club.id).order_by("id")
    assert [one.action for one in acts] == ["spaces.membership_over", "spaces.member_added"]


async def test_a_lapsed_member_is_none_for_every_verb(village: Village) -> None:
    await expire(village)
    for act in (
        change_role(village.club, village.member, "moderator", actor=village.owner),
        remove_member(village.club, village.member, actor=village.owner),
        leave_club(village.club, actor=village.member),
        set_expiry(village.club, village.member, soon(days=3), actor=village.owner),
    ):
        with pytest.raises(NotFound):
            await act


async def test_the_link_of_a_lapsed_inviter_is_dead(village: Village) -> None:
    await Membership.filter(user_id=village.member.id, club_id=village.club.id).update(role="moderator")
    secret = (await invite_by_link(village.club, actor=village.member)).rpartition("/")[2]
    await expire(village)
    with pytest.raises(NotFound):
        await accept_invitation(secret, viewer=village.outsider)


async def test_the_place_of_a_lapsed_member_is_free(village: Village) -> None:
    club = village.club
    await (
        type(club)
        .filter(id=club.id)
        .update(member_limit=await Membership.filter(club_id=club.id).count(), join_policy="open")
    )
    await club.refresh_from_db()
    with pytest.raises(CercleError):
        await join_club(club, actor=village.outsider)
    await expire(village)
    await join_club(club, actor=village.outsider)
    assert await Membership.filter(club_id=club.id, user_id=village.outsider.id).exists()


async def test_the_page_sets_the_last_day_in_the_viewers_zone_and_says_so(village: Village) -> None:
    browser = village.client(village.owner)
    path = f"/c/atelier/people/{village.member.handle}/end"
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    assert (await browser.get(path)).status_code == 200
    assert (await browser.post(path, data={"until": day.isoformat()})).status_code == 303
    place = await place_of(village)
    assert place.expires_at == datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
    assert day.isoformat() in (await browser.get(path)).text
    assert (await browser.post(path, data={"until": ""})).status_code == 303
    assert (await place_of(village)).expires_at is None


@pytest.mark.parametrize("until", ["2001-01-01", "9999-12-31", "0001-01-01", "x" * 10_000, "\x00", "٢٠٢٩-٠١-٠١"])
async def test_a_day_that_is_none_is_refused_on_the_page(village: Village, until: str) -> None:
    path = f"/c/atelier/people/{village.member.handle}/end"
    answer = await village.client(village.owner).post(path, data={"until": until})
    assert answer.status_code == 422
    assert (await place_of(village)).expires_at is None


async def test_members_and_people_outside_cannot_set_ends(village: Village) -> None:
    path = f"/c/atelier/people/{village.guest.handle}/end"
    day = {"until": (datetime.now(UTC) + timedelta(days=4)).date().isoformat()}
    assert (await village.client(village.member).post(path, data=day)).status_code == 403
    assert (await village.client(village.outsider).post(path, data=day)).status_code in (403, 404)
    assert await Membership.filter(expires_at__isnull=False).count() == 0
