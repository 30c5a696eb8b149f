"""From groups of an identity provider to places in clubs, at each sign-in; what people gave by hand apart."""

import asyncio
from datetime import UTC, datetime

import pytest

from cercle.testing import Village
from core.accounts.models import Identity, LoginSession, Provider, User
from core.errors import Invalid, NotFound
from core.models import AuditEntry
from spaces.models import Club, GroupRule, Membership
from spaces.services.groups import add_group_rule, follow_groups, remove_group_rule
from tests.accounts.visiting import connected, leave
from tests.services.identity import IdentityProvider


@pytest.fixture
async def provider(village: Village) -> Provider:
    """A provider that sends groups; nobody asks it anything."""
    return await connected("https://login.example.org", creates="open", groups_claim="groups")


async def role_in(club: Club, user: User) -> str | None:
    found = await Membership.get_or_none(club_id=club.id, user_id=user.id)
    return found.role if found else None


async def test_a_group_gives_a_place_and_its_end_takes_it(village: Village, provider: Provider) -> None:
    await add_group_rule(provider, "designers", village.hidden, "member", actor=await village.viewer(village.operator))
    assert await follow_groups(village.outsider, provider, ["designers", "others"]) == []
    membership = await Membership.get(club=village.hidden, user=village.outsider)
    assert (membership.role, membership.provider_id) == ("member", provider.id)
    notes = await follow_groups(village.outsider, provider, ["others"])
    assert notes == ["Your groups no longer include Cave, so you have left it."]
    assert await role_in(village.hidden, village.outsider) is None
    entries = await AuditEntry.filter(club_id=village.hidden.id).order_by("id")
    assert [entry.action for entry in entries] == [
        "spaces.group_rule_added",
        "spaces.member_added",
        "spaces.member_removed",
    ]


async def test_the_highest_role_of_several_groups_counts_and_follows(village: Village, provider: Provider) -> None:
    await add_group_rule(provider, "leads", village.hidden, "moderator", actor=None)
    await add_group_rule(provider, "everybody", village.hidden, "guest", actor=None)
    await follow_groups(village.outsider, provider, ["everybody", "leads"])
    assert await role_in(village.hidden, village.outsider) == "moderator"
    await follow_groups(village.outsider, provider, ["everybody"])
    assert await role_in(village.hidden, village.outsider) == "guest"


async def test_what_people_gave_by_hand_is_left_alone(village: Village, provider: Provider) -> None:
    await add_group_rule(provider, "leads", village.club, "moderator", actor=None)
    await follow_groups(village.member, provider, ["leads"])
    assert await role_in(village.club, village.member) == "member"
    await follow_groups(village.member, provider, [])
    assert await role_in(village.club, village.member) == "member"


async def test_what_another_provider_gave_is_left_alone(village: Village, provider: Provider) -> None:
    other = await connected("https://other.example.org", slug="other")
    await Membership.create(club=village.hidden, user=village.outsider, role="guest", provider=other)
    await add_group_rule(provider, "designers", village.hidden, "member", actor=None)
    await follow_groups(village.outsider, provider, ["designers"])
    await follow_groups(village.outsider, provider, [])
    assert await role_in(village.hidden, village.outsider) == "guest"


async def test_no_group_makes_or_lowers_an_owner_nor_takes_the_last_one(village: Village, provider: Provider) -> None:
    with pytest.raises(Invalid):
        await add_group_rule(provider, "bosses", village.hidden, "owner", actor=None)
    await add_group_rule(provider, "designers", village.hidden, "member", actor=None)
    await Membership.filter(club=village.hidden).delete()
    await follow_groups(village.outsider, provider, ["designers"])
    await Membership.filter(club=village.hidden, user=village.outsider).update(role="owner")
    await follow_groups(village.outsider, provider, ["designers"])
    assert await role_in(village.hidden, village.outsider) == "owner"
    notes = await follow_groups(village.outsider, provider, [])
    assert notes == ["Your groups no longer include Cave. You stay in it because you are its only owner."]
    assert await role_in(village.hidden, village.outsider) == "owner"


async def test_a_full_club_says_so_and_takes_the_others_groups(village: Village, provider: Provider) -> None:
    await Club.filter(id=village.hidden.id).update(member_limit=1)
    await add_group_rule(provider, "designers", village.hidden, "member", actor=None)
    await add_group_rule(provider, "designers", village.public, "member", actor=None)
    (note,) = await follow_groups(village.outsider, provider, ["designers"])
    assert "Cave, but the club is full" in note
    assert (await role_in(village.hidden, village.outsider), await role_in(village.public, village.outsider)) == (
        None,
        "member",
    )


