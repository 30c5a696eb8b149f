"""The list of members: what it shows to whom, search, filters, order and pages, however many there are."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.collation import sort_name
from spaces.models import Membership

PEOPLE = "/c/atelier/people"


def _names(page: str) -> list[str]:
    return [html.unescape(name) for name in re.findall(r'class="item-title"><a href="[^"]*">([^<]*)</a>', page)]


async def _many(village: Village, count: int) -> None:
    people = [
        User(
            email=f"p{number}@village.example",
            handle=f"p{number}",
            name=f"Pat Person{number:05}",
            sort_name=sort_name(f"Pat Person{number:05}"),
            stamp="x" * 32,
        )
        for number in range(count)
    ]
    await User.bulk_create(people, batch_size=500)
    made = await User.filter(handle__startswith="p", name__startswith="Pat ").order_by("id")
    now = datetime.now(UTC)
    await Membership.bulk_create(
        [
            Membership(
                club=village.club,
                user=one,
                role="member",
                visited_at=now - timedelta(hours=place) if place % 3 else None,
            )
            for place, one in enumerate(made)
        ],
        batch_size=500,
    )


async def test_managers_see_how_everybody_came_and_when_they_were_last_there(village: Village) -> None:
    place = Membership.filter(club=village.club, user=village.member)
    await place.update(came_by="invitation", invited_by_id=village.owner.id, visited_at=datetime.now(UTC))

    for manager in (village.owner, village.moderator):
        page = (await village.client(manager).get(PEOPLE)).text
        assert "Invited by Oscar Owner" in page
        assert page.count("<span>Last there") == 1
        assert page.count("Has not been there yet") == 3


async def test_other_members_see_neither_how_nor_when(village: Village) -> None:
    place = Membership.filter(club=village.club, user=village.member)
    await place.update(
        came_by="invitation", invited_by_id=village.owner.id, visited_at=datetime.now(UTC) - timedelta(days=50)
    )
    browser = village.client(village.guest)

    pages = [(await browser.get(f"{PEOPLE}?{query}")).text for query in ("", "only=away30", "sort=seen", "only=ending")]

    for page in pages:
        assert len(_names(page)) == 4
        for word in ("Invited by", "Last there", "been there", 'name="member"', "Not there for", "Download this list"):
            assert word not in page
    assert len({tuple(_names(page)) for page in pages}) == 1


@pytest.mark.parametrize("typed", ["éléonore", "ELEONORE", "Éléo noi", "noisée", "oeuvre", "Œuvres d'élég"])
async def test_members_are_found_by_name_and_headline_without_accents(village: Village, typed: str) -> None:
    person = await village.person("Éléonore Noisée", headline="Cheffe d’Œuvres d’élégance")
    await village.join(person, village.club)

    found = await village.client(village.member).get(PEOPLE, params={"q": typed})

    assert _names(found.text) == ["Éléonore Noisée"]


async def test_a_hidden_headline_is_neither_shown_nor_searched(village: Village) -> None:
    person = await village.person("Hida Hidden", headline="Zythologue", hidden="email headline")
    await village.join(person, village.club)

    found = await village.client(village.owner).get(PEOPLE, params={"q": "zythologue"})
    everybody = await village.client(village.owner).get(PEOPLE)

    assert _names(found.text) == []
    assert "Zythologue" not in everybody.text


@pytest.mark.parametrize(
    "typed", ["%", "_", "!", "\\", "'", "*", "[a", "\x00", "\ud800", "x" * 5000, "İİ", "a\u0301" * 200]
)
async def test_odd_searches_find_nobody_and_break_nothing(village: Village, typed: str) -> None:
    sent = typed.encode("utf-8", "surrogatepass")
    answer = await village.client(village.owner).get(httpx_url(sent))

    assert answer.status_code in (200, 400, 404, 422)
    if answer.status_code == 200 and typed not in ("\x00", "\ud800"):
        assert _names(answer.text) == []


def httpx_url(sent: bytes) -> str:
    return f"{PEOPLE}?q=" + "".join(f"%{byte:02X}" for byte in sent)


async def test_the_list_is_narrowed_to_those_who_were_not_there_for_long(village: Village) -> None:
    now = datetime.now(UTC)
    places = {
        village.owner: now,
        village.moderator: now - timedelta(days=40),
        village.member: now - timedelta(days=100),
    }
    await Membership.filter(club=village.club).update(joined_at=now - timedelta(days=400))
    for person, at in places.items():
        await Membership.filter(club=village.club, user=person).update(visited_at=at)
    fresh = await village.person("Nora New")
    await village.join(fresh, village.club)
    browser = village.client(village.owner)

    away = {days: _names((await browser.get(f"{PEOPLE}?only=away{days}")).text) for days in (30, 90)}

    assert away == {30: ["Gilda Guest", "Max Member", "Mona Moderator"], 90: ["Gilda Guest", "Max Member"]}


async def test_the_list_is_narrowed_to_those_whose_membership_ends_and_who_joined_since(village: Village) -> None:
    now = datetime.now(UTC)
    await Membership.filter(club=village.club).update(joined_at=now - timedelta(days=400))
    await Membership.filter(club=village.club, user=village.guest).update(expires_at=now + timedelta(days=29))
    await Membership.filter(club=village.club, user=village.member).update(
        expires_at=now + timedelta(days=31), joined_at=now - timedelta(days=2)
    )
    browser = village.client(village.owner)

    ending = await browser.get(f"{PEOPLE}?only=ending")
    joined = await browser.get(f"{PEOPLE}?since={(now - timedelta(days=3)).date()}")

    assert _names(ending.text) == ["Gilda Guest"]
    assert "until " in ending.text
    assert _names(joined.text) == ["Max Member"]


async def test_a_membership_that_is_over_is_not_listed(village: Village) -> None:
    past = datetime.now(UTC) - timedelta(minutes=1)
    await Membership.filter(club=village.club, user=village.guest).update(expires_at=past)

    page = await village.client(village.owner).get(PEOPLE)

    assert "Gilda Guest" not in page.text


@pytest.mark.parametrize("sort", ["name", "joined", "seen"])
async def test_every_order_goes_on_by_cursor_and_names_everybody_once(village: Village, sort: str) -> None:
    await _many(village, 120)
    browser = village.client(village.owner)
    seen: list[str] = []
    link: str | None = f"{PEOPLE}?sort={sort}"

    while link:
        page = (await browser.get(link)).text
        seen += _names(page)
        found = re.search(r'rel="next" href="([^"]*)"', page)
        link = html.unescape(found[1]) if found else None

    assert len(seen) == len(set(seen)) == 124


@pytest.mark.parametrize("sort", ["name", "joined", "seen"])
async def test_the_list_takes_the_same_queries_for_few_and_for_many(village: Village, sort: str) -> None:
    browser = village.client(village.owner)
    await browser.get(PEOPLE)
    with village.queries() as few:
        await browser.get(f"{PEOPLE}?sort={sort}")
    await _many(village, 2000)
    with village.queries() as many:
        answer = await browser.get(f"{PEOPLE}?sort={sort}")

    assert len(_names(answer.text)) == 50
    assert many.count == few.count


@pytest.mark.parametrize("after", ["nonsense", "WyJhIl0", "WyJhIiwiYiJd", "WyIiLCI5OTk5OTk5OTk5OTk5OTk5OTkiXQ"])
async def test_a_cursor_that_was_made_up_breaks_nothing(village: Village, after: str) -> None:
    for sort in ("name", "joined", "seen"):
        answer = await village.client(village.owner).get(f"{PEOPLE}?sort={sort}&after={after}")
        assert answer.status_code in (200, 422)


async def test_everybody_on_the_page_is_ticked_without_a_script(village: Village) -> None:
    browser = village.client(village.owner)

    page = (await browser.get(PEOPLE)).text
    link = re.search(r'<a href="([^"]*ticked[^"]*)"', page)
    ticked = (await browser.get(html.unescape(link[1]) if link else "")).text

    assert (page.count(" checked>"), ticked.count(" checked>")) == (0, 4)


@pytest.mark.parametrize("person,status", [("guest", 200), ("member", 200), ("outsider", 404), ("removed", 404)])
async def test_only_members_see_it(village: Village, person: str, status: int) -> None:
    answer = await village.client(getattr(village, person)).get(f"{PEOPLE}?sort=joined&since=2020-01-01")

    assert answer.status_code == status
