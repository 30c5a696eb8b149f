"""Somebody who belongs to two hundred clubs."""

from __future__ import annotations

from cercle.testing import Village
from spaces.models import Club, Membership


async def test_a_member_of_two_hundred_clubs_gets_home_in_as_many_queries_as_one_of_two(village: Village) -> None:
    await village.join(village.member, village.public)
    browser = village.client(village.member)
    await browser.get("/")
    with village.queries() as few:
        await browser.get("/")
    await Club.bulk_create(
        [Club(slug=f"many-{n}", name=f"Many {n}", sort_name=f"many {n:03}", kind="team") for n in range(198)]
    )
    clubs = await Club.filter(slug__startswith="many-")
    await Membership.bulk_create([Membership(club=club, user=village.member, role="member") for club in clubs])

    with village.queries() as many:
        page = (await browser.get("/")).text

    assert "Many" in page
    assert many.count == few.count
