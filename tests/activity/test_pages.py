"""The lists of activity: who reads them, what is in them, how they go on, and what is new since the last visit."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from cercle import Content
from cercle.testing import Village
from core.accounts.models import User
from plugins.activity.models import Happening, Look
from plugins.blog.models import Post
from spaces.models import GrantOverride
from spaces.services.memberships import add_member
from tests.blog.writing import write

CLUB, MINE = "/c/atelier/activity/", "/activity"


async def told(village: Village, person: User | None, path: str) -> list[str]:
    """The titles of the items that a page lists, from the top."""
    answer = await village.client(person).get(path)
    assert answer.status_code == 200
    lists = re.findall(r'<ul class="activity-items"[^>]*>(.*?)</ul>', answer.text, re.DOTALL)
    return [title for items in lists for title in re.findall(r'<a href="/c/[^"]*">([^<]*)</a>', items)]


async def status(village: Village, person: User | None, path: str) -> int:
    return (await village.client(person).get(path)).status_code


async def test_members_read_it_outsiders_do_not_know_of_it_and_others_are_refused(village: Village) -> None:
    await write(village, "News")
    await village.settle()
    for person in (village.owner, village.moderator, village.member, village.guest):
        assert await told(village, person, CLUB) == ["News"]
        assert await told(village, person, MINE) == ["News"]
    assert await status(village, village.outsider, CLUB) == 404
    assert await told(village, village.outsider, MINE) == []
    assert (await village.client().get(MINE)).status_code == 303
    await GrantOverride.create(club=village.club, role="guest", permission="activity.view", allowed=False)
    await village.switch("activity", "on")
    assert await status(village, village.guest, CLUB) == 403
    assert await told(village, village.guest, MINE) == []


async def test_a_plugin_that_is_off_is_not_told_of(village: Village) -> None:
    await write(village, "News")
    await village.settle()
    await village.switch("blog", "off")
    assert await told(village, village.member, CLUB) == []
    assert await told(village, village.member, MINE) == []
    await village.switch("blog", "on")
    await village.switch("activity", "off")
    assert await status(village, village.member, CLUB) == 404
    assert await told(village, village.member, MINE) == []


async def test_all_my_clubs_stand_together_or_one_by_one(village: Village) -> None:
    await write(village, "In the atelier", author=village.owner)
    await write(village, "In the cave", club=village.hidden)
    await village.settle()
    assert await told(village, village.owner, MINE) == ["In the cave", "In the atelier"]
    assert await told(village, village.owner, f"{MINE}?club=cave") == ["In the cave"]
    assert await told(village, village.member, MINE) == ["In the atelier"]
    assert await status(village, village.member, f"{MINE}?club=cave") == 404
    assert await status(village, village.member, f"{MINE}?club=nowhere") == 404


async def test_a_person_is_told_of_as_far_as_the_viewer_may_see(village: Village) -> None:
    await write(village, "In the atelier", author=village.owner)
    await write(village, "In the cave", club=village.hidden)
    await write(village, "By another")
    await village.settle()
    path = "/people/owner/activity"
    assert await told(village, village.member, path) == ["In the atelier"]
    assert await told(village, village.owner, path) == ["In the cave", "In the atelier"]
    for person in (village.outsider, village.operator):
        assert await status(village, person, path) == 404
    assert await status(village, village.member, "/people/outsider/activity") == 404
    assert await status(village, village.member, "/people/nobody/activity") == 404
    assert await told(village, village.outsider, "/people/outsider/activity") == []


async def test_an_item_tells_what_happened_to_it(village: Village) -> None:
    post = await write(village, "News")
    await write(village, "Other news")
    await village.settle()
    path = f"/c/atelier/activity/items/blog/post/{post.id}"
    assert path in (await village.client(village.member).get("/c/atelier/blog/posts/news")).text
    assert await told(village, village.member, path) == ["News"]
    assert await status(village, village.outsider, path) == 404
    assert await status(village, village.member, "/c/atelier/activity/items/blog/post/999") == 404
    hidden = await write(village, "Hidden", club=village.hidden)
    await village.settle()
    assert await status(village, village.owner, f"/c/atelier/activity/items/blog/post/{hidden.id}") == 404


async def test_who_may_not_see_the_members_hears_of_no_arrivals(village: Village) -> None:
    await add_member(village.club, village.outsider, role="member", actor=await village.viewer(village.owner))
    await village.settle()
    await GrantOverride.create(club=village.club, role="guest", permission="spaces.view_members", allowed=False)
    pages = [(await village.client(person).get(CLUB)).text for person in (village.member, village.guest)]
    assert ["Otto Outsider joined" in page for page in pages] == [True, False]
    pages = [(await village.client(person).get(MINE)).text for person in (village.member, village.guest)]
    assert ["Otto Outsider joined" in page for page in pages] == [True, False]


async def test_things_of_one_person_that_are_alike_are_told_as_one(village: Village) -> None:
    for number in range(7):
        await write(village, f"Post {number}")
    await village.settle()
    page = (await village.client(village.member).get(CLUB)).text
    assert "Max Member published 7 things in Blog" in page
    assert await told(village, village.member, CLUB) == [f"Post {number}" for number in (6, 5, 4, 3, 2)]
    assert "and 2 more" in page


async def test_a_long_list_goes_on_where_the_page_before_ended(village: Village) -> None:
    await write(village, "News")
    await village.settle()
    row, now = await Content.get(), datetime.now(UTC)
    await Happening.all().delete()
    for number in range(45):
        at, person = now - timedelta(days=number), village.member.id
        facts: dict[str, Any] = {
            "verb": "changed",
            "at": at,
            "began_at": at,
            "event_id": f"e{number}",
            "actor_id": person,
        }
        await Happening.create(club_id=village.club.id, content_id=row.id, **facts)
    reader = village.client(village.member)
    first = (await reader.get(CLUB)).text
    older = re.search(r'rel="next" href="([^"]*)"', first)
    assert older is not None
    second = (await reader.get(CLUB + older[1])).text
    assert (first.count('<li class="activity-line"'), second.count('<li class="activity-line"')) == (40, 5)
    assert (await reader.get(f"{CLUB}?after=nonsense")).status_code == 422


async def test_what_is_new_since_the_last_visit_is_marked(village: Village) -> None:
    await write(village, "Old news")
    await village.settle()
    reader = village.client(village.member)
    assert "Since your last visit" not in (await reader.get(CLUB)).text
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    await Look.all().update(at=long_ago)
    await Happening.all().update(at=long_ago - timedelta(hours=1))
    await write(village, "Fresh news", author=village.owner)
    await village.settle()
    page = (await reader.get(CLUB)).text
    assert page.index("Since your last visit") < page.index("Fresh news")
    assert page.index("Fresh news") < page.index("Old news")
    assert "Since your last visit" in (await reader.get(CLUB)).text
    assert await Look.all().count() == 1


async def test_a_list_asks_as_many_questions_for_three_as_for_one(village: Village) -> None:
    reader, counts = village.client(village.member), []
    for names in (("One",), ("Two", "Three")):
        for name in names:
            await write(village, name)
        await village.settle()
        post = await Post.get(slug="one")
        for path in (CLUB, MINE, "/people/member/activity", f"/c/atelier/activity/items/blog/post/{post.id}"):
            await reader.get(path)
            with village.queries() as seen:
                await reader.get(path)
            counts.append(seen.count)
    assert counts[:4] == counts[4:]
