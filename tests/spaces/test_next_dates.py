"""The next dates on the home of a club: whose they are, in how many queries, and what a broken plugin does to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle import DatesQuery, Link, Select
from cercle.testing import Village
from core.db import dialect
from core.models import Fault
from plugins.blog.models import Post
from tests.blog.writing import write
from tests.club_home import more_of, panels

pytestmark = pytest.mark.anyio

HOME = "/c/atelier/"
COLUMNS = ("title", "url", "starts_at", "ends_at", "place")


async def invite(
    village: Village, title: str, days: float, *, hours: float | None = None, audience: str = "club"
) -> Post:
    post = await write(village, title, audience=audience)
    start = datetime.now(UTC) + timedelta(days=days)
    end = start + timedelta(hours=hours) if hours is not None else None
    await Post.filter(id=post.id).update(starts_at=start, ends_at=end, place="Bayonne")
    return post


async def test_the_next_dates_stand_on_the_home_soonest_first(village: Village) -> None:
    for number in (6, 2, 4, 1, 5, 3):
        await invite(village, f"In {number} days", number)
    await invite(village, "Going on", -1, hours=48)
    await invite(village, "Over", -1, hours=1)
    home = await village.client(village.guest).get(HOME)
    assert panels(home)["Next dates"] == ["Going on", *(f"In {number} days" for number in (1, 2, 3, 4))]
    assert more_of(home)["Next dates"] == "/c/atelier/blog/dates"
    assert next(iter(panels(home))) == "Next dates"
    assert "/c/atelier/blog/posts/going-on" in home.text


async def test_without_dates_there_is_no_panel(village: Village) -> None:
    await write(village, "News")
    await invite(village, "Over", -2)
    assert "Next dates" not in panels(await village.client(village.member).get(HOME))


async def test_more_dates_cost_no_query_and_are_there_at_once(village: Village) -> None:
    member = village.client(village.member)
    await member.get(HOME)
    counts = []
    for number in range(3):
        await invite(village, f"Meeting {number}", number + 1)
        with village.queries() as seen:
            home = await member.get(HOME)
        assert f"Meeting {number}" in panels(home)["Next dates"]
        counts.append(seen.count)
    assert counts == [2, 2, 2]


async def test_dates_are_shown_to_those_who_may_read_the_blog_alone(village: Village) -> None:
    await invite(village, "Meeting", 3)
    for person in (village.member, village.guest, village.owner):
        assert panels(await village.client(person).get(HOME))["Next dates"] == ["Meeting"]
    for stranger in (village.outsider, village.removed, None):
        assert "Meeting" not in (await village.client(stranger).get(HOME)).text
    await village.switch("blog", "off")
    home = await village.client(village.member).get(HOME)
    assert "Next dates" not in panels(home)
    assert "Meeting" not in home.text


async def test_dates_of_two_plugins_stand_together(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    await invite(village, "Meeting", 3)
    values = (
        f"'Sooner' AS title, '/c/atelier/wiki/' AS url, {dialect().param(1)} AS starts_at, NULL AS ends_at, '' AS place"
    )
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    other = DatesQuery(Select(COLUMNS, f"SELECT {values}", (soon,)), more=Link("More", "/c/atelier/wiki/"))
    _answer(village, monkeypatch, "wiki", other)
    home = await village.client(village.member).get(HOME)
    assert panels(home)["Next dates"] == ["Sooner", "Meeting"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT nothing FROM nowhere",
        "SELECT 'T' AS title, '/' AS url, 'soon' AS starts_at, NULL AS ends_at, '' AS place",
        "SELECT 'T' AS title, '/' AS url, NULL AS starts_at, NULL AS ends_at, '' AS place",
        "SELECT NULL AS title, '/' AS url, '2031-05-01T10:00:00+00:00' AS starts_at, NULL AS ends_at, '' AS place",
        "SELECT 1 AS title, '/' AS url, '2031-05-01T10:00:00+00:00' AS starts_at, 5 AS ends_at, '' AS place",
    ],
)
async def test_broken_dates_say_so_as_a_broken_panel_does(
    village: Village, sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answer(village, monkeypatch, "blog", DatesQuery(Select(COLUMNS, sql)))
    home = await village.client(village.member).get(HOME)
    assert "Blog" in panels(home)
    assert home.text.count("This part is unavailable at the moment.") == 1
    assert [(fault.plugin, fault.hook) for fault in await Fault.all()] == [("blog", "club_panels")]


async def test_a_plugin_that_answers_something_else_is_fenced(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answer(village, monkeypatch, "blog", "tomorrow")
    home = await village.client(village.member).get(HOME)
    assert home.text.count("This part is unavailable at the moment.") == 1
    assert [(fault.plugin, fault.hook) for fault in await Fault.all()] == [("blog", "club_panels")]


def _answer(village: Village, monkeypatch: pytest.MonkeyPatch, plugin: str, answer: object) -> None:
    """Let a plugin answer this for its panels."""
    [found] = [one for one in village.app.hooks._implementations("club_panels", None) if one.plugin_name == plugin]
    monkeypatch.setattr(found, "function", lambda *_: (answer,))
