"""Archived clubs stand out of the way: apart in the lists, not on the rail, and still there to read."""

from __future__ import annotations

import pytest

from cercle.testing import Village
from core.accounts.models import User
from spaces.services import archive_club
from spaces.services.deletion import delete_club

pytestmark = pytest.mark.anyio


async def test_an_archived_club_leaves_the_list_of_clubs_for_one_of_its_own(village: Village) -> None:
    await archive_club(village.club, actor=await village.viewer(village.owner))
    for person in (village.member, village.outsider):
        assert "Atelier" not in _content(await _get(village, person, "/clubs"))
        assert "Atelier" in _content(await _get(village, person, "/clubs?archived=1"))
        assert "Place" not in _content(await _get(village, person, "/clubs?archived=1"))


async def test_it_leaves_the_rail_and_the_home_and_stands_below_my_clubs(village: Village) -> None:
    await archive_club(village.club, actor=await village.viewer(village.owner))
    home = await _get(village, village.owner, "/")
    assert '<a class="rail-link" href="/c/atelier/"' not in home
    assert '<a class="rail-link" href="/c/place/"' in home
    mine = await _get(village, village.owner, "/clubs/mine")
    assert mine.index(">Place<") < mine.index("Archived clubs</h2>") < mine.rindex(">Atelier<")
    inside = await _get(village, village.owner, "/c/atelier/home")
    assert '<a class="rail-link" href="/c/atelier/" aria-current="true"' in inside


async def test_somebody_whose_only_club_is_archived_has_a_home(village: Village) -> None:
    await archive_club(village.club, actor=await village.viewer(village.owner))
    assert "All quiet" in await _get(village, village.member, "/")


async def test_the_order_of_the_others_is_changed_without_it(village: Village) -> None:
    await archive_club(village.club, actor=await village.viewer(village.owner))
    answer = await village.client(village.owner).post("/clubs/mine/place", data={"club": "place", "place": "up"})
    assert answer.status_code == 303
    mine = await _get(village, village.owner, "/clubs/mine")
    assert mine.index('id="place"') < mine.index('id="cave"')


async def test_my_clubs_lead_to_those_that_can_be_brought_back(village: Village) -> None:
    path = "/clubs/deleted"
    assert f'href="{path}"' not in await _get(village, village.owner, "/clubs/mine")
    await delete_club(village.hidden, actor=await village.viewer(village.owner))
    assert f'href="{path}"' in await _get(village, village.owner, "/clubs/mine")
    assert f'href="{path}"' not in await _get(village, village.member, "/clubs/mine")


async def _get(village: Village, person: User, path: str) -> str:
    return (await village.client(person).get(path)).text


def _content(page: str) -> str:
    return page.partition("<main")[2]
