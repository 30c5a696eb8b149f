"""The seed: the same rows from the same sizes, whole after it was stopped, and only on an empty site."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.seed import fill
from benchmarks.seed_rows import MEMBER, OPERATOR, WITNESSES, Sizes, member_at, membership_row, place_of
from cercle.testing import Village, village_settings
from core.accounts.models import User
from core.app import Cercle
from core.errors import Conflict
from core.models import Blob
from plugins.wiki.models import Page
from spaces.models import Club, Content, Membership
from spaces.queries.club_list import ClubsSought, list_club_lines
from spaces.services.activity import note_members

SIZES = Sizes(clubs=14, users=60, memberships=220, contents=200)


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Cercle]:
    """A site without anybody, on the embedded database."""
    settings = village_settings(tmp_path / "data", f"sqlite://{tmp_path}/empty.db")
    async with Cercle(settings).running(jobs=False, upgrade=True) as app:
        yield app


def _ignored(*_: object) -> None:
    """Nobody watches."""


def test_every_club_has_members_of_its_own_and_the_sizes_add_up() -> None:
    rows = [membership_row(number, SIZES) for number in range(1, SIZES.memberships + 1)]

    assert len({(row[1], row[2]) for row in rows}) == SIZES.memberships
    assert [row[0] for row in rows] == list(range(1, SIZES.memberships + 1))
    assert {row[1] for row in rows} == set(range(1, SIZES.clubs + 1))
    assert Counter(row[3] for row in rows)["owner"] == SIZES.clubs
    assert {row[2] for row in rows} <= set(range(1, SIZES.users + 1))


def test_the_first_clubs_are_the_same_in_every_size() -> None:
    large = Sizes(clubs=140, users=600, memberships=140 * (220 // 14), contents=2000)

    for club in range(1, WITNESSES + 1):
        assert [member_at(one, club, place) for one in (SIZES, large) for place in (0, 1)] == [OPERATOR, MEMBER] * 2
    assert SIZES.member_ends[:WITNESSES] == large.member_ends[:WITNESSES]


def test_a_row_finds_its_club() -> None:
    assert [place_of(number, [2, 5]) for number in (1, 2, 3, 5)] == [(1, 0), (1, 1), (2, 0), (2, 2)]


async def test_a_site_is_filled_and_its_people_see_what_is_theirs(empty: Cercle) -> None:
    await fill(empty, SIZES, _ignored, batch=37)

    assert await User.all().count() == SIZES.users
    assert await Club.all().count() == SIZES.clubs
    assert await Membership.all().count() == SIZES.memberships
    assert await Content.all().count() == SIZES.contents
    assert await Page.all().count() == SIZES.contents // 2
    assert (await Blob.get()).references == SIZES.contents // 5
    assert await Membership.filter(user_id=MEMBER).count() == WITNESSES
    assert await note_members() == 0
    lines = await list_club_lines(ClubsSought(sort="members"), quota=1)
    assert [line.members for line in lines] == sorted((line.members for line in lines), reverse=True)


async def test_it_goes_on_where_it_was_stopped(empty: Cercle) -> None:
    told = []

    def stop(what: str, done: int, total: int) -> None:
        told.append(what)
        if what == "spaces.Content" and done > 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await fill(empty, SIZES, stop, batch=30)
    half = await Content.all().count()
    await fill(empty, SIZES, _ignored, batch=30)
    await fill(empty, SIZES, _ignored)

    assert 50 < half < SIZES.contents
    assert await Content.all().count() == SIZES.contents
    assert await Membership.all().count() == SIZES.memberships


async def test_other_sizes_are_refused(empty: Cercle) -> None:
    await fill(empty, SIZES, _ignored)

    with pytest.raises(Conflict):
        await fill(empty, Sizes(14, 60, 221, 200), _ignored)
    assert await Membership.all().count() == SIZES.memberships


async def test_a_site_in_use_is_refused(village: Village) -> None:
    with pytest.raises(Conflict):
        await fill(village.app, SIZES, _ignored)
    assert await Club.all().count() == 3
