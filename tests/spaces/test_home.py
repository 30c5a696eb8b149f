"""Who joined lately, on the home of their club."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import User
from spaces.models import Club, Membership
from spaces.services import set_grant

pytestmark = pytest.mark.anyio

HOME = "/c/atelier/"


async def test_members_see_who_joined_lately_newest_first(village: Village) -> None:
    await _joined(village, village.guest, days=3)
    await _joined(village, village.moderator, days=5)

    panel = _panel(await village.client(village.member).get(HOME))

    assert panel.index("Gilda Guest") < panel.index(village.moderator.name)
    assert f"/c/atelier/people/{village.guest.handle}" in panel
    assert village.owner.name not in panel


async def test_who_joined_long_ago_or_looks_is_no_arrival(village: Village) -> None:
    await _joined(village, village.guest, days=61)
    await _joined(village, village.member, days=1)

    assert _panel(await village.client(village.member).get(HOME)) == ""
    assert village.member.name in _panel(await village.client(village.owner).get(HOME))


async def test_the_founding_of_a_club_is_no_arrival(village: Village) -> None:
    assert _panel(await village.client(village.member).get(HOME)) == ""


async def test_who_may_not_see_the_members_sees_no_arrivals(village: Village) -> None:
    await _joined(village, village.moderator, days=3)
    await set_grant(village.club, "guest", "spaces.view_members", False, actor=None)

    home = await village.client(village.guest).get(HOME)

    assert home.status_code == 200
    assert village.moderator.name not in home.text


async def test_visitors_of_a_public_club_see_no_arrivals(village: Village) -> None:
    await village.join(village.guest, village.public)
    await Club.filter(id=village.public.id).update(created_at=_ago(400))

    for person in (village.outsider, None):
        assert "Gilda Guest" not in (await village.client(person).get("/c/place/")).text


async def test_whose_account_is_closed_is_gone_from_the_arrivals(village: Village) -> None:
    await _joined(village, village.guest, days=3)
    await User.filter(id=village.guest.id).update(is_active=False)

    assert "Gilda Guest" not in _panel(await village.client(village.member).get(HOME))


async def _joined(village: Village, person: User, *, days: int) -> None:
    await Club.filter(id=village.club.id).update(created_at=_ago(400))
    await (
        Membership.filter(club=village.club)
        .exclude(user=person)
        .filter(joined_at__gt=_ago(0.5))
        .update(joined_at=_ago(300))
    )
    await Membership.filter(club=village.club, user=person).update(joined_at=_ago(days))


def _panel(home: httpx.Response) -> str:
    assert home.status_code == 200
    return home.text.partition("Joined lately</h2>")[2].partition("</section>")[0]


def _ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
