"""Groups that have the members of the club above: who comes in, who leaves, in step with the club, whatever happens at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import ApiToken, User
from core.errors import CercleError, Conflict, Forbidden, Invalid
from core.models import AuditEntry
from spaces.models import Ban, Club, JoinRequest, Membership
from spaces.services import add_member, change_role, leave_club, remove_member
from spaces.services import inheritance as at_work
from spaces.services.club_groups import move_under, set_inheritance, take_out
from spaces.services.expiry import set_expiry
from spaces.services.inheritance import follow_parents
from spaces.services.leaving import forget_person


async def group_of(village: Village, role: str = "member", *, inherits: bool = True) -> Club:
    """`place` as a group of `atelier`, with its members unless said otherwise."""
    await move_under(village.public, village.club, actor=None)
    group = await Club.get(id=village.public.id)
    if inherits:
        await set_inheritance(group, True, role, actor=None)
    return group


async def places(club: Club) -> dict[str, tuple[str, bool]]:
    """Who belongs to a club, as what, and whether through the club above."""
    found = await Membership.filter(club_id=club.id).select_related("user")
    return {one.user.handle: (one.role, one.is_inherited) for one in found}


async def status(village: Village, person: User, path: str = "/c/place/people") -> int:
    """What a page of the group answers to somebody."""
    return (await village.client(person).get(path)).status_code


@pytest.mark.parametrize(
    ("highest", "moderator", "member"),
    [("guest", "guest", "guest"), ("member", "member", "member"), ("moderator", "moderator", "member")],
)
async def test_nobody_is_more_in_the_group_than_was_decided_and_than_above(
    village: Village, highest: str, moderator: str, member: str
) -> None:
    group = await group_of(village, highest)

    assert await places(group) == {
        "owner": ("owner", False),
        "moderator": (moderator, True),
        "member": (member, True),
        "guest": ("guest", True),
    }


async def test_a_role_of_the_clubs_own_counts_as_what_it_is_like(village: Village) -> None:
    await Membership.filter(club=village.club, user=village.guest).update(role="guest.reader")
    await Membership.filter(club=village.club, user=village.member).update(role="moderator.chair")
    group = await group_of(village, "moderator")
    found = await places(group)
    assert (found["guest"], found["member"]) == (("guest", True), ("moderator", True))


async def test_who_comes_into_the_club_above_comes_into_the_group(village: Village) -> None:
    group = await group_of(village)
    await JoinRequest.create(club=group, user=village.outsider)

    await add_member(village.club, village.outsider, "member", actor=None)

    assert (await places(group))["outsider"] == ("member", True)
    assert await status(village, village.outsider) == 200
    assert not await JoinRequest.exists(club=group)
    place = await Membership.get(club=group, user=village.outsider)
    assert place.came_by == "parent"
    row = await AuditEntry.filter(action="spaces.member_added", club_id=group.id, subject="Otto Outsider").get()
    assert row.after == {"role": "member", "came_by": "parent"}


async def test_who_leaves_the_club_above_leaves_the_group_at_once(village: Village) -> None:
    group = await group_of(village)
    assert await status(village, village.member) == 200

    await leave_club(village.club, actor=village.member)

    assert "member" not in await places(group)
    assert await status(village, village.member) == 404
    row = await AuditEntry.get(action="spaces.member_removed", club_id=group.id)
    assert (row.subject, row.before) == ("Max Member", {"role": "member", "came_by": "parent"})


async def test_a_membership_of_the_groups_own_outlives_the_one_above(village: Village) -> None:
    await village.join(village.member, village.public, "moderator")
    group = await group_of(village)
    assert (await places(group))["member"] == ("moderator", False)

    await remove_member(village.club, village.member, actor=village.owner)

    assert (await places(group))["member"] == ("moderator", False)


async def test_another_role_above_follows_and_one_given_here_is_the_persons_own(village: Village) -> None:
    group = await group_of(village, "moderator")
    await change_role(village.club, village.member, "moderator", actor=village.owner)
    assert (await places(group))["member"] == ("moderator", True)
    await change_role(village.club, village.member, "guest", actor=village.owner)
    assert (await places(group))["member"] == ("guest", True)

    await change_role(group, village.member, "moderator", actor=village.owner)

    assert (await places(group))["member"] == ("moderator", False)
    await follow_parents()
    assert (await places(group))["member"] == ("moderator", False)


async def test_an_end_above_is_an_end_in_the_group(village: Village) -> None:
    group = await group_of(village)
    until = datetime.now(UTC) + timedelta(days=3)
    await set_expiry(village.club, village.member, until, actor=village.owner)
    assert (await Membership.get(club=group, user=village.member)).expires_at == until
    await set_expiry(village.club, village.member, None, actor=village.owner)
    assert (await Membership.get(club=group, user=village.member)).expires_at is None


async def test_when_the_time_above_is_over_the_group_is_closed(village: Village) -> None:
    group = await group_of(village)
    past = datetime.now(UTC) - timedelta(hours=1)
    await Membership.filter(club=village.club, user=village.member).update(expires_at=past)
    await village.settle()
    assert "member" not in await places(group)


async def test_nobody_leaves_or_is_removed_from_a_group_that_would_have_them_back(village: Village) -> None:
    group = await group_of(village)
    browser = village.client(village.member)
    page = (await browser.get("/c/place/leave")).text
    assert ("/clubs/mine/mute" in page, 'action="/c/place/leave"' in page) == (True, False)
    answer = await browser.post("/c/place/leave")
    assert (answer.status_code, "you belong to the club above it" in answer.text) == (409, True)
    with pytest.raises(Conflict):
        await remove_member(group, village.member, actor=village.owner)
    assert (await places(group))["member"] == ("member", True)


async def test_who_is_banned_in_the_group_does_not_come_in_through_the_club_above(village: Village) -> None:
    await Ban.create(club=village.public, user=village.member, reason="noise")
    group = await group_of(village)
    assert "member" not in await places(group)
    await change_role(village.club, village.member, "moderator", actor=None)
    await follow_parents()
    assert "member" not in await places(group)
    await Ban.filter(club=group).update(until=datetime.now(UTC) - timedelta(days=1))
    await follow_parents()
    assert (await places(group))["member"] == ("member", True)


async def test_a_ban_ends_an_inherited_membership(village: Village) -> None:
    group = await group_of(village)
    await Ban.create(club=group, user=village.member, reason="noise")
    await remove_member(group, village.member, actor=village.owner)
    assert "member" not in await places(group)
    await follow_parents()
    assert "member" not in await places(group)


async def test_a_full_group_takes_as_many_as_fit_and_the_club_above_is_not_held_up(village: Village) -> None:
    await Club.filter(id=village.public.id).update(member_limit=2)
    group = await group_of(village)
    assert len(await places(group)) == 2
    await add_member(village.club, village.outsider, "member", actor=None)
    assert (len(await places(group)), "outsider" in await places(village.club)) == (2, True)
    page = await village.client(village.owner).get("/c/place/settings/group")
    assert "3 people of the club above are not in the group yet" in page.text
    await Club.filter(id=group.id).update(member_limit=None)
    await follow_parents()
    assert len(await places(group)) == 5


async def test_turning_it_off_asks_first_and_then_takes_access_at_once(village: Village) -> None:
    group = await group_of(village)
    browser = village.client(village.owner)

    asked = await browser.post("/c/place/settings/group", data={"role": "member"})
    assert (asked.status_code, "3 people lose access" in asked.text) == (200, True)
    assert len(await places(group)) == 4

    assert (
        await browser.post("/c/place/settings/group", data={"role": "member", "confirmed": "true"})
    ).status_code == 303
    assert await places(group) == {"owner": ("owner", False)}
    assert await status(village, village.member) == 404
    row = await AuditEntry.filter(action="spaces.inheritance_set").order_by("-id").first()
    assert row is not None
    assert (row.before["inherits_members"], row.after["inherits_members"]) == (True, False)


async def test_of_a_large_club_everybody_loses_access_at_once_and_the_job_does_the_rest(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where in (at_work, __import__("spaces.services.club_groups", fromlist=["BATCH"])):
        monkeypatch.setattr(where, "BATCH", 1)
    group = await group_of(village)
    assert len(await places(group)) == 2
    await follow_parents()
    assert len(await places(group)) == 4

    await set_inheritance(group, False, "member", actor=None)

    assert len(await places(group)) == 3
    assert [await status(village, one) for one in (village.moderator, village.member, village.guest)] == [404] * 3
    await follow_parents()
    assert await places(group) == {"owner": ("owner", False)}


async def test_taking_the_group_out_ends_what_came_from_above(village: Village) -> None:
    group = await group_of(village)
    browser = village.client(village.owner)
    assert "3 people lose access" in (await browser.post("/c/place/settings/group/leave")).text
    await take_out(group, actor=village.owner)
    assert await places(group) == {"owner": ("owner", False)}
    await follow_parents()
    assert await places(group) == {"owner": ("owner", False)}


async def test_who_does_not_own_the_club_above_does_not_draw_its_members_in(village: Village) -> None:
    group = await group_of(village, inherits=False)
    await village.join(village.outsider, group, "owner")
    with pytest.raises(Forbidden):
        await set_inheritance(group, True, "member", actor=village.outsider)
    answer = await village.client(village.outsider).post(
        "/c/place/settings/group", data={"inherits": "true", "role": "member"}
    )
    assert (answer.status_code, len(await places(group))) == (403, 2)


async def test_a_group_never_gives_ownership(village: Village) -> None:
    group = await group_of(village, inherits=False)
    with pytest.raises(Invalid):
        await set_inheritance(group, True, "owner", actor=None)
    answer = await village.client(village.owner).post(
        "/c/place/settings/group", data={"inherits": "1", "role": "owner"}
    )
    assert (answer.status_code, len(await places(group))) == (422, 1)


async def test_what_went_out_of_step_is_mended(village: Village) -> None:
    group = await group_of(village)
    await Membership.filter(club=village.club, user=village.member).delete()
    await Membership.filter(club=group, user=village.guest).delete()
    await Membership.filter(club=group, user=village.moderator).update(role="guest")

    await follow_parents()
    await follow_parents()

    assert await places(group) == {
        "owner": ("owner", False),
        "moderator": ("member", True),
        "guest": ("guest", True),
    }


async def test_a_deleted_account_leaves_group_and_club_whatever_came_first(village: Village) -> None:
    group = await group_of(village)  # `place` is younger than `atelier`; below, an older club follows a younger one
    await forget_person(village.member)
    assert ("member" in await places(group), "member" in await places(village.club)) == (False, False)

    await take_out(group, actor=None)
    await village.join(village.guest, village.hidden)
    await move_under(village.club, village.hidden, actor=None)
    await set_inheritance(await Club.get(id=village.club.id), True, "member", actor=None)
    await forget_person(village.guest)
    assert ("guest" in await places(village.club), "guest" in await places(village.hidden)) == (False, False)


async def test_joining_leaving_and_turning_at_once_end_in_step(village: Village) -> None:
    group = await group_of(village, inherits=False)
    done = await asyncio.gather(
        set_inheritance(group, True, "member", actor=None),
        add_member(village.club, village.outsider, "member", actor=None),
        remove_member(village.club, village.member, actor=village.owner),
        change_role(village.club, village.guest, "member", actor=village.owner),
        return_exceptions=True,
    )
    assert all(one is None or isinstance(one, CercleError) for one in done), done
    await follow_parents()
    above, here = await places(village.club), await places(group)
    assert set(here) == set(above)
    assert (here["guest"], "member" in here) == (("member", True), False)


async def test_the_home_of_somebody_in_a_group_is_as_quick(village: Village) -> None:
    browser = village.client(village.member)
    await browser.get("/c/atelier/home")
    with village.queries() as before:
        await browser.get("/c/atelier/home")
    await group_of(village)
    await browser.get("/c/place/home")
    with village.queries() as after:
        await browser.get("/c/place/home")
    assert after.count == before.count


async def test_a_script_reads_and_changes_what_holds_in_a_group(village: Village) -> None:
    script = village.api(village.owner)
    made = await script.post("clubs/atelier/groups", json={"name": "Soudure", "inherits": True})
    assert (made.status_code, made.json()["members"], made.headers["location"]) == (201, 4, "/api/v1/clubs/soudure")
    assert [one["slug"] for one in (await script.get("clubs/atelier/groups")).json()["items"]] == ["soudure"]
    shown = (await script.get("clubs/soudure/group")).json()
    assert (shown["parent"], shown["inherits"], shown["inherited"], shown["missing"]) == ("atelier", True, 3, 0)
    off = await script.put("clubs/soudure/group", json={"inherits": False})
    assert (off.status_code, off.json()["members"]) == (200, 1)
    assert (await script.get("clubs/atelier/group")).json()["parent"] is None
    for person in (village.member, village.outsider):
        refused = await village.api(person).put("clubs/soudure/group", json={"inherits": True})
        assert refused.status_code in (403, 404)
    assert (await village.api(village.outsider).post("clubs/atelier/groups", json={"name": "X"})).status_code in (
        403,
        404,
    )


async def test_a_token_for_the_group_alone_does_not_draw_people_out_of_the_club_above(village: Village) -> None:
    group = await group_of(village, inherits=False)
    script = village.api(village.owner)
    await script.get("me")
    await ApiToken.filter(user_id=village.owner.id).update(clubs=str(group.id))
    answer = await script.put("clubs/place/group", json={"inherits": True})
    assert (answer.status_code, len(await places(group))) == (403, 1)


async def test_when_the_club_above_is_erased_its_members_leave_the_group(village: Village) -> None:
    group = await group_of(village)
    await Club.filter(id=village.club.id).delete()
    await follow_parents()
    assert await places(group) == {"owner": ("owner", False)}


async def test_nobody_of_an_erased_club_is_taken_along_to_another_one(village: Village) -> None:
    group = await group_of(village)
    await Club.filter(id=village.club.id).delete()
    await move_under(group, village.hidden, actor=None)
    assert await places(group) == {"owner": ("owner", False)}
    assert not (await Club.get(id=group.id)).inherits_members
