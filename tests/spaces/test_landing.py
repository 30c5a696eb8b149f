"""Where somebody comes who opens a club: the place that its owners chose for members and for others, or its home."""

from __future__ import annotations

import pytest

from cercle.testing import Village
from spaces.models import Club, Membership
from spaces.services import set_grant
from spaces.switches import pause_plugin, set_policy

HOME = "/c/atelier/"


async def test_members_are_led_to_the_place_that_was_chosen_for_them(village: Village) -> None:
    await _lands(village.club, landing="blog")
    member = village.client(village.member)

    opened = await member.get(HOME)
    home = await member.get("/c/atelier/home")

    assert (opened.status_code, opened.headers["location"]) == (303, "/c/atelier/blog/")
    assert home.status_code == 200
    assert 'href="/c/atelier/home" aria-current="page"' in home.text
    assert 'href="/c/atelier/home"' in (await member.get("/c/atelier/blog/")).text
    assert '<h1 class="club-head-name">' in home.text


async def test_without_a_choice_the_home_is_at_the_club_itself(village: Village) -> None:
    member = village.client(village.member)
    opened, home = await member.get(HOME), await member.get("/c/atelier/home")

    assert (opened.status_code, home.status_code) == (200, 200)
    assert 'href="/c/atelier/" aria-current="page"' in opened.text
    assert "/c/atelier/home" not in opened.text


async def test_others_are_led_elsewhere_than_members(village: Village) -> None:
    await set_grant(village.public, "visitor", "blog.view", True, actor=None)
    await _lands(village.public, landing="people", visitor_landing="blog")

    assert (await village.client(village.owner).get("/c/place/")).headers["location"] == "/c/place/people"
    assert (await village.client(village.outsider).get("/c/place/")).headers["location"] == "/c/place/blog/"
    assert (await village.client().get("/c/place/")).status_code == 200


@pytest.mark.parametrize("way", ["off", "paused", "unavailable", "hidden", "unreadable", "gone"])
async def test_a_place_that_cannot_be_read_leads_to_the_home(village: Village, way: str) -> None:
    await _lands(village.club, landing="gone" if way == "gone" else "blog")
    if way == "off":
        await village.switch("blog", "off")
    elif way == "paused":
        await pause_plugin(village.club.id, "blog", "it failed")
    elif way == "unavailable":
        await set_policy("blog", "unavailable", actor=None)
    elif way == "hidden":
        await Club.filter(slug="atelier").update(tabs='[{"p":"blog","label":"","hidden":true}]')
    elif way == "unreadable":
        await set_grant(village.club, "member", "blog.view", False, actor=None)

    answer = await village.client(village.member).get(HOME)

    assert answer.status_code == 200
    assert "/c/atelier/home" not in answer.text


async def test_what_can_only_be_read_still_opens_first(village: Village) -> None:
    await _lands(village.club, landing="blog")
    await village.switch("blog", "read_only")
    assert (await village.client(village.member).get(HOME)).status_code == 303


async def test_the_landing_tells_people_outside_nothing(village: Village) -> None:
    await _lands(village.club, landing="blog", visitor_landing="blog")
    await _lands(village.hidden, landing="blog", visitor_landing="blog")

    outside = await village.client(village.outsider).get(HOME)
    secret = [(await village.client(village.outsider).get(f"/c/cave/{path}")).status_code for path in ("", "home")]
    stranger = [(await village.client().get(f"/c/{path}")).status_code for path in ("cave/", "cave/home", "atelier/")]

    assert outside.status_code == 200
    assert "/c/atelier/blog/" not in outside.text
    assert secret == [404, 404]
    assert stranger == [404, 404, 200]


async def test_who_was_removed_is_outside_at_once(village: Village) -> None:
    await _lands(village.club, landing="blog")
    member = village.client(village.member)
    inside = (await member.get(HOME)).status_code
    await village.leave(village.member, village.club)

    assert inside == 303
    assert (await member.get(HOME)).status_code == 200


async def test_opening_the_club_counts_as_a_visit_wherever_it_leads(village: Village) -> None:
    await _lands(village.club, landing="blog")
    member = village.client(village.member, sec_purpose="prefetch")
    await member.get(HOME)
    before = await Membership.get(club=village.club, user=village.member)
    del member.headers["sec-purpose"]
    await member.get(HOME)

    assert before.visited_at is None
    assert (await Membership.get(club=village.club, user=village.member)).visited_at is not None


async def test_a_message_survives_the_way_to_the_landing(village: Village) -> None:
    await _lands(village.public, landing="blog")
    await Club.filter(slug="place").update(join_policy="open")
    browser = village.client(village.outsider)

    joined = await browser.post("/c/place/join")
    opened = await browser.get(joined.headers["location"])
    arrived = await browser.get(opened.headers["location"])

    assert opened.headers["location"] == "/c/place/blog/"
    assert "Welcome to Place." in arrived.text


async def test_owners_choose_what_opens_first_on_the_page_of_the_tabs(village: Village) -> None:
    owner = village.client(village.owner)
    page = (await owner.get("/c/place/settings/tabs")).text
    form = _form(page, landing="wiki", visitor_landing="blog")

    saved = await owner.post("/c/place/settings/tabs", data=form)

    club = await Club.get(slug="place")
    assert (saved.status_code, club.landing, club.visitor_landing) == (303, "wiki", "blog")
    assert 'id="field-visitor_landing"' in page
    assert 'id="field-visitor_landing"' not in (await owner.get("/c/atelier/settings/tabs")).text


@pytest.mark.parametrize("landing, hidden", [("nonsense", []), ("../admin", []), ("blog", ["blog"])])
async def test_a_landing_that_cannot_be_is_refused(village: Village, landing: str, hidden: list[str]) -> None:
    owner = village.client(village.owner)
    page = (await owner.get("/c/place/settings/tabs")).text

    answer = await owner.post("/c/place/settings/tabs", data=_form(page, landing=landing, hidden=hidden))

    assert answer.status_code == 422
    assert (await Club.get(slug="place")).landing == ""


async def test_the_landing_costs_no_query_beside_the_gates(village: Village) -> None:
    await _lands(village.club, landing="blog")
    member = village.client(village.member)
    await member.get(HOME)
    with village.queries() as seen:
        assert (await member.get(HOME)).status_code == 303
    assert seen.count == 1


def _form(page: str, **values: object) -> dict[str, object]:
    names = ["wiki", "blog", "files", "directory", "people"]
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    return {"place": names, "label": [""] * len(names), "seen": seen, **values}


async def _lands(club: Club, **places: str) -> None:
    await Club.filter(id=club.id).update(**places)
