"""What the blog tells the club: what it keeps, and its demo."""

from __future__ import annotations

from typing import Any

from cercle import Holding
from cercle.testing import Village
from plugins.blog.models import Post
from plugins.blog.queries.posts import list_posts
from tests.blog.writing import write


async def test_the_club_learns_what_turning_the_blog_off_would_freeze(village: Village) -> None:
    await write(village, "One")
    await write(village, "Two", state="draft")
    answers = await village.app.hooks.collect("plugin_holdings", plugins={"blog"}, club=village.club)
    held = [holding for answer in answers for holding in answer.value]
    assert Holding("posts", 2) in held


async def test_the_demo_can_be_made_twice(village: Village) -> None:
    cast: dict[str, Any] = {"owner": village.owner, "member": village.member, "nadia": village.moderator}
    for _ in range(2):
        faults = await village.app.hooks.notify(
            "demo_seeded", plugins={"blog"}, club_id=village.club.id, app=village.app, club=village.club, cast=cast
        )
        assert faults == []
    assert sorted([post.state for post in await Post.all()]) == ["draft", "published", "published", "scheduled"]
    assert [post.title[:8] for post in await list_posts(village.club, None)] == ["Répondre"]
