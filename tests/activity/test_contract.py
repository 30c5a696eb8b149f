"""What every plugin promises, and what activity does with people and clubs that go."""

from __future__ import annotations

import pytest

from cercle import Holding
from cercle.testing import Planter, PluginContract, Village, canary_sweep
from plugins.activity.models import Happening, Look
from tests.blog.writing import write


@pytest.mark.sqlite_only
class TestActivity(PluginContract):
    plugin = "activity"
    lists = ("/",)

    async def plant(self, village: Village, number: int) -> None:
        await write(village, f"Post {number}")
        await village.settle()
        await village.client(village.member).get("/c/atelier/activity/")

    async def test_no_word_of_a_hidden_club_comes_out(self, village: Village) -> None:
        """Activity takes no words itself: it tells of those of others."""

        async def plant(planter: Planter) -> None:
            await write(village, planter.text("a post that is told of"), club=village.hidden)

        sweep = await canary_sweep(village, plant, plugin="activity")
        assert "a post that is told of" in set(sweep.planted.values())
        assert sweep.leaks == []


async def test_an_erased_person_was_a_former_member(village: Village) -> None:
    await write(village, "News")
    await village.settle()
    await village.client(village.member).get("/activity")
    await village.app.hooks.notify("person_erased", plugins={"activity"}, user=village.member)
    page = (await village.client(village.owner).get("/c/atelier/activity/")).text
    assert "A former member published in Blog" in page
    assert "Max Member" not in page.partition("<main")[2]
    assert (
        await Happening.filter(actor_id=village.member.id).count(),
        await Look.filter(user_id=village.member.id).count(),
    ) == (0, 0)


async def test_the_club_learns_what_turning_it_off_would_freeze(village: Village) -> None:
    await write(village, "News")
    await village.settle()
    answers = await village.app.hooks.collect("plugin_holdings", plugins={"activity"}, club=village.club)
    assert [holding for answer in answers for holding in answer.value] == [Holding("line of activity", 1)]


async def test_the_demo_is_told_as_of_its_days(village: Village) -> None:
    await write(village, "Long ago", ago=3000)
    for _ in range(2):
        faults = await village.app.hooks.notify(
            "demo_seeded", plugins={"activity"}, club_id=village.club.id, app=village.app, club=village.club, cast={}
        )
        assert faults == []
    await village.settle()
    line = await Happening.get(verb="published").select_related("content")
    assert (line.verb, line.at) == ("published", line.content.published_at)  # type: ignore[union-attr]
