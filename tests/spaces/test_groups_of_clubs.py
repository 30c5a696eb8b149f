"""Groups of clubs: founding one, moving a club below another, who sees which, and taking it out again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from cercle.testing import Village
from core.errors import CercleError, Conflict, Forbidden
from core.models import AuditEntry
from spaces.models import Club, Membership
from spaces.services import club_groups
from spaces.services.club_groups import move_under, take_out

NEW = {"name": "Soudure", "purpose": "", "visibility": "listed", "join_policy": "request"}


async def group_of(village: Village, **changes: Any) -> Club:
    """The hidden club of the village as a group of its first one."""
    await Club.filter(id=village.hidden.id).update(parent_id=village.club.id, **changes)
    return await Club.get(id=village.hidden.id)


async def parent_of(club: Club) -> int | None:
    """Below which club it stands now."""
    return (await Club.get(id=club.id)).parent_id


async def test_an_owner_founds_a_group_and_it_stands_on_the_home_of_the_club(village: Village) -> None:
    answer = await village.client(village.owner).post("/c/atelier/groups/new", data=NEW)

    assert (answer.status_code, answer.headers["location"]) == (303, "/c/soudure/")
    group = await Club.get(slug="soudure")
    assert (group.parent_id, group.kind, group.inherits_members) == (village.club.id, village.club.kind, False)
    assert await Membership.filter(club=group).values_list("user_id", "role") == [(village.owner.id, "owner")]
    assert 'href="/c/soudure/"' in (await village.client(village.member).get("/c/atelier/home")).text
    row = await AuditEntry.get(action="spaces.group_moved")
    assert (row.actor_id, row.before, row.after) == (village.owner.id, {"parent": ""}, {"parent": "atelier"})


@pytest.mark.parametrize("person", ["moderator", "member", "guest"])
async def test_who_may_not_configure_the_club_founds_no_group_in_it(village: Village, person: str) -> None:
    browser = village.client(village.people[person])
    assert (await browser.get("/c/atelier/groups/new")).status_code == 403
    assert (await browser.post("/c/atelier/groups/new", data=NEW)).status_code == 403
    assert not await Club.exists(slug="soudure")


async def test_a_group_founded_with_everybody_has_everybody(village: Village) -> None:
    await village.client(village.owner).post("/c/atelier/groups/new", data={**NEW, "inherits": "true"})

    roles = dict(await Membership.filter(club__slug="soudure").values_list("user__handle", "role"))
    assert roles == {"owner": "owner", "moderator": "member", "member": "member", "guest": "guest"}


async def test_a_wrong_name_is_refused_with_what_was_typed(village: Village) -> None:
    answer = await village.client(village.owner).post(
        "/c/atelier/groups/new", data={**NEW, "name": "", "purpose": "Fer"}
    )
    assert (answer.status_code, "Fer" in answer.text, await Club.filter(parent_id=village.club.id).count()) == (
        422,
        True,
        0,
    )


async def test_hostile_words_are_refused_quickly_and_change_nothing(village: Village) -> None:
    browser = village.client(village.owner)
    for name in ("\x00", "a" * 5000, "\u202e" * 3 + "\x00"):
        answer = await browser.post("/c/atelier/groups/new", data={**NEW, "name": name})
        assert answer.status_code in (400, 422)
    for slug in ("", "\x00", "../cave", "a" * 500):
        assert (await browser.post("/c/atelier/groups", data={"club": slug})).status_code in (400, 422)
    assert await Club.filter(parent_id=village.club.id).count() == 0


async def test_an_owner_of_both_moves_a_club_below_another(village: Village) -> None:
    browser = village.client(village.owner)
    assert ">Place<" in (await browser.get("/c/atelier/groups")).text

    assert (await browser.post("/c/atelier/groups", data={"club": "place"})).status_code == 303

    assert await parent_of(village.public) == village.club.id
    assert ">Atelier<" in (await browser.get("/c/place/home")).text


async def test_a_club_that_one_does_not_own_cannot_be_moved(village: Village) -> None:
    await Membership.filter(club=village.club, user=village.moderator).update(role="owner")
    browser = village.client(village.moderator)
    for slug in ("place", "cave", "nowhere"):
        answer = await browser.post("/c/atelier/groups", data={"club": slug})
        assert (answer.status_code, "Please choose one of your clubs." in answer.text) == (422, True)
    with pytest.raises(Forbidden):
        await move_under(village.public, village.club, actor=village.moderator)
    assert await parent_of(village.public) is None


async def test_an_operator_moves_any_club(village: Village) -> None:
    operator = await village.viewer(village.operator)
    await move_under(village.public, village.club, actor=operator)
    assert await parent_of(village.public) == village.club.id


async def test_groups_are_one_level_deep(village: Village) -> None:
    await move_under(village.public, village.club, actor=None)
    for club, parent in (
        (village.hidden, village.public),
        (village.club, village.hidden),
        (village.public, village.hidden),
    ):
        with pytest.raises(Conflict):
            await move_under(club, parent, actor=None)
    with pytest.raises(Conflict):
        await move_under(village.hidden, village.hidden, actor=None)
    assert await parent_of(village.hidden) is None
    answer = await village.client(village.owner).get("/c/place/groups")
    assert answer.status_code == 404


async def test_an_archived_club_takes_no_group(village: Village) -> None:
    await village.client(village.owner).post("/c/atelier/settings/archive")
    with pytest.raises(Conflict):
        await move_under(village.public, village.club, actor=None)
    assert (await village.client(village.owner).post("/c/atelier/groups/new", data=NEW)).status_code == 403


async def test_two_clubs_moved_below_each_other_at_once_do_not_both_move(village: Village) -> None:
    done = await asyncio.gather(
        move_under(village.club, village.public, actor=None),
        move_under(village.public, village.club, actor=None),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]
    assert isinstance(next(one for one in done if one), CercleError)
    assert [await parent_of(village.club), await parent_of(village.public)].count(None) == 1


async def test_a_chain_of_moves_at_once_stays_one_level_deep(village: Village) -> None:
    await asyncio.gather(
        move_under(village.club, village.public, actor=None),
        move_under(village.public, village.hidden, actor=None),
        move_under(village.hidden, village.club, actor=None),
        return_exceptions=True,
    )
    clubs = {club.id: club.parent_id for club in await Club.all()}
    assert all(clubs[parent] is None for parent in clubs.values() if parent is not None)


@pytest.mark.parametrize("person", ["member", "outsider", None])
async def test_a_hidden_group_is_hidden_from_who_is_not_in_it(village: Village, person: str | None) -> None:
    await group_of(village)
    await Club.filter(id=village.club.id).update(visibility="public")
    browser = village.client(village.people[person] if person else None)
    for path in ("/c/atelier/home", "/c/atelier/groups", "/c/atelier/people", "/clubs"):
        assert "Cave" not in (await browser.get(path)).text
    assert (await browser.get("/c/cave/")).status_code in (303, 404)
    assert 'href="/c/cave/"' in (await village.client(village.owner).get("/c/atelier/home")).text


async def test_a_group_does_not_tell_of_a_hidden_club_above(village: Village) -> None:
    await Club.filter(id=village.public.id).update(parent_id=village.hidden.id)
    for person in (village.outsider, village.member, None):
        page = (await village.client(person).get("/c/place/home")).text
        assert "cave" not in page.lower()
    assert ">Cave<" in (await village.client(village.owner).get("/c/place/home")).text
    await village.join(village.member, village.public, "owner")
    settings = (await village.client(village.member).get("/c/place/settings/group")).text
    assert ("cave" in settings.lower(), "a group of another one" in settings) == (False, True)


async def test_a_group_of_a_deleted_club_says_nothing_of_it(village: Village) -> None:
    await move_under(village.public, village.club, actor=None)
    await Club.filter(id=village.club.id).update(deleted_at=datetime.now(UTC))
    page = (await village.client(village.owner).get("/c/place/home")).text
    assert "Atelier" not in page


async def test_a_group_is_taken_out_by_an_owner_of_either(village: Village) -> None:
    await move_under(village.public, village.club, actor=None)
    await village.join(village.moderator, village.public, "moderator")
    with pytest.raises(Forbidden):
        await take_out(village.public, actor=village.moderator)
    answer = await village.client(village.owner).post("/c/place/settings/group/leave")
    assert (answer.status_code, await parent_of(village.public)) == (303, None)
    row = await AuditEntry.get(action="spaces.group_taken_out")
    assert (row.before, row.after) == ({"parent": "atelier"}, {"parent": ""})
    with pytest.raises(Conflict):
        await take_out(village.public, actor=None)


async def test_the_home_of_a_club_costs_as_many_queries_with_many_groups(village: Village) -> None:
    browser = village.client(village.member)
    await browser.get("/c/atelier/home")
    with village.queries() as none:
        await browser.get("/c/atelier/home")
    for number in range(12):
        await Club.create(
            slug=f"g{number}", name=f"G{number}", sort_name=f"g{number}", kind="team", parent_id=village.club.id
        )
    with village.queries() as many:
        page = await browser.get("/c/atelier/home")
    assert many.count == none.count
    assert ('href="/c/g7/"' in page.text, 'href="/c/atelier/groups"' in page.text) == (False, True)


async def test_operators_say_on_the_console_where_a_club_stands(village: Village) -> None:
    browser = village.client(village.operator)
    assert (await browser.post("/admin/clubs/place/parent", data={"parent": "atelier"})).status_code == 303
    assert await parent_of(village.public) == village.club.id
    assert 'value="atelier"' in (await browser.get("/admin/clubs/place")).text
    for wrong in ("nowhere", "\x00", "cave"):
        await browser.post("/admin/clubs/place/parent", data={"parent": wrong})
        assert await parent_of(village.public) == village.club.id
    assert (await browser.post("/admin/clubs/place/parent", data={"parent": ""})).status_code == 303
    assert await parent_of(village.public) is None
    for person in (village.owner, village.outsider, None):
        answer = await village.client(person).post("/admin/clubs/place/parent", data={"parent": "atelier"})
        assert (answer.status_code in (303, 403, 404), await parent_of(village.public)) == (True, None)


async def test_a_club_with_as_many_groups_as_it_may_have_says_so_and_founds_none(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(club_groups, "MOST_GROUPS", 1)
    browser = village.client(village.owner)
    assert (await browser.post("/c/atelier/groups/new", data=NEW)).status_code == 303
    answer = await browser.post("/c/atelier/groups/new", data={**NEW, "name": "Fonderie"})
    assert (answer.status_code, "A club has 1 groups at most." in answer.text) == (422, True)
    assert not await Club.exists(slug="fonderie")


async def test_a_group_of_a_hidden_club_begins_hidden(village: Village) -> None:
    browser = village.client(village.owner)
    for visibility in ("listed", "public"):
        answer = await browser.post("/c/cave/groups/new", data={**NEW, "visibility": visibility})
        assert (answer.status_code, "begins hidden too" in answer.text) == (422, True)
    assert (await village.api(village.owner).post("clubs/cave/groups", json={"name": "Soudure"})).status_code == 201
    assert (await Club.get(slug="soudure")).visibility == "hidden"
