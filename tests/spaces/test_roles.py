"""Roles of a club's own: making, giving and removing them, and what each is worth at every place that asks for a role."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest

from cercle.testing import Village
from core.accounts.models import Provider, User
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.models import AuditEntry
from core.permissions import base_of
from spaces.access import Matrix, rank
from spaces.models import ClubPlugin, ClubRole, Content, GrantOverride, GroupRule, Invitation, Membership
from spaces.permissions import INVITE
from spaces.services import add_member, change_role, hand_in, invite_by_link, slip_for
from spaces.services.grants import load_matrix, lock_grant, set_grant
from spaces.services.groups import add_group_rule, follow_groups
from spaces.services.invitations import accept_invitation, find_way
from spaces.services.memberships import remove_member
from spaces.services.roles import MOST_ROLES, make_role, remove_role, rename_role

PLACE = "/c/atelier/settings/roles"


@pytest.mark.parametrize(
    "role, base",
    [
        ("member.treasurer", "member"),
        ("moderator.x1", "moderator"),
        ("guest.a", "guest"),
        ("owner", "owner"),
        ("visitor", "visitor"),
        ("owner.x", ""),
        ("visitor.x", ""),
        ("member.", ""),
        (".member", ""),
        ("member.a.b", ""),
        ("member.a b", ""),
        ("member.é", ""),
        ("Member", ""),
        ("", ""),
    ],
)
def test_the_name_of_a_role_says_what_it_is_like(role: str, base: str) -> None:
    assert base_of(role) == base
    assert rank(role) == (rank(base) if base else -1)


def test_a_role_follows_its_base_until_somebody_decides_about_it() -> None:
    cell, own = ("moderator", INVITE.name), ("moderator.x", INVITE.name)

    assert Matrix({}, {}).allows("moderator.x", INVITE)
    assert not Matrix({}, {}).allows("member.x", INVITE)
    assert not Matrix({cell: False}, {}).allows("moderator.x", INVITE)
    assert Matrix({cell: False, own: True}, {}).allows("moderator.x", INVITE)
    assert not Matrix({own: False}, {}).allows("moderator.x", INVITE)
    assert not Matrix({own: True}, {cell: False}).allows("moderator.x", INVITE)
    assert Matrix({own: True}, {cell: False}).reason("moderator.x", INVITE) == "lock"
    assert Matrix({own: False}, {}).allows("moderator", INVITE)


async def test_a_role_is_made_given_renamed_and_removed_on_its_pages(village: Village) -> None:
    browser = village.client(village.owner)

    made = await browser.post(PLACE, data={"label": "  Trésorière  ", "base": "member"})
    given = await browser.post("/c/atelier/people/member", data={"role": "member.tresoriere"})
    page = await browser.get("/c/atelier/people/member")
    renamed = await browser.post(f"{PLACE}/member.tresoriere", data={"label": "Kasse"})
    listed = await browser.get(PLACE)
    question = await browser.get(f"{PLACE}/member.tresoriere")

    assert [made.status_code, given.status_code, renamed.status_code] == [303, 303, 303]
    assert "Trésorière" in page.text
    assert "Kasse" in listed.text
    assert "1 member" in listed.text
    assert "Trésorière" not in listed.text
    assert "1 member" in question.text
    assert await _role_of(village, village.member) == "member.tresoriere"
    removed = await browser.post(f"{PLACE}/member.tresoriere/remove")
    assert removed.status_code == 303
    assert await _role_of(village, village.member) == "member"
    assert not await ClubRole.exists()
    acts = await AuditEntry.filter(action__startswith="spaces.role_").order_by("id")
    assert [act.action for act in acts] == [
        "spaces.role_made",
        "spaces.role_changed",
        "spaces.role_renamed",
        "spaces.role_removed",
    ]


@pytest.mark.parametrize("who", ["moderator", "member", "guest", "outsider", "operator"])
async def test_only_who_configures_the_club_meets_its_roles(village: Village, who: str) -> None:
    await make_role(village.club, "member", "Treasurer", actor=village.owner)
    browser = village.client(village.people[who])

    answers = [
        await browser.get(PLACE),
        await browser.get(f"{PLACE}/member.treasurer"),
        await browser.post(PLACE, data={"label": "X", "base": "member"}),
        await browser.post(f"{PLACE}/member.treasurer", data={"label": "X"}),
        await browser.post(f"{PLACE}/member.treasurer/remove"),
    ]

    expected = 404 if who in ("outsider", "operator") else 403
    assert {answer.status_code for answer in answers} == {expected}
    assert [role.label for role in await ClubRole.all()] == ["Treasurer"]


@pytest.mark.parametrize(
    "label", ["", "   ", "x" * 41, "Owner", "  oWNER ", "mödérator", "Treasurer", "TRÉASURER", "a\x00b"]
)
async def test_a_role_needs_a_name_of_its_own(village: Village, label: str) -> None:
    await make_role(village.club, "member", "Treasurer", actor=village.owner)

    answer = await village.client(village.owner).post(PLACE, data={"label": label, "base": "guest"})

    assert answer.status_code == 422
    assert await ClubRole.all().count() == 1


@pytest.mark.parametrize("base", ["owner", "visitor", "anonymous", "", "member.treasurer", "sideways"])
async def test_a_role_is_like_a_moderator_a_member_or_a_guest(village: Village, base: str) -> None:
    answer = await village.client(village.owner).post(PLACE, data={"label": "X", "base": base})

    assert answer.status_code == 422
    assert not await ClubRole.exists()


async def test_names_from_any_writing_make_words_that_differ(village: Village) -> None:
    labels = ["Бухгалтер", "財務", "!!!", "???", "x" * 40, "x" * 39, "Chargé·e de la trésorerie"]

    made = [(await make_role(village.club, "moderator", label, actor=village.owner)).name for label in labels]

    assert len(set(made)) == len(labels)
    assert all(base_of(name) == "moderator" and len(name) <= 26 for name in made)


async def test_a_club_has_at_most_twelve_roles_and_their_readers_fit(village: Village) -> None:
    for number in range(MOST_ROLES):
        await make_role(village.club, "moderator", f"{'w' * 20} {number}", actor=village.owner)

    with pytest.raises(Conflict):
        await make_role(village.club, "guest", "One more", actor=village.owner)

    readers = (await ClubPlugin.get(club_id=village.club.id, plugin="wiki")).readers
    assert len(readers) <= 400
    assert {f" {role.name} " in readers for role in await ClubRole.all()} == {True}


async def test_twenty_roles_at_once_are_twelve(village: Village) -> None:
    numbers = count()

    async def one() -> str:
        try:
            await make_role(village.club, "member", f"Role {next(numbers)}", actor=village.owner)
        except Conflict:
            return "refused"
        return "made"

    results = await asyncio.gather(*(one() for _ in range(20)))

    assert sorted(results) == ["made"] * 12 + ["refused"] * 8
    assert await ClubRole.all().count() == 12


async def test_nobody_makes_gives_or_takes_a_role_above_their_own(village: Village) -> None:
    high = await make_role(village.club, "moderator", "Board", actor=village.owner)
    low = await make_role(village.club, "member", "Choir", actor=village.owner)
    await set_grant(village.club, "member", "spaces.configure", True, actor=village.owner)
    await set_grant(village.club, "member", "spaces.manage_members", True, actor=village.owner)
    person = village.member

    for act in (
        make_role(village.club, "moderator", "Mine", actor=person),
        rename_role(village.club, high.name, "Mine", actor=person),
        remove_role(village.club, high.name, actor=person),
        change_role(village.club, village.guest, high.name, actor=person),
        add_member(village.club, village.outsider, high.name, actor=person),
        invite_by_link(village.club, high.name, actor=person),
        set_grant(village.club, high.name, "wiki.view", False, actor=person),
    ):
        with pytest.raises(Forbidden):
            await act

    await change_role(village.club, village.guest, low.name, actor=person)
    assert await _role_of(village, village.guest) == low.name
    assert [role.label for role in await ClubRole.all().order_by("name")] == ["Choir", "Board"]


async def test_somebody_like_a_moderator_is_no_prey_of_members_and_stands_as_high_as_moderators(
    village: Village,
) -> None:
    board = await make_role(village.club, "moderator", "Board", actor=village.owner)
    await add_member(village.club, village.outsider, board.name, actor=village.owner)
    await set_grant(village.club, "member", "spaces.manage_members", True, actor=village.owner)

    with pytest.raises(Forbidden):
        await remove_member(village.club, village.outsider, actor=village.member)
    await remove_member(village.club, village.moderator, actor=village.outsider)

    assert not await Membership.exists(club=village.club, user=village.moderator)


@pytest.mark.parametrize(
    "role", ["member.nobody", "owner.x", "member.a.b", "visitor", "x" * 10_000, "member.\x00", "MEMBER"]
)
async def test_a_role_that_the_club_has_not_is_given_to_nobody(village: Village, role: str) -> None:
    await make_role(village.hidden, "member", "Nobody", actor=village.owner)

    answer = await village.client(village.owner).post("/c/atelier/people/guest", data={"role": role})
    invited = await village.client(village.owner).post("/c/atelier/invitations/link", data={"role": role})
    added = await village.api(village.owner).post(
        "clubs/atelier/members", json={"email": village.outsider.email, "role": role}
    )

    assert [answer.status_code, added.status_code] == [422, 422]
    assert invited.status_code in (404, 405, 422)
    assert await _role_of(village, village.guest) == "guest"
    assert not await Invitation.exists()
    assert not await Membership.exists(club=village.club, user=village.outsider)


async def test_what_hangs_on_a_removed_role_gets_the_one_it_was_like(village: Village) -> None:
    role = await make_role(village.club, "guest", "Listener", actor=village.owner)
    other = await make_role(village.hidden, "guest", "Listener", actor=village.owner)
    await change_role(village.club, village.guest, role.name, actor=village.owner)
    await set_grant(village.club, role.name, "wiki.view", False, actor=village.owner)
    await set_grant(village.hidden, other.name, "wiki.view", False, actor=village.owner)
    link = await invite_by_link(village.club, role.name, actor=village.owner)
    provider = await _provider()
    await add_group_rule(provider, "choir", village.club, role.name, actor=None)

    await remove_role(village.club, role.name, actor=village.owner)

    assert await _role_of(village, village.guest) == "guest"
    assert [one.role for one in await Invitation.all()] == ["guest"]
    assert [one.role for one in await GroupRule.all()] == ["guest"]
    assert await GrantOverride.filter(club=village.club).count() == 0
    assert await GrantOverride.filter(club=village.hidden, role=other.name).count() == 1
    assert " guest.listener " not in (await ClubPlugin.get(club_id=village.club.id, plugin="wiki")).readers
    assert (await village.client(village.guest).get("/c/atelier/wiki/")).status_code == 200
    assert (await find_way(link.rsplit("/", 1)[1])).invitation.role == "guest"
    with pytest.raises(NotFound):
        await remove_role(village.club, role.name, actor=village.owner)


async def test_a_role_removed_while_it_is_given_leaves_nobody_with_it(village: Village) -> None:
    people = [await village.person(f"Person{number} Racer") for number in range(6)]
    role = await make_role(village.club, "member", "Racer", actor=village.owner)
    link = (await invite_by_link(village.club, role.name, actor=village.owner)).rsplit("/", 1)[1]

    async def give(person: User) -> None:
        with suppress(Invalid):
            await add_member(village.club, person, role.name, actor=village.owner)

    async def take(person: User) -> None:
        await accept_invitation(link, viewer=person)

    givers, takers = [give(one) for one in people[:3]], [take(one) for one in people[3:]]
    await asyncio.gather(
        givers[0], takers[0], remove_role(village.club, role.name, actor=village.owner), *givers[1:], *takers[1:]
    )

    assert not await Membership.exists(role=role.name)
    assert not await Invitation.exists(role=role.name)


async def test_a_slip_and_a_group_bring_back_the_base_of_a_role_that_is_gone(village: Village) -> None:
    role = await make_role(village.club, "member", "Racer", actor=village.owner)
    await change_role(village.club, village.guest, role.name, actor=village.owner)
    owner = await village.viewer(village.owner)
    member = await Membership.get(club=village.club, user=village.guest).select_related("user")
    slip = slip_for(member, actor=owner)
    await remove_member(village.club, village.guest, actor=village.owner)
    await remove_role(village.club, role.name, actor=village.owner)

    await hand_in(slip, actor=owner)

    assert await _role_of(village, village.guest) == "member"


async def test_groups_at_a_provider_give_roles_of_the_club(village: Village) -> None:
    provider = await _provider()
    role = await make_role(village.club, "member", "Choir", actor=village.owner)
    board = await make_role(village.club, "moderator", "Board", actor=village.owner)
    await add_group_rule(provider, "singers", village.club, role.name, actor=None)
    await add_group_rule(provider, "heads", village.club, board.name, actor=None)
    with pytest.raises(Invalid):
        await add_group_rule(provider, "others", village.hidden, role.name, actor=None)

    await follow_groups(village.outsider, provider, ["singers"])
    first = await _role_of(village, village.outsider)
    await follow_groups(village.outsider, provider, ["singers", "heads"])

    assert [first, await _role_of(village, village.outsider)] == [role.name, board.name]


async def test_an_invitation_of_somebody_with_an_own_role_lives_as_long_as_their_right(village: Village) -> None:
    board = await make_role(village.club, "moderator", "Board", actor=village.owner)
    await change_role(village.club, village.moderator, board.name, actor=village.owner)
    secret = (await invite_by_link(village.club, board.name, actor=village.moderator)).rsplit("/", 1)[1]
    page = await village.client(village.outsider).get(f"/invitations/{secret}")
    assert "Your role: Board" in page.text

    await set_grant(village.club, board.name, "spaces.invite", False, actor=village.owner)

    assert (await village.client(village.outsider).get(f"/invitations/{secret}")).status_code == 404


async def test_moderators_of_an_own_role_see_what_is_for_moderators_and_others_do_not(village: Village) -> None:
    board = await make_role(village.club, "moderator", "Board", actor=village.owner)
    choir = await make_role(village.club, "member", "Choir", actor=village.owner)
    await change_role(village.club, village.moderator, board.name, actor=village.owner)
    await change_role(village.club, village.member, choir.name, actor=village.owner)
    switch = await ClubPlugin.get(club_id=village.club.id, plugin="wiki")
    await Content.create(
        club=village.club, switch=switch, plugin="wiki", kind="page", object_id=9_000_000, title="Zeppelin", url="/x",
        words="zeppelin", state="published", audience="moderators", created_at=switch.changed_at,
        updated_at=switch.changed_at, published_at=switch.changed_at - timedelta(days=1),
    )  # fmt: skip

    seen = {
        who: [
            "Zeppelin" in (await village.client(village.people[who]).get(address)).text
            for address in ("/search?q=zeppelin", "/c/atelier/search?q=zeppelin")
        ]
        for who in ("owner", "moderator", "member", "guest")
    }

    assert seen["owner"] == seen["moderator"]
    assert True in seen["moderator"]
    assert [*seen["member"], *seen["guest"]] == [False] * 4


async def test_an_operators_lock_holds_for_own_roles_too(village: Village) -> None:
    role = await make_role(village.club, "member", "Choir", actor=village.owner)
    await change_role(village.club, village.member, role.name, actor=village.owner)
    await set_grant(village.club, role.name, "wiki.view", True, actor=village.owner)
    await lock_grant("wiki.view", "member", False, actor=village.operator)

    assert (await village.client(village.member).get("/c/atelier/wiki/")).status_code == 403
    with pytest.raises(Forbidden):
        await set_grant(village.club, role.name, "wiki.view", True, actor=village.owner)
    assert not (await load_matrix(village.club)).allows(role.name, village.app.permissions.get("wiki.view"))  # type: ignore[arg-type]


async def test_lists_name_own_roles_with_one_query_more_at_most(village: Village) -> None:
    browser = village.client(village.owner)
    await browser.get("/c/atelier/people")
    with village.queries() as before:
        await browser.get("/c/atelier/people")
    for number in range(6):
        role = await make_role(village.club, "member", f"Choir {number}", actor=village.owner)
        await add_member(village.club, await village.person(f"Singer{number} X"), role.name, actor=village.owner)

    with village.queries() as after:
        page = await browser.get("/c/atelier/people")

    assert after.count == before.count
    assert all(f"Choir {number}" in page.text for number in range(6))


async def test_a_script_keeps_the_roles_of_a_club(village: Village) -> None:
    script = village.api(village.owner)

    made = await script.post("clubs/atelier/roles", json={"label": "Choir", "base": "guest"})
    again = await script.post("clubs/atelier/roles", json={"label": "choir", "base": "guest"})
    given = await script.patch("clubs/atelier/members/guest", json={"role": "guest.choir"})
    renamed = await script.patch("clubs/atelier/roles/guest.choir", json={"label": "Singers"})
    listed = (await village.api(village.member).get("clubs/atelier/roles")).json()["items"]
    refused = await village.api(village.member).post("clubs/atelier/roles", json={"label": "Y", "base": "guest"})
    removed = await script.delete("clubs/atelier/roles/guest.choir")
    gone = await script.delete("clubs/atelier/roles/guest.choir")
    builtin = await script.delete("clubs/atelier/roles/guest")

    assert made.status_code == 201
    assert made.json() == {"name": "guest.choir", "label": "Choir", "base": "guest", "members": 0}
    assert [again.status_code, given.status_code, renamed.status_code, refused.status_code] == [422, 200, 200, 403]
    assert [one["name"] for one in listed] == ["owner", "moderator", "member", "guest", "guest.choir"]
    assert listed[-1] == {"name": "guest.choir", "label": "Singers", "base": "guest", "members": 1}
    assert [removed.status_code, gone.status_code, builtin.status_code] == [204, 404, 404]
    assert await _role_of(village, village.guest) == "guest"


async def _role_of(village: Village, person: User) -> str:
    return str((await Membership.get(club=village.club, user=person)).role)


async def _provider() -> Provider:
    return await Provider.create(
        slug="idp", title="IdP", issuer="https://idp.example", client_id="x", client_secret="y"
    )
