"""A role of a club's own opens the doors that the built-in one opens which it is like, and no other."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from cercle._testing.walk import Scenario, arrange, stops
from cercle.testing import Village
from core.db import atomic
from spaces.catalogue import publish_content
from spaces.models import Membership
from spaces.services import change_role
from spaces.services.grants import set_grant
from spaces.services.roles import make_role, remove_role

BASES = ("moderator", "member", "guest")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("visibility", ["hidden", "public"])
async def test_at_every_door_an_own_role_is_answered_like_its_base(village: Village, visibility: str) -> None:
    await arrange(village, Scenario(visibility=visibility))
    people = {base: village.people[base] for base in BASES}
    built_in = {base: await _answers(village, base) for base in BASES}
    for base, person in people.items():
        role = await make_role(village.club, base, f"Like {base}", actor=village.owner)
        await change_role(village.club, person, role.name, actor=village.owner)

    own = {base: await _answers(village, base) for base in BASES}

    assert own == built_in
    assert 200 in built_in["guest"].values()


@pytest.mark.parametrize("base", BASES)
async def test_what_an_own_role_is_denied_is_closed_as_for_its_base_and_opens_with_its_removal(
    village: Village, base: str
) -> None:
    await arrange(village, Scenario(visibility="hidden"))
    before = await _answers(village, base)
    await set_grant(village.club, base, "wiki.view", False, actor=village.owner)
    closed = await _answers(village, base)
    await set_grant(village.club, base, "wiki.view", None, actor=village.owner)
    role = await make_role(village.club, base, "Silent", actor=village.owner)
    await change_role(village.club, village.people[base], role.name, actor=village.owner)
    await set_grant(village.club, role.name, "wiki.view", False, actor=village.owner)

    denied = await _answers(village, base)
    await remove_role(village.club, role.name, actor=village.owner)

    assert denied == closed != before
    assert await _answers(village, base) == before


async def test_the_words_of_a_club_come_out_for_own_roles_as_for_their_base(village: Village) -> None:
    async with atomic():
        for number, audience in enumerate(("club", "moderators", "author"), 9_000_000):
            item = SimpleNamespace(id=number, club_id=village.club.id)
            await publish_content(
                item, plugin="wiki", kind="page", title=f"Zanzibar {audience}", url=f"/{audience}", audience=audience
            )
    browsers = {base: village.client(village.people[base]) for base in BASES}
    before = {base: await _found(browser) for base, browser in browsers.items()}
    for base in BASES:
        role = await make_role(village.club, base, f"Like {base}", actor=village.owner)
        await change_role(village.club, village.people[base], role.name, actor=village.owner)

    after = {base: await _found(browser) for base, browser in browsers.items()}
    await set_grant(village.club, "member.likemember", "wiki.view", False, actor=village.owner)

    assert before == {"moderator": {"club", "moderators"}, "member": {"club"}, "guest": {"club"}}
    assert after == before
    assert await _found(browsers["member"]) == set()


async def test_a_role_that_no_club_has_opens_what_its_base_opens_and_an_unknown_word_nothing(village: Village) -> None:
    await Membership.filter(club=village.club, user=village.member).update(role="owner.forged")
    browser = village.client(village.member)

    answers = [
        (await browser.get(place)).status_code
        for place in ("/c/atelier/wiki/", "/c/atelier/settings", "/c/atelier/people")
    ]

    assert answers == [403, 403, 403]


async def _found(browser: httpx.AsyncClient) -> set[str]:
    """What a search finds of what was published: the same in all clubs, in one, and on the pages of the club."""
    texts = [(await browser.get(place)).text for place in ("/search?q=zanzibar", "/search?q=zanzibar&club=atelier")]
    found = [{word for word in ("club", "moderators", "author") if f'href="/{word}"' in text} for text in texts]
    assert found[0] == found[1]
    return found[0]


async def _answers(village: Village, kind: str) -> dict[str, int]:
    """What each address that is read says to this kind of person."""
    page, api = village.client(village.people[kind]), village.api(village.people[kind])
    readable = [stop for stop in stops(village) if stop.method == "GET" and stop.is_in_a_club]
    return {str(stop): (await (api if stop.is_api else page).get(stop.path())).status_code for stop in readable}
