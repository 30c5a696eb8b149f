"""Slots: what a part may take of other pages, who sees it there, and what becomes of it when the part does not run."""

from __future__ import annotations

import pytest

from cercle import Slot
from cercle.testing import Village
from core.accounts.models import User
from core.errors import PluginError
from spaces.models import GrantOverride
from tests.blog.writing import write

LINE = "/c/atelier/activity/items/blog/post/{}"


async def has_line(village: Village, person: User | None, slug: str, number: int) -> bool:
    """Whether somebody finds the line of a slot in the menu of a post."""
    answer = await village.client(person).get(f"/c/atelier/blog/posts/{slug}")
    assert answer.status_code == 200
    return LINE.format(number) in answer.text


async def test_a_slot_stands_on_pages_of_other_plugins_for_who_has_its_permission(village: Village) -> None:
    post = await write(village, "News", audience="public")
    await GrantOverride.create(club=village.club, role="guest", permission="activity.view", allowed=False)
    people = (village.owner, village.member, village.guest, village.outsider, None)
    shown = [await has_line(village, person, "news", post.id) for person in people]
    assert shown == [True, True, False, False, False]


async def test_a_slot_goes_with_the_switch_of_its_part(village: Village) -> None:
    post = await write(village, "News")
    shown = []
    for state in ("off", "read_only", "on"):
        await village.switch("activity", state)
        shown.append(await has_line(village, village.member, "news", post.id))
    assert shown == [False, True, True]


async def test_a_slot_of_a_part_that_failed_is_not_shown(village: Village) -> None:
    post = await write(village, "News")
    loaded = village.app.parts.get("activity")
    assert loaded is not None
    loaded.failure = "it broke"
    try:
        assert await has_line(village, village.member, "news", post.id) is False
    finally:
        loaded.failure = None


async def test_a_page_asks_nothing_more_for_its_slots(village: Village) -> None:
    await write(village, "News")
    reader, counts = village.client(village.member), []
    for state in ("off", "on"):
        await village.switch("activity", state)
        await reader.get("/c/atelier/blog/posts/news")
        with village.queries() as seen:
            await reader.get("/c/atelier/blog/posts/news")
        counts.append(seen.count)
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("part", "slot", "reason"),
    [
        ("blog", Slot("above", "blog:posts.show", "Here", permission="blog.view"), "'above' is no place for a slot"),  # type: ignore[arg-type]
        (
            "blog",
            Slot("menu", "wiki:pages.show", "Here", permission="blog.view"),
            "must lead to a route of its own part",
        ),
        ("blog", Slot("menu", "blog:posts.show", "Here"), "must name a permission of its part"),
        ("blog", Slot("menu", "blog:posts.show", "Here", permission="wiki.view"), "must name a permission of its part"),
        ("blog", Slot("bar", "blog:posts.index", "Here", permission="blog.view"), "stands in clubs"),
    ],
)
async def test_a_slot_that_does_not_fit_is_refused_with_the_reason(
    village: Village, part: str, slot: Slot, reason: str
) -> None:
    loaded = village.app.parts.get(part)
    assert loaded is not None
    with pytest.raises(PluginError, match=reason):
        village.app.slots.declare(loaded, [slot])


async def test_smaller_orders_stand_higher(village: Village) -> None:
    loaded = village.app.parts.get("blog")
    assert loaded is not None
    asked = [
        Slot("beside", "blog:posts.index", name, permission="blog.view", order=o) for name, o in (("z", 5), ("a", 9000))
    ]
    village.app.slots.declare(loaded, reversed(asked))
    labels = [slot.label for _, slot in village.app.slots._slots if slot.place == "beside"]
    assert (labels[0], labels[-1]) == ("z", "a")
