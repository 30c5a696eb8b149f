"""A club that nobody owns says so above its pages, to those who may take it over, and to operators in the console."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cercle.testing import Village
from core.accounts.models import User
from spaces.models import Club, ClubMerge, Membership
from spaces.services.orphans import WAIT, look_after_orphans

pytestmark = pytest.mark.anyio

SAID = "Nobody runs this club any more."
LINK = 'href="/c/atelier/take-over"'


@pytest.fixture
async def orphan(village: Village) -> Village:
    """The account of the only owner of the club is closed, and the job has looked after it; other clubs are somebody else's."""
    others = Membership.filter(user_id=village.owner.id).exclude(club_id=village.club.id)
    await others.update(user_id=village.removed.id)
    await User.filter(id=village.owner.id).update(is_active=False)
    await look_after_orphans()
    return village


async def _told(village: Village, person: User, path: str = "/c/atelier/") -> tuple[bool, bool]:
    page = (await village.client(person).get(path)).text
    return SAID in page, LINK in page


async def test_moderators_read_it_above_every_page_and_members_once_it_is_their_turn(orphan: Village) -> None:
    for path in ("/c/atelier/", "/c/atelier/home", "/c/atelier/people", "/c/atelier/wiki/"):
        assert await _told(orphan, orphan.moderator, path) == (True, True)
        assert await _told(orphan, orphan.member, path) == (False, False)
    assert await Club.filter(id=orphan.club.id).update(ownerless_at=datetime.now(UTC) - WAIT) == 1
    await look_after_orphans()
    people = (orphan.moderator, orphan.member, orphan.guest)
    assert [await _told(orphan, person) for person in people] == [(True, True), (True, True), (False, False)]


async def test_people_outside_learn_nothing_of_it(orphan: Village) -> None:
    await Club.filter(id=orphan.club.id).update(visibility="public")
    for person in (orphan.outsider, orphan.removed, None):
        assert SAID not in (await orphan.client(person).get("/c/atelier/")).text


async def test_the_page_that_offers_it_does_not_point_to_itself(orphan: Village) -> None:
    page = await orphan.client(orphan.moderator).get("/c/atelier/take-over")
    assert (page.status_code, page.text.count(LINK)) == (200, 0)


@pytest.mark.parametrize("way", ["take over", "come back"])
async def test_it_is_gone_with_the_next_page_once_somebody_owns_the_club(orphan: Village, way: str) -> None:
    browser = orphan.client(orphan.moderator)
    assert SAID in (await browser.get("/c/atelier/")).text
    if way == "take over":
        await browser.post("/c/atelier/take-over")
    else:
        await User.filter(id=orphan.owner.id).update(is_active=True)
    page = (await browser.get("/c/atelier/home")).text
    assert (SAID in page, "1 club has no owner" in (await orphan.client(orphan.operator).get("/admin/")).text) == (
        *(False, False),
    )


async def test_while_it_goes_into_another_club_that_is_said_alone(orphan: Village) -> None:
    await ClubMerge.create(source_id=orphan.hidden.id, target_id=orphan.club.id)
    page = (await orphan.client(orphan.moderator).get("/c/atelier/")).text
    assert (SAID in page, "become one at this moment" in page) == (False, True)


async def test_operators_are_led_to_the_clubs_that_nobody_owns(orphan: Village) -> None:
    page = (await orphan.client(orphan.operator).get("/admin/")).text
    assert ("1 club has no owner" in page, "/admin/clubs?only=no_owner" in page) == (True, True)
    assert "All is well" not in page
    assert "/admin/clubs/atelier" in (await orphan.client(orphan.operator).get("/admin/clubs?only=no_owner")).text


async def test_it_costs_no_query(village: Village) -> None:
    browser, counts = village.client(village.moderator), []
    await browser.get("/c/atelier/people")
    for _ in range(2):
        with village.queries() as seen:
            assert (await browser.get("/c/atelier/people")).status_code == 200
        counts.append(seen.count)
        await Membership.filter(club_id=village.club.id, user_id=village.owner.id).update(role="member")
        await look_after_orphans()
    assert SAID in (await browser.get("/c/atelier/people")).text
    assert counts[0] == counts[1]
