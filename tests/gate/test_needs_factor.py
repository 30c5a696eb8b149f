"""A club that lets its members in with a second factor only is closed to the others at every door."""

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Planter, Village, canary_sweep
from core.accounts.models import LoginSession, User
from core.accounts.services import feed_token
from core.models import AuditEntry, Mail
from core.permissions import can
from spaces.gate import access_for
from spaces.models import Club
from spaces.queries.readers import readers_among
from spaces.queries.reading import clubs_read_by
from tests.accounts.factors import signed_in, with_app

SETTINGS = "/c/atelier/settings/second-factor"


async def closed(club: Club) -> None:
    """Make a club need a factor."""
    await Club.filter(id=club.id).update(needs_factor=True)
    club.needs_factor = True


async def test_a_member_without_a_factor_is_told_what_to_do(village: Village) -> None:
    await closed(village.club)
    answer = await village.client(village.member).get("/c/atelier/wiki/")
    assert (answer.status_code, "This club asks for a second factor" in answer.text) == (403, True)
    assert 'href="/account/second-factor?next=%2Fc%2Fatelier%2Fwiki%2F"' in answer.text


async def test_a_member_with_a_factor_is_in(village: Village) -> None:
    secret = await with_app(village.member)
    await closed(village.club)
    client = await signed_in(village, village.member, secret)
    assert (await client.get("/c/atelier/wiki/")).status_code == 200
    assert (await village.api(village.member).get("clubs/atelier")).status_code == 200


async def test_a_session_of_before_gives_the_factor_once(village: Village) -> None:
    await with_app(village.member)
    await closed(village.club)
    answer = await village.client(village.member).get("/c/atelier/home")
    assert (answer.status_code, 'href="/account/proof?next=%2Fc%2Fatelier%2Fhome"' in answer.text) == (403, True)


async def test_people_outside_see_what_they_saw(village: Village) -> None:
    before = [(await village.client(who).get("/c/place/home")).status_code for who in (village.outsider, None)]
    hidden = (await village.client(village.outsider).get("/c/cave/")).status_code
    for club in (village.public, village.hidden):
        await closed(club)
    assert [(await village.client(who).get("/c/place/home")).status_code for who in (village.outsider, None)] == before
    assert (await village.client(village.outsider).get("/c/cave/")).status_code == hidden == 404


async def test_scripts_of_people_without_a_factor_are_refused(village: Village) -> None:
    await closed(village.club)
    script = village.api(village.member)
    assert (await script.get("clubs/atelier")).status_code == 403
    assert "atelier" not in (await script.get("me")).text


async def test_a_member_may_leave_without_a_factor(village: Village) -> None:
    await closed(village.club)
    client = village.client(village.member)
    assert (await client.get("/c/atelier/leave")).status_code == 200
    assert (await client.post("/c/atelier/leave")).status_code == 303
    assert (await client.get("/c/atelier/wiki/")).status_code == 404


async def test_jobs_mails_and_archives_pass_by_who_has_none(village: Village) -> None:
    await closed(village.club)
    viewer = await access_for(village.app, village.club, user_id=village.member.id)
    assert not can(viewer, "wiki.view", village.club)
    assert village.member.id not in await readers_among(village.club.id, "wiki", None, members_only=True)
    assert await clubs_read_by(village.member.id, "wiki") == []
    await with_app(village.member)
    viewer = await access_for(village.app, village.club, user_id=village.member.id)
    assert can(viewer, "wiki.view", village.club)
    assert village.member.id in await readers_among(village.club.id, "wiki", None, members_only=True)
    assert [club.slug for club in await clubs_read_by(village.member.id, "wiki")] == ["atelier"]


async def test_the_private_feed_of_a_member_without_a_factor_is_absent(village: Village) -> None:
    await closed(village.club)
    address = f"/feeds/{feed_token(await User.get(id=village.member.id))}/c/atelier/blog.atom"
    assert (await village.client().get(address)).status_code == 404


@pytest.mark.timeout(600)  # it crawls every door as six kinds of people
async def test_no_word_of_it_reaches_a_member_without_a_factor(village: Village) -> None:
    async def close_it(planter: Planter) -> None:
        insider = await User.get(handle="ines")
        await User.filter(id=insider.id).update(has_factor=True)
        await LoginSession.filter(user_id=insider.id).update(factor_at=datetime.now(UTC) - timedelta(hours=1))
        await village.join(village.member, village.hidden, "member")
        await closed(village.hidden)

    sweep = await canary_sweep(village, close_it)
    known = ("member", "/c/cave/settings name")  # the rail names the club to its member, and says what it wants first
    assert [leak for leak in sweep.leaks if (leak.person, leak.origin) != known] == []
    assert [name for name in village.app.parts.plugin_names if not sweep.planted_by(name)] == []


async def test_an_owner_without_a_factor_cannot_ask_for_one(village: Village) -> None:
    client = village.client(village.owner)
    page = await client.get(SETTINGS)
    assert (page.status_code, "0 of 4 members have one." in page.text) == (200, True)
    answer = await client.post(SETTINGS, data={"needed": "true"})
    assert answer.status_code == 422
    assert not (await Club.get(id=village.club.id)).needs_factor


async def test_an_owner_with_a_factor_asks_all_and_they_are_told(village: Village) -> None:
    client = await signed_in(village, village.owner, await with_app(village.owner))
    assert "1 of 4 members have one." in (await client.get(SETTINGS)).text
    assert (await client.post(SETTINGS, data={"needed": "true"})).status_code == 303
    assert (await Club.get(id=village.club.id)).needs_factor
    entry = await AuditEntry.get(action="spaces.factor_required")
    assert (entry.before, entry.after) == ({"needs_factor": False}, {"needs_factor": True})
    told = await Mail.filter(subject__contains="asks for a second factor").values_list("recipient", flat=True)
    assert sorted(map(str, told)) == sorted(
        person.email for person in (village.moderator, village.member, village.guest)
    )
    assert (await client.get("/c/atelier/home")).status_code == 200
    assert (await village.client(village.member).get("/c/atelier/home")).status_code == 403
    assert (await client.post(SETTINGS, data={})).status_code == 303
    assert (await village.client(village.member).get("/c/atelier/home")).status_code == 200


async def test_switching_it_wants_a_young_proof(village: Village) -> None:
    client = await signed_in(village, village.owner, await with_app(village.owner))
    await LoginSession.all().update(factor_at=datetime.now(UTC) - timedelta(hours=1))
    answer = await client.post(SETTINGS, data={"needed": "true"})
    assert answer.headers["location"].startswith("/account/proof")
    assert not (await Club.get(id=village.club.id)).needs_factor


@pytest.mark.parametrize("kind", ["member", "moderator", "outsider"])
async def test_nobody_else_switches_it(village: Village, kind: str) -> None:
    answer = await village.client(village.people[kind]).post(SETTINGS, data={"needed": "true"})
    assert answer.status_code in (403, 404)
    assert not (await Club.get(id=village.club.id)).needs_factor