async def test_a_deleted_club_takes_nobody_in(village: Village, provider: Provider) -> None:
    await add_group_rule(provider, "designers", village.hidden, "member", actor=None)
    await Club.filter(id=village.hidden.id).update(deleted_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert await follow_groups(village.outsider, provider, ["designers"]) == []
    assert await role_in(village.hidden, village.outsider) is None


async def test_many_sign_ins_at_once_make_one_membership(village: Village, provider: Provider) -> None:
    await add_group_rule(provider, "designers", village.hidden, "member", actor=None)
    await asyncio.gather(*(follow_groups(village.outsider, provider, ["designers"]) for _number in range(8)))
    assert await Membership.filter(club=village.hidden, user=village.outsider).count() == 1
    assert await AuditEntry.filter(club_id=village.hidden.id, action="spaces.member_added").count() == 1
    await asyncio.gather(*(follow_groups(village.outsider, provider, []) for _number in range(8)))
    assert await Membership.filter(club=village.hidden, user=village.outsider).count() == 0


async def test_a_rule_is_there_once_and_goes_with_its_provider_only(village: Village, provider: Provider) -> None:
    rule = await add_group_rule(provider, "designers", village.hidden, "member", actor=None)
    with pytest.raises(Invalid):
        await add_group_rule(provider, "designers", village.hidden, "guest", actor=None)
    other = await connected("https://other.example.org", slug="other")
    with pytest.raises(NotFound):
        await remove_group_rule(other, rule.id, actor=None)
    await remove_group_rule(provider, rule.id, actor=await village.viewer(village.operator))
    assert await GroupRule.all().count() == 0


async def test_access_ends_at_the_sign_in_that_no_longer_names_the_group(
    village: Village, provider_server: IdentityProvider
) -> None:
    works = provider_server
    ada = {"email": "ada@example.org", "email_verified": True, "name": "Ada", "groups": ["designers"]}
    works.set_people({"ada": ada})
    provider = await connected(works.url, creates="open", groups_claim="groups")
    await add_group_rule(provider, "designers", village.hidden, "member", actor=None)
    client = village.client()
    await client.get(await works.sign_in(await leave(client), "ada"))
    assert (await client.get("/c/cave/")).status_code == 200
    works.set_people({"ada": {**ada, "groups": []}})
    again = village.client()
    await again.get(await works.sign_in(await leave(again), "ada"))
    assert [(await one.get("/c/cave/")).status_code for one in (client, again)] == [404, 404]
    assert (await Identity.get(subject="ada")).groups == []
    assert await LoginSession.filter(user__email="ada@example.org").count() == 2


async def test_operators_connect_check_switch_and_remove_a_provider(
    village: Village, provider_server: IdentityProvider
) -> None:
    client = village.client(village.operator)
    given = {
        "title": "Works",
        "issuer": provider_server.url,
        "client_id": "cercle",
        "secret": "hush hush",
        "creates": "domains",
    }
    refused = await client.post("/admin/providers/new", data=given)
    assert (refused.status_code, "Name at least one domain." in refused.text) == (422, True)
    assert (
        await client.post("/admin/providers/new", data={**given, "domains": "@Example.org, b.example"})
    ).status_code == 303
    provider = await Provider.get(slug="works")
    page = f"/admin/providers/{provider.id}"
    assert provider.rules["domains"] == ["example.org", "b.example"]
    shown = (await client.get(page)).text
    assert ("hush hush" in shown, "/sign-in/providers/works/callback" in shown) == (False, True)
    assert "The provider answers, and is who it should be." in (await client.post(f"{page}/check")).text
    rule = {"group": "designers", "club": "cave", "role": "member"}
    assert (await client.post(f"{page}/rules", data=rule)).status_code == 303
    assert (await client.post(f"{page}/rules", data={**rule, "role": "owner"})).status_code == 422
    assert (await client.post(page, data={"title": "Works", "client_id": "new"})).status_code == 303
    changed = await Provider.get(slug="works")
    assert (changed.client_id, changed.client_secret) == ("new", provider.client_secret)
    assert (await client.post(f"{page}/delete")).status_code == 409
    assert (await client.post(f"{page}/switch")).status_code == 303
    assert (await client.post(f"{page}/delete")).status_code == 303
    assert (await Provider.all().count(), await GroupRule.all().count()) == (0, 0)


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example.org",
        "javascript:alert(1)",
        "https://",
        "https://a@b.example",
        "x",
        "https://a.example/?x",
        "//[",
    ],
)
async def test_an_issuer_that_is_no_safe_address_is_refused(village: Village, issuer: str) -> None:
    given = {"title": "Works", "issuer": issuer, "client_id": "cercle"}
    assert (await village.client(village.operator).post("/admin/providers/new", data=given)).status_code == 422
    assert await Provider.all().count() == 0


async def test_only_operators_see_providers(village: Village, provider: Provider) -> None:
    for person, status in ((village.owner, 403), (village.outsider, 403), (None, 303)):
        client = village.client(person)
        paths = ("/admin/providers", "/admin/providers/new", f"/admin/providers/{provider.id}")
        assert [(await client.get(path)).status_code for path in paths] == [status] * 3
