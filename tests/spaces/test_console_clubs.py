"""The clubs in the console: found, filtered, sorted, page by page, with who runs them and what happens in them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.collation import sort_key
from core.models import Fault
from spaces.models import Club, ClubPlugin, Content, JoinRequest, Membership
from spaces.queries.club_list import SORTS, ClubsSought, list_club_lines
from spaces.queries.health import LATELY, Health, health_of
from spaces.services.activity import note_activity, note_ownerless
from tests.blog.writing import write

LIST = "/admin/clubs"
NOW = datetime.now(UTC)
GIB = 1024**3


async def _club(name: str, **values: Any) -> Club:
    slug = sort_key(name).replace(" ", "-")
    return await Club.create(**{"slug": slug, "name": name, "sort_name": sort_key(name), "kind": "team", **values})


async def _shown(village: Village, **query: str) -> list[str]:
    page = (await village.client(village.operator).get(LIST, params=query)).text
    return re.findall(r'<p class="item-title"><a href="/admin/clubs/([^"]+)"', page)


async def test_clubs_are_found_by_name_address_kind_and_state(village: Village) -> None:
    await _club("Éclaireurs", kind="trade", archived_at=NOW)
    await _club("Gone", deleted_at=NOW)
    await _club("Full", storage_used=19 * GIB)
    await _club("Small plan", quota=100, storage_used=95)
    await _club("Old", created_at=NOW)
    await Club.filter(slug="old").update(created_at=NOW - timedelta(days=200), active_at=NOW - timedelta(days=100))
    await ClubPlugin.filter(club=village.public, plugin="wiki").update(paused_at=NOW)
    await User.filter(id=village.owner.id).update(is_active=True)
    await note_ownerless()
    ownerless = {"eclaireurs", "full", "small-plan", "old"}

    assert await _shown(village, q="eclaireurs") == ["eclaireurs"]
    assert await _shown(village, q="ALL-PL") == ["small-plan"]
    assert await _shown(village, q="%") == []
    assert await _shown(village, kind="trade") == ["eclaireurs"]
    assert await _shown(village, only="hidden") == ["cave"]
    assert await _shown(village, only="archived") == ["eclaireurs"]
    assert await _shown(village, only="deleted") == ["gone"]
    assert set(await _shown(village, only="full")) == {"full", "small-plan"}
    assert await _shown(village, only="paused") == ["place"]
    assert await _shown(village, only="quiet") == ["old"]
    assert set(await _shown(village, only="no_owner")) == ownerless
    assert {"gone", "eclaireurs"}.isdisjoint(await _shown(village, only="open"))
    assert len(await _shown(village, only="nonsense", kind="nonsense", sort="nonsense")) == 8


async def test_a_club_whose_owner_is_suspended_has_none(village: Village) -> None:
    assert await _shown(village, only="no_owner") == []

    await User.filter(id=village.owner.id).update(is_active=False)
    assert await note_ownerless() == 3

    assert set(await _shown(village, only="no_owner")) == {"atelier", "cave", "place"}
    assert "No owner" in (await village.client(village.operator).get(LIST)).text

    await User.filter(id=village.owner.id).update(is_active=True)
    assert await _shown(village, only="no_owner") == []
    assert (await note_ownerless(), await note_ownerless()) == (3, 0)


async def test_clubs_are_sorted_by_what_is_asked(village: Village) -> None:
    await Club.filter(slug="cave").update(storage_used=300, active_at=NOW)
    await Club.filter(slug="place").update(storage_used=200, active_at=NOW - timedelta(days=2))
    newest = [club.slug for club in await Club.all().order_by("-id")]

    assert await _shown(village) == ["atelier", "cave", "place"]
    assert await _shown(village, sort="storage") == ["cave", "place", "atelier"]
    assert await _shown(village, sort="active") == ["cave", "place", "atelier"]
    assert (await _shown(village, sort="members"))[0] == "atelier"
    assert await _shown(village, sort="newest") == newest


@pytest.mark.parametrize("sort", SORTS)
async def test_pages_show_every_club_once_in_every_order(village: Village, sort: str) -> None:
    for number in range(120):
        active = NOW - timedelta(hours=number // 3) if number % 4 else None
        club = await _club(f"Club {number % 7} {number}", storage_used=number // 5, active_at=active)
        if number % 3:
            await Membership.create(club=club, user=village.owner, role="owner")
    browser, path, found = village.client(village.operator), f"{LIST}?sort={sort}", list[str]()

    while path:
        page = (await browser.get(path)).text
        found += re.findall(r'<p class="item-title"><a href="/admin/clubs/([^"]+)"', page)
        path = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    assert len(found) == len(set(found)) == 123


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    "after",
    [
        "WyJ4IiwieSJd",
        "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiLCIxIl0",
        "WyI5OTk5OTk5OTk5OTk5OTk5IiwiOTk5OTk5OTk5OTk5OTk5OSJd",
        "WyIyMDI2LTAxLTAxIiwiMSJd",
        "x",
    ],
)
async def test_a_cursor_from_elsewhere_harms_nothing(village: Village, sort: str, after: str) -> None:
    answer = await village.client(village.operator).get(LIST, params={"sort": sort, "after": after})

    assert answer.status_code == (422 if after == "x" else 200)


async def test_a_line_tells_members_owner_plugins_and_what_happened(village: Village) -> None:
    switch = await ClubPlugin.get(club=village.club, plugin="wiki")
    times: dict[str, Any] = {"created_at": NOW, "updated_at": NOW - timedelta(days=1)}
    facts: dict[str, Any] = {
        "club": village.club,
        "switch": switch,
        "plugin": "wiki",
        "kind": "page",
        "url": "/",
        "title": "A",
    }
    await Content.create(**facts, **times, object_id=9001)
    await Content.create(**facts, created_at=NOW, updated_at=NOW - timedelta(days=40), object_id=9002)
    await Club.filter(id=village.club.id).update(storage_used=2048)
    await note_activity()

    lines = await list_club_lines(ClubsSought(text="atelier"), quota=GIB)

    one = lines[0]
    assert (one.members, one.recent, one.owners, one.owner, one.paused) == (4, 1, 1, "Oscar Owner", 0)
    assert one.plugins == await ClubPlugin.filter(club=village.club).exclude(effective="off").count()
    assert one.active_at == times["updated_at"]
    page = (await village.client(village.operator).get(LIST, params={"q": "atelier"})).text
    assert all(words in page for words in ("4 members", "Oscar Owner", "1 change in 30 days", "2 kB"))


async def test_activity_is_noted_once_and_never_goes_back(village: Village) -> None:
    switch = await ClubPlugin.get(club=village.club, plugin="wiki")
    facts: dict[str, Any] = {
        "club": village.club,
        "switch": switch,
        "plugin": "wiki",
        "kind": "page",
        "url": "/",
        "title": "A",
    }
    await Content.create(**facts, created_at=NOW, updated_at=NOW, object_id=9001)

    assert [await note_activity() for _ in range(2)] == [1, 0]
    await Content.filter(object_id=9001).update(updated_at=NOW - timedelta(days=9))
    assert await note_activity() == 0
    assert (await Club.get(id=village.club.id)).active_at == NOW
    assert (await Club.get(id=village.hidden.id)).active_at is None


async def test_the_list_makes_the_same_queries_for_three_clubs_and_for_many(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.get(LIST)
    with village.queries() as few:
        await browser.get(f"{LIST}?sort=members&only=open")
    for number in range(60):
        club = await _club(f"Club {number}")
        await Membership.create(club=club, user=village.owner, role="owner")
    with village.queries() as many:
        await browser.get(f"{LIST}?sort=members&only=open")

    assert many.count == few.count


async def test_nobody_but_operators_looks_through_the_clubs(village: Village) -> None:
    assert (await village.client(village.owner).get(LIST, params={"sort": "members"})).status_code == 403


async def test_the_page_of_a_club_says_how_it_is_doing_in_numbers_alone(village: Village) -> None:
    now = datetime.now(UTC)
    await Membership.filter(user_id=village.member.id).update(visited_at=now)
    await Membership.filter(user_id=village.guest.id).update(joined_at=now - LATELY - timedelta(days=1))
    await JoinRequest.create(club=village.club, user=village.outsider, message="xyzzywords")
    await Fault.create(plugin="wiki", club_id=village.club.id, hook="club_panels", traceback="xyzzytrace")
    await write(village, "Xyzzytitle")
    await write(village, "Xyzzydraft", state="draft")

    assert await health_of(village.club) == Health(4, 1, 3, 1, 1, 1, (await JoinRequest.get()).created_at, 0, 1)
    with village.queries() as asked:
        assert await health_of(village.hidden) == Health(1, 0, 1, 0, 0, 0, None, 0, 0)
    assert asked.count == 1
    page = (await village.client(village.operator).get("/admin/clubs/atelier")).text
    assert "4, of whom 1 came by and 3 joined in the last thirty days" in page
    assert "xyzzy" not in page.lower()
