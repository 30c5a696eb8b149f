"""Seeing a club as another role: what shows is what that role sees, nothing can be changed, and nobody sees more than before."""

from __future__ import annotations

import pytest

from cercle._testing.walk import stops
from cercle.testing import Village
from core.models import AuditEntry
from spaces.models import Club, Membership
from spaces.seen_as import COOKIE
from spaces.services import set_grant
from tests.blog.writing import write

pytestmark = pytest.mark.anyio

STOP = "/see-as/stop"
BAR = "You see this club as"


async def test_an_owner_sees_what_a_guest_sees_and_is_told_so(village: Village) -> None:
    await set_grant(village.club, "guest", "wiki.view", False, actor=await village.viewer(village.owner))
    browser = village.client(village.owner)
    await browser.post("/c/atelier/see-as", data={"role": "guest"})
    page = (await browser.get("/c/atelier/home")).text
    assert BAR in page
    assert "“Guest”" in page
    assert "/c/atelier/settings" not in page
    assert (await browser.get("/c/atelier/wiki/")).status_code == (
        await village.client(village.guest).get("/c/atelier/wiki/")
    ).status_code
    answer = await browser.post(STOP, data={"club": "atelier"})
    assert answer.headers["location"] == "/c/atelier/"
    page = (await browser.get("/c/atelier/home")).text
    assert BAR not in page
    assert "/c/atelier/settings" in page


@pytest.mark.parametrize("role", ["moderator", "member", "guest", "visitor", "anonymous"])
async def test_every_page_answers_as_it_does_to_somebody_of_that_role(village: Village, role: str) -> None:
    person = {"visitor": village.outsider, "anonymous": None}.get(role, getattr(village, role, None))
    browser, other = village.client(village.owner), village.client(person)
    await browser.post(
        "/c/place/see-as" if role in ("visitor", "anonymous") else "/c/atelier/see-as", data={"role": role}
    )
    club = "place" if role in ("visitor", "anonymous") else "atelier"
    pages = [stop for stop in stops(village) if stop.is_in_a_club and stop.method == "GET" and not stop.is_api]
    assert len(pages) > 50
    for path in (stop.path(club=club) for stop in pages):
        mine, theirs = await browser.get(path), await other.get(path)
        expected = 403 if theirs.status_code == 303 and "/sign-in" in theirs.headers["location"] else theirs.status_code
        assert mine.status_code == expected, path


@pytest.mark.parametrize("role", ["guest", "visitor", "anonymous"])
async def test_nothing_can_be_changed_meanwhile(village: Village, role: str) -> None:
    browser = village.client(village.owner)
    await browser.post("/c/place/see-as", data={"role": role})
    for path, data in (
        ("/c/place/settings", {"name": "Other", "visibility": "public", "join_policy": "open", "accent": "teal"}),
        ("/c/place/wiki/pages", {"title": "A page", "text": "Words"}),
        ("/c/place/leave", {}),
        ("/c/place/see-as", {"role": "member"}),
    ):
        answer = await browser.post(path, data=data)
        assert answer.status_code == 403, path
        assert "nothing can be changed" in answer.text
        assert BAR in answer.text
    assert (await Club.get(slug="place")).name == "Place"


async def test_drafts_of_my_own_do_not_show_to_the_role_that_i_see_as(village: Village) -> None:
    browser = village.client(village.owner)
    await write(village, "Xyzzydraft", author=village.owner, state="draft")
    assert "Xyzzydraft" in (await browser.get("/c/atelier/blog/drafts")).text
    await browser.post("/c/atelier/see-as", data={"role": "member"})
    for path in ("/c/atelier/blog/drafts", "/c/atelier/blog/", "/c/atelier/home"):
        assert "Xyzzydraft" not in (await browser.get(path)).text


@pytest.mark.parametrize("person", ["member", "guest", "outsider", "removed", None])
async def test_nobody_else_sees_as_another(village: Village, person: str | None) -> None:
    browser = village.client(getattr(village, person) if person else None)
    answer = await browser.post("/c/atelier/see-as", data={"role": "visitor"})
    assert answer.status_code in (303, 403, 404)
    assert COOKIE not in answer.headers.get("set-cookie", "")
    assert not await AuditEntry.exists(action="spaces.seen_as")


@pytest.mark.parametrize("role", ["owner", "moderator", "king", "", "a\x00b", "guest.x" * 30])
async def test_a_moderator_sees_as_nobody_above_and_nobody_who_is_not(village: Village, role: str) -> None:
    answer = await village.client(village.moderator).post("/c/atelier/see-as", data={"role": role})
    assert answer.status_code in (403, 422)
    assert COOKIE not in answer.headers.get("set-cookie", "")


async def test_the_mark_of_another_person_or_club_or_of_somebody_who_lost_the_right_counts_nothing(
    village: Village,
) -> None:
    browser = village.client(village.moderator)
    answer = await browser.post("/c/atelier/see-as", data={"role": "guest"})
    mark = answer.cookies[COOKIE]
    member = village.client(village.member)
    member.cookies.set(COOKIE, mark)
    assert BAR not in (await member.get("/c/atelier/home")).text
    assert BAR not in (await browser.get("/c/place/home")).text
    await Membership.filter(user_id=village.moderator.id).update(role="guest")
    assert BAR not in (await browser.get("/c/atelier/home")).text
    browser.cookies.set(COOKIE, mark[:-3] + "abc")
    assert (await browser.get("/c/atelier/home")).status_code == 200


async def test_a_role_that_may_more_than_i_shows_me_no_more(village: Village) -> None:
    owner = await village.viewer(village.owner)
    await set_grant(village.club, "moderator", "wiki.view", False, actor=owner)
    browser = village.client(village.moderator)
    before = (await browser.get("/c/atelier/wiki/")).status_code
    await browser.post("/c/atelier/see-as", data={"role": "member"})
    assert (await browser.get("/c/atelier/wiki/")).status_code == before != 200


async def test_the_api_and_other_clubs_are_as_ever(village: Village) -> None:
    browser = village.client(village.owner)
    await browser.post("/c/atelier/see-as", data={"role": "anonymous"})
    assert (await browser.get("/api/v1/clubs/atelier")).json()["role"] == "owner"
    assert BAR not in (await browser.get("/c/cave/home")).text
    assert BAR not in (await browser.get("/")).text


async def test_the_page_of_a_stranger_is_not_the_one_with_the_bar(village: Village) -> None:
    """A page that is kept for people who are not signed in is not the one that an owner saw as one of them."""
    browser = village.client(village.owner)
    await browser.post("/c/place/see-as", data={"role": "anonymous"})
    assert BAR in (await browser.get("/c/place/home")).text
    assert BAR not in (await village.client(None).get("/c/place/home")).text
