"""The home of a club: what it shows to whom, in one query beside the gate's, and what happens when a panel fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from types import SimpleNamespace

import pytest

from cercle.testing import Village
from core.db import atomic, rows
from core.models import Fault
from core.navigation import Panel, PanelQuery
from core.selects import Select
from spaces.catalogue import publish_content, visible_in, visible_sql
from spaces.models import Club, Content
from spaces.queries.clubs import published
from tests.club_home import panels

pytestmark = pytest.mark.anyio

HOME = "/c/atelier/"
STATES = ("draft", "scheduled", "due", "published", "trashed")
AUDIENCES = ("club", "site", "public", "moderators", "author")


async def test_the_condition_in_sql_finds_what_the_query_finds(village: Village) -> None:
    for club in (village.club, village.hidden, village.public):
        await fill(village, club)
    for club in (village.club, village.hidden, village.public):
        for person in (village.owner, village.moderator, village.member, village.guest, village.outsider, None):
            viewer = await village.viewer(person, club)
            expected = sorted([row.id async for row in published(visible_in(club, viewer))])
            condition, values = visible_sql(club, viewer)
            found = await rows(f"SELECT c.id FROM spaces_content c WHERE {condition}", values)
            assert sorted(row["id"] for row in found) == expected, (club.slug, person)


async def test_the_home_takes_two_queries_however_much_there_is(village: Village) -> None:
    member = village.client(village.member)
    await member.get(HOME)
    counts = []
    for number in range(2):
        await fill(village, village.club, start=1000 * (number + 1))
        with village.queries() as seen:
            assert (await member.get(HOME)).status_code == 200
        counts.append(seen.count)
    assert counts == [2, 2]


async def test_what_is_new_is_there_at_once(village: Village) -> None:
    member = village.client(village.member)
    for number in range(3):
        await publish(village, village.club, number, title=f"Fresh {number}")
        assert f"Fresh {number}" in (await member.get(HOME)).text


async def test_a_page_that_was_kept_for_one_is_not_shown_to_another(village: Village) -> None:
    await publish(village, village.club, 1, title="For moderators", audience="moderators")
    for person, sees in ((village.owner, True), (village.guest, False), (village.moderator, True)):
        assert ("For moderators" in (await village.client(person).get(HOME)).text) is sees


async def test_who_loses_a_right_loses_the_panel_at_once(village: Village) -> None:
    await publish(village, village.club, 1, title="Agenda")
    guest = village.client(village.guest)
    assert panels(await guest.get(HOME))["Recent pages"] == ["Agenda"]
    await village.switch("wiki", "off")
    home = await guest.get(HOME)
    assert "Recent pages" not in panels(home)
    assert "Agenda" not in home.text


@pytest.mark.parametrize("way", ["query", "making"])
async def test_a_broken_panel_says_so_in_its_place_and_is_recorded(
    village: Village, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = PanelQuery(Select(("one",), "SELECT 1 AS one" if way == "making" else "SELECT one FROM nowhere"), fail)
    [implementation] = [
        one for one in village.app.hooks._implementations("club_panels", None) if one.plugin_name == "wiki"
    ]
    monkeypatch.setattr(implementation, "function", lambda *_: (broken, Panel("Left standing")))

    home = await village.client(village.member).get(HOME)

    assert panels(home).keys() >= {"Left standing", "Wiki"}
    assert home.text.count("This part is unavailable at the moment.") == 1
    assert [(fault.plugin, fault.hook) for fault in await Fault.all()] == [("wiki", "club_panels")]


def fail(rows: list[list[object]]) -> None:
    raise RuntimeError("boom")


async def fill(village: Village, club: Club, start: int = 0) -> None:
    """One item for each plugin, state, audience and author."""
    authors = (village.owner.id, village.guest.id, None)
    cases = product(("wiki", "blog"), STATES, AUDIENCES, authors)
    for number, (plugin, state, audience, author) in enumerate(cases, start + club.id * 100_000):
        await publish(village, club, number, plugin=plugin, state=state, audience=audience, author_id=author)


async def publish(
    village: Village,
    club: Club,
    number: int,
    *,
    title: str = "Item",
    plugin: str = "wiki",
    state: str = "published",
    audience: str = "club",
    author_id: int | None = None,
) -> None:
    """A row of the catalogue; `due` is scheduled for a moment that has passed."""
    due = timedelta(hours=-1 if state == "due" else 1)
    async with atomic():
        await publish_content(
            SimpleNamespace(id=number, club_id=club.id),
            plugin=plugin,
            kind="page",
            title=title,
            url=f"/c/{club.slug}/{number}",
            author_id=author_id,
            state="scheduled" if state == "due" else state,
            audience=audience,
            published_at=datetime.now(UTC) + due if state in ("due", "scheduled") else None,
        )
    assert await Content.exists(object_id=number, plugin=plugin)
