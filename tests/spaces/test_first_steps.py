"""The first steps on a club's home: for those who run it, for those who are new, ticked by what is there, put away for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import User
from spaces.models import Club, Membership
from spaces.queries.welcome import CAME_WITHIN, FOUNDED_WITHIN

pytestmark = pytest.mark.anyio

HOME = "/c/atelier/home"
DONE = "/c/atelier/first-steps/done"
FOR_OWNERS = "First steps with your club"
FOR_NEWCOMERS = "Welcome to Atelier"


async def test_an_owner_sees_what_is_missing_and_it_is_ticked_once_it_is_there(village: Village) -> None:
    page = await _home(village, village.owner)
    assert FOR_OWNERS in page
    assert '<a href="/c/atelier/settings#field-purpose">Say what the club is for</a>' in page
    assert '<a href="/c/atelier/invitations">Invite people</a>' not in page  # there are people already

    await Club.filter(id=village.club.id).update(purpose="Roofs and what is below them")
    page = await _home(village, village.owner)
    assert "#field-purpose" not in page
    assert "Say what the club is for" in page


async def test_a_new_member_learns_who_runs_the_club_and_what_is_in_it(village: Village) -> None:
    page = await _home(village, village.member)
    assert FOR_NEWCOMERS in page
    assert FOR_OWNERS not in page
    assert f"{village.owner.name} runs this club." in page
    for plugin in ("wiki", "blog", "files"):
        assert f'<a href="/c/atelier/{plugin}/">' in page.partition("What is here:")[2].partition("</p>")[0]


async def test_the_steps_go_when_all_are_done(village: Village) -> None:
    await User.filter(id=village.guest.id).update(photo_hash="a" * 64)
    assert "Put a face to your name" in await _home(village, village.guest)
    await User.filter(id=village.guest.id).update(headline="I draw roofs")
    assert FOR_NEWCOMERS not in await _home(village, village.guest)  # a guest writes nothing


async def test_who_puts_them_away_sees_them_no_more_and_others_still_do(village: Village) -> None:
    answer = await village.client(village.member).post(DONE)
    assert answer.status_code == 303
    assert FOR_NEWCOMERS not in await _home(village, village.member)
    assert FOR_NEWCOMERS in await _home(village, village.moderator)


async def test_only_members_put_steps_away(village: Village) -> None:
    assert (await village.client(village.outsider).post(DONE)).status_code == 404
    assert (await village.client(None).post(DONE)).status_code == 303
    assert not await Membership.filter(steps_done_at__isnull=False).exists()


async def test_nobody_who_has_been_there_long_is_shown_round(village: Village) -> None:
    long_ago = datetime.now(UTC) - CAME_WITHIN - timedelta(days=1)
    await Membership.filter(user_id=village.member.id).update(joined_at=long_ago)
    assert FOR_NEWCOMERS not in await _home(village, village.member)
    await Club.filter(id=village.club.id).update(created_at=datetime.now(UTC) - FOUNDED_WITHIN - timedelta(days=1))
    assert FOR_OWNERS not in await _home(village, village.owner)


async def test_somebody_outside_is_shown_no_steps(village: Village) -> None:
    page = (await village.client(village.outsider).get("/c/place/home")).text
    assert "first-steps" not in page


async def _home(village: Village, person: User) -> str:
    return (await village.client(person).get(HOME)).text
