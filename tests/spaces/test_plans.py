"""Plans: a club stores and takes in as much as its plan, its kind's or everybody's allows; at once and for one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.errors import CercleError, Invalid, TooLarge
from core.i18n import speaking
from core.models import AuditEntry
from core.sizes import read_size, write_size
from spaces.models import Club, ClubPlan, JoinRequest, Membership
from spaces.queries.plans import plan_of
from spaces.services import (
    ClubFull,
    NewPlan,
    accept_invitation,
    accept_request,
    add_member,
    create_club,
    invite_by_link,
    join_club,
    remove_member,
    request_to_join,
    set_club_plan,
    set_plans,
    update_club,
)
from spaces.services.invitations import accept_invitation_as_new
from spaces.space import take_space

MB = 1024**2
GB = 1024**3


async def _limits(slug: str) -> tuple[int | None, int | None]:
    club = await Club.get(slug=slug)
    return club.quota, club.member_limit


async def _members(club: Club) -> int:
    return await Membership.filter(club_id=club.id).count()


async def _fill(village: Village, free: int = 0) -> int:
    """Gives the club a limit that leaves so many places; answers the limit."""
    limit = await _members(village.club) + free
    await set_club_plan(village.club, NewPlan(None, limit), actor=None)
    return limit


async def test_a_limit_falls_back_to_the_next_wider_plan(village: Village) -> None:
    await set_plans([NewPlan(10 * GB, 100), NewPlan(None, 50, kind="team")], actor=None)
    await set_club_plan(village.club, NewPlan(2 * GB, None, "a large archive"), actor=None)
    assert await _limits("atelier") == (2 * GB, 50)
    assert await _limits("cave") == (10 * GB, 50)

    plan = await plan_of(await Club.get(slug="atelier"))
    assert (plan.storage.source, plan.storage.reason, plan.members.source) == ("club", "a large archive", "kind")

    await set_plans([NewPlan(None, None, kind="team")], actor=None)
    await set_club_plan(village.club, NewPlan(None, None), actor=None)
    assert await _limits("atelier") == (10 * GB, 100)
    await set_plans([NewPlan(None, None)], actor=None)
    assert await _limits("atelier") == (None, None)
    assert await ClubPlan.all().count() == 0


async def test_a_plan_is_written_into_every_club_with_the_same_number_of_queries(village: Village) -> None:
    with village.queries() as few:
        await set_plans([NewPlan(1 * GB, None)], actor=None)
    await Club.bulk_create([Club(slug=f"c{number}", name=f"C{number}", kind="team") for number in range(300)])
    with village.queries() as many:
        await set_plans([NewPlan(2 * GB, 7)], actor=None)

    assert many.count == few.count
    assert set(await Club.all().values_list("quota", "member_limit")) == {(2 * GB, 7)}


async def test_a_new_club_and_one_of_another_kind_take_the_plan_over(village: Village) -> None:
    await set_plans([NewPlan(3 * GB, 30, kind="team"), NewPlan(5 * GB, 50, kind="trade")], actor=None)

    made = await create_club(name="Neu", kind="trade", actor=village.operator)
    moved = await update_club(village.club, kind="trade", actor=village.operator)

    assert (made.quota, made.member_limit) == (5 * GB, 50)
    assert (moved.quota, moved.member_limit) == (5 * GB, 50)
    assert await _limits("atelier") == (5 * GB, 50)


async def test_the_storage_of_a_plan_is_the_storage_of_the_club(village: Village) -> None:
    await set_plans([NewPlan(2 * MB, None)], actor=None)
    await take_space(village.club.id, 2 * MB)
    with pytest.raises(TooLarge):
        await take_space(village.club.id, 1)
    await set_club_plan(village.club, NewPlan(3 * MB, None), actor=None)
    await take_space(village.club.id, 1)


@pytest.mark.parametrize(
    "plan, field",
    [
        (NewPlan(1, None), "quota"),
        (NewPlan(2**60, None), "quota"),
        (NewPlan(None, 0), "members"),
        (NewPlan(None, 2**31), "members"),
        (NewPlan(GB, None, "x" * 301), "reason"),
        (NewPlan(GB, None, kind="choir"), "kind"),
    ],
)
async def test_a_wrong_plan_is_refused_by_the_name_of_its_field(village: Village, plan: NewPlan, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await set_plans([NewPlan(GB, 5), plan], actor=None)
    assert list(refused.value.errors) == [field]
    assert await ClubPlan.all().count() == 0
    assert await _limits("atelier") == (None, None)


async def test_both_sides_of_a_plan_are_in_the_audit_log(village: Village) -> None:
    operator = await village.viewer(village.operator)
    await set_club_plan(village.club, NewPlan(GB, None, "first"), actor=operator)
    await set_club_plan(village.club, NewPlan(GB, 9, "second"), actor=operator)

    entries = await AuditEntry.filter(action="spaces.plan_set").order_by("id")
    assert [(one.actor_id, one.club_id, one.subject) for one in entries] == [
        (village.operator.id, village.club.id, "atelier")
    ] * 2
    assert entries[1].before == {"quota": GB, "member_limit": None, "reason": "first"}
    assert entries[1].after == {"quota": GB, "member_limit": 9, "reason": "second"}


async def test_nobody_comes_into_a_full_club_by_any_way(village: Village) -> None:
    await request_to_join(village.club, actor=village.outsider)
    asked = await JoinRequest.get(user_id=village.outsider.id)
    secret = (await invite_by_link(village.club, actor=village.owner)).rpartition("/")[2]
    limit = await _fill(village)

    ways: list[Awaitable[Any]] = [
        accept_request(village.club, asked.id, actor=village.owner),
        accept_invitation(secret, viewer=village.outsider),
        accept_invitation_as_new(secret, "Nora New", "nora@example.org", "a long enough password"),
        add_member(village.club, village.outsider, actor=village.owner),
        add_member(village.club, village.outsider, "guest", actor=None),
    ]
    for way in ways:
        with pytest.raises(ClubFull):
            await way
    await Club.filter(id=village.club.id).update(join_policy="open")
    with pytest.raises(ClubFull):
        await join_club(await Club.get(id=village.club.id), actor=village.outsider)

    assert await _members(village.club) == limit
    assert await JoinRequest.filter(id=asked.id).count() == 1
    assert not await User.exists(email="nora@example.org")


async def test_who_belongs_to_a_full_club_already_is_not_turned_away(village: Village) -> None:
    secret = (await invite_by_link(village.club, actor=village.owner)).rpartition("/")[2]
    await _fill(village)

    assert (await accept_invitation(secret, viewer=village.member)).id == village.club.id


async def test_of_many_who_come_at_once_as_many_get_in_as_there_are_places(village: Village) -> None:
    people = [await village.person(f"{name} Eager") for name in ("Ana", "Ben", "Cleo", "Dan", "Eve", "Fay")]
    await Club.filter(id=village.club.id).update(join_policy="open")
    limit = await _fill(village, free=2)
    club = await Club.get(id=village.club.id)

    refused = await _all_at_once(
        *(join_club(club, actor=person) for person in people[:3]),
        *(add_member(club, person, "guest", actor=village.owner) for person in people[3:]),
    )

    assert refused == [ClubFull] * 4
    assert await _members(club) == limit


async def test_a_removal_is_not_taken_back_when_the_place_is_gone(village: Village) -> None:
    await _fill(village)
    owner = village.client(village.owner)
    page = await owner.post(f"/c/atelier/people/{village.member.handle}/remove", follow_redirects=True)
    slip = page.text.split('name="slip" value="')[1].split('"')[0]
    await add_member(village.club, village.outsider, actor=None)

    answer = await owner.post("/memberships/return", data={"slip": slip}, follow_redirects=True)

    assert "The club has reached its" in answer.text
    assert not await Membership.exists(club_id=village.club.id, user_id=village.member.id)
    await remove_member(village.club, village.outsider, actor=None)
    await owner.post("/memberships/return", data={"slip": slip})
    assert await Membership.exists(club_id=village.club.id, user_id=village.member.id)


async def test_a_limit_below_the_present_number_removes_nobody(village: Village) -> None:
    before = await _members(village.club)
    await set_plans([NewPlan(None, 1)], actor=None)

    assert await _members(village.club) == before
    page = (await village.client(village.operator).get("/admin/plans")).text
    above = page.partition("Clubs above their plan")[2].partition("Clubs with a plan")[0]
    assert 'href="/admin/clubs/atelier"' in above
    assert f"{before} of 1" in above
    await remove_member(village.club, village.member, actor=None)
    with pytest.raises(ClubFull):
        await add_member(village.club, village.member, actor=None)


async def test_people_are_told_why_they_do_not_get_in_and_keep_what_they_typed(village: Village) -> None:
    secret = (await invite_by_link(village.club, actor=village.owner)).rpartition("/")[2]
    await request_to_join(village.club, actor=village.outsider)
    asked = await JoinRequest.get(user_id=village.outsider.id)
    limit = await _fill(village)

    outsider, owner = village.client(village.outsider), village.client(village.owner)
    told = await outsider.post(f"/invitations/{secret}", follow_redirects=True)
    new = await village.client().post(
        f"/invitations/{secret}/account",
        data={"name": "Nora New", "email": "nora@example.org", "password": "a long enough password"},
    )
    answered = await owner.post(f"/c/atelier/requests/{asked.id}/accept", follow_redirects=True)

    assert "This club is full at the moment" in told.text
    assert f"{limit} members" not in told.text
    assert new.status_code == 422
    assert 'value="nora@example.org"' in new.text
    assert f"The club has reached its {limit} members. Ask the operator" in answered.text
    assert f"It has reached its {limit} members" in (await owner.get("/c/atelier/requests")).text


async def test_a_full_club_is_a_conflict_for_the_api(village: Village) -> None:
    limit = await _fill(village)
    owner = village.client(village.owner)

    answer = await owner.post("/api/v1/clubs/atelier/members", json={"email": village.outsider.email})

    assert answer.status_code == 409
    assert f"its {limit} members" in answer.json()["detail"]


async def test_members_read_the_plan_through_the_api_and_others_do_not(village: Village) -> None:
    await set_club_plan(village.club, NewPlan(5 * GB, 70), actor=None)
    await take_space(village.club.id, 1000)

    own = (await village.client(village.member).get("/api/v1/clubs/atelier")).json()
    outside = (await village.client(village.outsider).get("/api/v1/clubs/atelier")).json()

    members = await _members(village.club)
    assert own["plan"] == {"quota": 5 * GB, "storage_used": 1000, "member_limit": 70, "members": members}
    assert outside["plan"] is None


async def test_the_owner_reads_the_plan_with_who_decided(village: Village) -> None:
    operator = await village.viewer(village.operator)
    await set_plans([NewPlan(5 * GB, 70, "<b>the contract</b>", kind="team")], actor=operator)

    page = (await village.client(village.owner).get("/c/atelier/settings")).text

    assert "of 5 GB" in page
    assert f"{await _members(village.club)} of 70" in page
    assert village.operator.name in page
    assert "&lt;b&gt;the contract&lt;/b&gt;" in page


async def test_the_console_saves_the_plans_that_were_changed_and_no_others(village: Village) -> None:
    browser = village.client(village.operator)
    form = _form(("-", "10 GB", "1 000", "a start"), ("team", "500 Mo", "", ""), ("trade", "", "", ""))

    assert (await browser.post("/admin/plans", data=form)).status_code == 303
    await set_plans([NewPlan(7 * GB, 7, kind="trade")], actor=None)  # somebody else, after the page was shown
    form = _form(("-", "10 GB", "1000", "a start"), ("team", "1,5 GB", "", ""), ("trade", "", "", ""))
    form["was"] = [f"{10 * GB} 1000 a start", f"{500 * MB} -", "- -"]
    assert (await browser.post("/admin/plans", data=form)).status_code == 303

    saved = {plan.key: (plan.quota, plan.member_limit, plan.reason) for plan in await ClubPlan.all()}
    assert saved == {
        "": (10 * GB, 1000, "a start"),
        "team": (int(1.5 * GB), None, ""),
        "trade": (7 * GB, 7, ""),
    }
    assert await _limits("atelier") == (int(1.5 * GB), 1000)


async def test_what_was_typed_comes_back_beside_a_sentence(village: Village) -> None:
    browser = village.client(village.operator)
    form = _form(("-", "20 lumps", "12", "kept"), ("team", "", "a few", "kept too"), ("trade", "", "", ""))

    answer = await browser.post("/admin/plans", data=form)
    club = await browser.post("/admin/clubs/atelier/plan", data={"quota": "much", "members": "12", "reason": "kept"})

    assert (answer.status_code, club.status_code) == (422, 422)
    for typed in ('value="20 lumps"', 'value="12"', 'value="kept"', 'value="a few"', 'value="kept too"'):
        assert typed in answer.text
    assert 'id="field-quota.0-errors"' in answer.text
    assert 'id="field-members.1-errors"' in answer.text
    assert "a number and a unit" in club.text
    assert 'value="much"' in club.text
    assert await ClubPlan.all().count() == 0


async def test_the_form_of_kinds_does_not_reach_the_plan_of_a_club(village: Village) -> None:
    await set_club_plan(village.club, NewPlan(GB, None), actor=None)
    form = {**_form((f"#{village.club.id}", "", "", "")), "was": ["something else"]}

    assert (await village.client(village.operator).post("/admin/plans", data=form)).status_code == 422
    assert await ClubPlan.all().count() == 1


async def test_lists_that_do_not_fit_together_are_refused(village: Village) -> None:
    form = {**_form(("-", "1 GB", "", ""), ("team", "1 GB", "", "")), "quota": ["1 GB"]}

    assert (await village.client(village.operator).post("/admin/plans", data=form)).status_code == 422
    assert await ClubPlan.all().count() == 0


async def test_the_plan_of_one_club_is_saved_and_listed(village: Village) -> None:
    browser = village.client(village.operator)

    answer = await browser.post("/admin/clubs/cave/plan", data={"quota": "2 TB", "members": "", "reason": "films"})

    assert answer.status_code == 303
    assert await _limits("cave") == (2 * 1024 * GB, None)
    assert 'value="2 TB"' in (await browser.get("/admin/clubs/cave")).text
    assert 'href="/admin/clubs/cave"' in (await browser.get("/admin/plans")).text
    assert (await browser.post("/admin/clubs/nowhere/plan", data={"quota": "2 TB"})).status_code == 404


@pytest.mark.parametrize(
    "text, language, size",
    [
        ("20 GB", "en", 20 * GB),
        ("20gb", "fr", 20 * GB),
        ("500 Mo", "en", 500 * MB),
        ("1,5 Go", "fr", int(1.5 * GB)),
        ("1.5 GiB", "en", int(1.5 * GB)),
        ("1,024 MB", "en", 1024 * MB),
        ("1 024 Mo", "fr", 1024 * MB),
        ("1,234,567 bytes", "en", 1_234_567),
        ("1 234 567 octets", "fr", 1_234_567),
    ],
)
def test_sizes_are_understood_as_people_write_them(text: str, language: str, size: int) -> None:
    with speaking(language, None):
        assert read_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "20", "GB", "-1 GB", "1e9 GB", "20 lumps", "1..5 GB", "٣ GB", "9" * 300, "NaN GB"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_size(text)


@pytest.mark.parametrize("size", [1, 1023, 1024, MB, MB + 1, 1_234_567, int(1.5 * GB), 20 * GB, 1024**5])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_size_that_is_shown_and_sent_back_is_the_same(size: int, language: str) -> None:
    with speaking(language, None):
        assert read_size(write_size(size)) == size


def _form(*rows: tuple[str, str, str, str]) -> dict[str, list[str]]:
    names = ("kind", "quota", "members", "reason")
    return {**{name: [row[place] for row in rows] for place, name in enumerate(names)}, "was": ["- -"] * len(rows)}


async def _all_at_once(*works: Awaitable[Any]) -> list[type[CercleError]]:
    found = await asyncio.gather(*works, return_exceptions=True)
    assert all(isinstance(one, CercleError) for one in found if isinstance(one, BaseException)), found
    return [type(one) for one in found if isinstance(one, CercleError)]
