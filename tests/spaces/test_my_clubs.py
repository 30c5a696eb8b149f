"""My clubs: their order everywhere, muting, and a home that stays the same however many they are."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from html import unescape
from types import SimpleNamespace

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.db import atomic
from core.models import Mail
from core.notification_kinds import NotificationKind
from core.notification_wishes import choose
from core.notifications import notify
from plugins.blog.notifications import POST_PUBLISHED
from plugins.wiki.notifications import MENTIONED
from spaces.catalogue import publish_content
from spaces.models import Club, Membership
from spaces.notifications import FACTOR_REQUIRED
from spaces.services import create_club, remove_member
from spaces.switches import refresh_many

pytestmark = pytest.mark.anyio

MINE = "/clubs/mine"
_ROW = re.compile(r'<li class="mine-row" id="([^"]*)"')
_TILE = re.compile(r'<a class="club-tile-name" href="/c/([^/]*)/"')
_OLDER = re.compile(r'href="(/clubs/mine\?[^"]*after=[^"]*)"')
_RAIL = re.compile(r'<a class="rail-link" href="/c/([^/]*)/"')


async def test_clubs_stand_by_name_until_they_are_moved(village: Village) -> None:
    browser = await _in_four(village)
    assert _rows(await browser.get(MINE)) == ["atelier", "beta", "gamma", "zeta"]

    await _put(browser, "zeta", "up")
    assert _rows(await browser.get(MINE)) == ["atelier", "beta", "zeta", "gamma"]
    await _put(browser, "atelier", "down")
    assert _rows(await browser.get(MINE)) == ["beta", "atelier", "zeta", "gamma"]
    await _put(browser, "gamma", "first")
    assert _rows(await browser.get(MINE)) == ["gamma", "beta", "atelier", "zeta"]


async def test_home_rail_and_the_page_of_my_clubs_share_one_order(village: Village) -> None:
    browser = await _in_four(village)
    await _put(browser, "zeta", "first")

    home = await browser.get("/")

    order = ["zeta", "atelier", "beta", "gamma"]
    assert _TILE.findall(home.text) == order
    assert _RAIL.findall(home.text) == order
    assert _RAIL.findall((await browser.get("/c/beta/")).text) == order


async def test_at_the_ends_a_step_further_changes_nothing(village: Village) -> None:
    browser = await _in_four(village)
    await _put(browser, "beta", "first")
    before = await _places(village.member)

    for club, place in (("beta", "up"), ("zeta", "down")):
        assert (await _put(browser, club, place)).status_code == 303

    assert await _places(village.member) == before


async def test_a_club_that_is_new_to_me_stands_first(village: Village) -> None:
    browser = await _in_four(village)
    await _put(browser, "zeta", "first")
    await village.join(village.member, village.public)

    assert _rows(await browser.get(MINE)) == ["place", "zeta", "atelier", "beta", "gamma"]


async def test_my_order_is_mine_alone(village: Village) -> None:
    browser = await _in_four(village)
    before = await _places(village.owner)
    await _put(browser, "zeta", "first")

    assert await _places(village.owner) == before


async def test_many_moves_at_once_leave_one_order_without_gaps(village: Village) -> None:
    browser = await _in_four(village)
    slugs = ("atelier", "beta", "gamma", "zeta")
    answers = await asyncio.gather(*(_put(browser, slugs[number % 4], "first") for number in range(20)))

    assert {answer.status_code for answer in answers} == {303}
    assert sorted((await _places(village.member)).values()) == [1, 2, 3, 4]


@pytest.mark.parametrize("path", ["place", "mute", "mute/lift"])
async def test_a_club_that_is_not_mine_cannot_be_told_from_one_that_is_not_there(village: Village, path: str) -> None:
    browser = village.client(village.member)
    bodies = []
    for slug in ("cave", "nowhere"):
        answer = await browser.post(f"{MINE}/{path}", data={"club": slug, **_word_for(path)})
        assert answer.status_code == 404
        bodies.append(answer.text.replace(slug, ""))

    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    "sent", [{}, {"club": "atelier"}, {"club": "atelier", "place": "sideways"}, {"club": "a" * 100}]
)
async def test_what_makes_no_sense_is_refused(village: Village, sent: dict[str, str]) -> None:
    before = await _places(village.member)

    assert (await village.client(village.member).post(f"{MINE}/place", data=sent)).status_code == 422
    assert await _places(village.member) == before


async def test_who_was_removed_moves_and_mutes_nothing(village: Village) -> None:
    browser = village.client(village.member)
    await remove_member(village.club, village.member, actor=village.owner)

    for path in ("place", "mute", "mute/lift"):
        assert (await browser.post(f"{MINE}/{path}", data={"club": "atelier", **_word_for(path)})).status_code == 404
    assert not await Membership.exists(club=village.club, user=village.member)


async def test_strangers_are_led_to_the_sign_in(village: Village) -> None:
    assert (await village.client().get(MINE)).headers["location"].startswith("/sign-in")
    assert (
        (await village.client().post(f"{MINE}/mute", data={"club": "place"})).headers["location"].startswith("/sign-in")
    )


async def test_many_clubs_can_be_searched_without_accents(village: Village) -> None:
    browser = village.client(village.member)
    assert 'name="q" value=""' not in (await browser.get(MINE)).text.partition("<main")[2]
    for number in range(9):
        await create_club(name=f"Métallerie {number}", kind="team", actor=village.member)

    assert 'name="q" value=""' in (await browser.get(MINE)).text.partition("<main")[2]
    assert _rows(await browser.get(MINE, params={"q": "metallerie 7"})) == ["metallerie-7"]
    assert "No club matches" in (await browser.get(MINE, params={"q": "xyzzy"})).text


async def test_a_muted_club_brings_no_news_to_my_home(village: Village) -> None:
    browser = village.client(village.member)
    await _publish(village.club, 1, village.owner)
    assert "Item 1" in (await browser.get("/")).text

    await browser.post(f"{MINE}/mute", data={"club": "atelier"})
    muted = (await browser.get("/")).text
    assert "Item 1" not in muted
    assert "1 new<" not in muted
    assert ">Muted<" in muted
    assert "Item 1" in (await browser.get("/c/atelier/")).text

    await browser.post(f"{MINE}/mute/lift", data={"club": "atelier"})
    assert "Item 1" in (await browser.get("/")).text


async def test_who_joined_a_muted_club_is_no_news_either(village: Village) -> None:
    browser = village.client(village.member)
    assert "Gilda Guest" in (await browser.get("/")).text

    await browser.post(f"{MINE}/mute", data={"club": "atelier"})

    assert "Gilda Guest" not in (await browser.get("/")).text


@pytest.mark.parametrize(
    ("kind", "comes"), [(MENTIONED, True), (FACTOR_REQUIRED, True), (POST_PUBLISHED, False)], ids=str
)
async def test_of_a_muted_club_only_what_names_me_comes_by_mail(
    village: Village, kind: NotificationKind, comes: bool
) -> None:
    await _want_all(village.member)
    await Membership.filter(club=village.club, user=village.member).update(is_muted=True)

    for to in ([village.member.id], None):
        await _tell(village, kind, to)

    assert await Mail.exists(recipient=village.member.email) is comes


async def test_a_mail_that_waits_does_not_leave_after_muting(village: Village) -> None:
    await _want_all(village.member)
    await _tell(village, POST_PUBLISHED, [village.member.id])
    assert await village.app.notifications.still_wanted(
        "blog.post_published", village.club.id, village.member.id, "mail"
    )

    await village.client(village.member).post(f"{MINE}/mute", data={"club": "atelier"})

    person = village.member.id
    assert not await village.app.notifications.still_wanted("blog.post_published", village.club.id, person, "mail")
    assert await village.app.notifications.still_wanted("wiki.mentioned", village.club.id, person, "mail")


async def test_home_takes_the_same_queries_for_two_clubs_and_for_two_hundred(village: Village) -> None:
    browser = village.client(village.member)
    await village.join(village.member, village.public)
    counts = [await _count(village, browser)]
    for club in (await _many(village, 198))[:60]:
        await _publish(club, 1000 + club.id, village.owner)
    counts.append(await _count(village, browser))

    assert counts[0] == counts[1]
    home = (await browser.get("/")).text
    assert len(_TILE.findall(home)) == 12
    assert "All my 200 clubs" in home
    assert len(_RAIL.findall(home)) == 40


async def test_two_hundred_clubs_come_in_pages_that_a_move_leads_back_to(village: Village) -> None:
    browser = village.client(village.member)
    await _many(village, 100)
    first = await browser.get(MINE)
    second = await browser.get(_older(first))
    third = await browser.get(_older(second))

    assert [len(_rows(page)) for page in (first, second, third)] == [48, 48, 5]
    assert len({*_rows(first), *_rows(second), *_rows(third)}) == 101
    assert _older(third) == ""
    slug, after = _rows(second)[0], _rows(first)[-1]
    answer = await browser.post(f"{MINE}/place?after={after}", data={"club": slug, "place": "up"})
    assert answer.headers["location"] == f"{MINE}?after={after}#{slug}"
    assert _rows(await browser.get(MINE))[-2:] == [_rows(first)[-2], slug]


async def test_of_very_many_clubs_the_rail_shows_the_one_at_hand_too(village: Village) -> None:
    for number in range(41):
        await create_club(name=f"Club {number:02}", kind="team", actor=village.member)
    browser = village.client(village.member)

    assert _RAIL.findall((await browser.get("/")).text)[-1] == "club-38"
    assert _RAIL.findall((await browser.get("/c/club-40/")).text)[-1] == "club-40"


async def _in_four(village: Village) -> httpx.AsyncClient:
    for name in ("Zeta", "Beta", "Gamma"):
        await create_club(name=name, kind="team", actor=village.member)
    return village.client(village.member)


async def _many(village: Village, number: int) -> list[Club]:
    """So many more clubs of the member."""
    clubs = [Club(slug=f"many-{n}", name=f"Many {n:03}", sort_name=f"many {n:03}", kind="team") for n in range(number)]
    await Club.bulk_create(clubs)
    made = await Club.filter(slug__startswith="many-").order_by("sort_name")
    await refresh_many(made)
    await Membership.bulk_create([Membership(club=club, user=village.member) for club in made])
    return made


async def _put(browser: httpx.AsyncClient, club: str, place: str) -> httpx.Response:
    return await browser.post(f"{MINE}/place", data={"club": club, "place": place})


def _word_for(path: str) -> dict[str, str]:
    return {"place": "up"} if path == "place" else {}


def _rows(page: httpx.Response) -> list[str]:
    assert page.status_code == 200, page.text
    return _ROW.findall(page.text)


def _older(page: httpx.Response) -> str:
    return unescape(found[1]) if (found := _OLDER.search(page.text)) else ""


async def _places(person: User) -> dict[int, int]:
    return {one.club_id: one.position for one in await Membership.filter(user=person)}


async def _count(village: Village, browser: httpx.AsyncClient) -> int:
    await browser.get("/")
    with village.queries() as seen:
        assert (await browser.get("/")).status_code == 200
    return int(seen.count)


async def _want_all(person: User) -> None:
    """Every kind of notification by mail."""
    kinds = (MENTIONED, FACTOR_REQUIRED, POST_PUBLISHED)
    await choose(person.id, {"mail": {kind.name: True for kind in kinds}})


async def _tell(village: Village, kind: NotificationKind, to: list[int] | None) -> None:
    club = await Club.get(id=village.club.id)
    await notify(kind, to=to, club=club, key=f"{kind} {to}", subject="Something", text="Something.", path="/c/atelier/")


async def _publish(club: Club, number: int, author: User) -> None:
    async with atomic():
        await publish_content(
            SimpleNamespace(id=number, club_id=club.id),
            plugin="wiki",
            kind="page",
            title=f"Item {number}",
            url=f"/c/{club.slug}/{number}",
            author_id=author.id,
            published_at=datetime.now(UTC),
        )
