"""What a club chooses about its blog, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle import Content
from cercle.testing import Village
from core.models import Blob
from core.plugin_settings.changes import change_club_settings
from plugins.blog.models import Post, PostTag, Redirect, Revision
from plugins.blog.services.publication import trash_post
from plugins.blog.services.trash import empty_old_trash
from plugins.blog.settings import ClubSettings
from spaces.services import archive_club
from tests.blog.writing import write

BLOG = "/c/atelier/blog/"


async def _trashed(village: Village, title: str, *, days: int) -> Post:
    """A post that has been in the trash for some days."""
    post = await write(village, title, tags="one")
    await trash_post(village.club, post, actor=await village.viewer(village.member))
    await Post.filter(id=post.id).update(trashed_at=datetime.now(UTC) - timedelta(days=days))
    return post


async def test_a_page_has_as_many_posts_as_the_club_chose_and_leads_to_the_rest(village: Village) -> None:
    for number in range(8):
        await write(village, f"Post {number}", ago=number)
    await change_club_settings(village.club, ClubSettings, {"posts_per_page": 5}, actor=None)
    client = village.client(village.member)

    first = await client.get(BLOG)
    older = first.text.partition('href="?after=')[2].partition('"')[0]
    second = await client.get(f"{BLOG}?after={older}")

    assert [f"Post {number}" in first.text for number in range(8)] == [True] * 5 + [False] * 3
    assert [f"Post {number}" in second.text for number in range(8)] == [False] * 5 + [True] * 3


async def test_settings_cost_a_page_no_query_once_they_were_read(village: Village) -> None:
    await write(village, "News")
    client = village.client(village.member)
    await client.get(BLOG)
    with village.queries() as seen:
        assert (await client.get(BLOG)).status_code == 200

    assert [sql for sql in seen.sql if "core_setting" in sql] == []


async def test_old_posts_in_the_trash_go_for_good_where_the_club_wants_it(village: Village) -> None:
    old, fresh = await _trashed(village, "Old", days=31), await _trashed(village, "Fresh", days=29)
    await Redirect.create(club_id=village.club.id, slug="older", post_id=old.id)
    await Blob.create(hash="c" * 64, size=3, references=1)
    await Post.filter(id=old.id).update(cover_hash="c" * 64, cover_size=3)
    await write(village, "Out")
    await change_club_settings(village.club, ClubSettings, {"trash_days": 30}, actor=None)

    await empty_old_trash()

    assert sorted(post.title for post in await Post.all()) == ["Fresh", "Out"]
    for table in (Revision, PostTag, Redirect):
        assert await table.filter(post_id=old.id).count() == 0
    assert await Content.filter(plugin="blog", object_id=old.id).count() == 0
    assert (await Blob.get(hash="c" * 64)).references == 0
    assert (await Post.get(id=fresh.id)).state == "trashed"
    page = await village.client(village.member).get(f"{BLOG}trash")
    assert "Posts that have been here for 30 days are deleted for good." in page.text


async def test_unless_a_club_chooses_otherwise_posts_stay_in_the_trash(village: Village) -> None:
    await _trashed(village, "Old", days=3650)

    await empty_old_trash()

    assert await Post.all().count() == 1


@pytest.mark.parametrize("state", ["off", "read_only", "archived"])
async def test_what_is_frozen_stays(village: Village, state: str) -> None:
    await _trashed(village, "Old", days=99)
    await change_club_settings(village.club, ClubSettings, {"trash_days": 1}, actor=None)
    if state == "archived":
        await archive_club(village.club, actor=None)
    else:
        await village.switch("blog", state)

    await empty_old_trash()

    assert await Post.all().count() == 1
