"""What was done to posts can be taken back with one press."""

from __future__ import annotations

from cercle.testing import Village
from plugins.blog.models import Post
from tests.blog.writing import write
from tests.undoing import undo_of

BASE = "/c/atelier/blog/posts"


async def test_a_trashed_post_comes_back_and_twice_is_no_more(village: Village) -> None:
    post = await write(village, "News")
    member = village.client(village.member)
    undo = await undo_of(member, await member.post(f"{BASE}/{post.slug}/delete"))
    for _ in range(2):
        answer = await undo.press(member)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{BASE}/{post.slug}")
    assert (await Post.get()).state == "published"


async def test_undoing_needs_the_same_right(village: Village) -> None:
    post = await write(village, "News", author=village.owner)
    owner = village.client(village.owner)
    undo = await undo_of(owner, await owner.post(f"{BASE}/{post.slug}/delete"))
    assert (await undo.press(village.client(village.member))).status_code in (403, 404)
    assert (await undo.press(village.client(village.outsider))).status_code == 404
    assert (await Post.get()).state == "trashed"


async def test_publishing_is_taken_back_to_a_draft(village: Village) -> None:
    post = await write(village, "News", state="draft")
    member = village.client(village.member)
    sent = {"audience": "club", "moment": "now", "publish_at": ""}
    undo = await undo_of(member, await member.post(f"{BASE}/{post.slug}/publication", data=sent))
    assert (await undo.press(village.client(village.guest))).status_code == 403
    assert (await undo.press(village.client(village.outsider))).status_code == 404
    await undo.press(member)
    assert (await Post.get()).state == "draft"


async def test_a_withdrawn_post_is_out_again_for_the_same_people(village: Village) -> None:
    post = await write(village, "News", audience="site")
    member = village.client(village.member)
    undo = await undo_of(member, await member.post(f"{BASE}/{post.slug}/publication/delete"))
    await undo.press(member)
    shown = await Post.get()
    assert (shown.state, shown.audience, shown.published_at) == ("published", "site", post.published_at)


async def test_a_scheduled_post_that_was_withdrawn_is_scheduled_again(village: Village) -> None:
    post = await write(village, "News", state="scheduled")
    member = village.client(village.member)
    undo = await undo_of(member, await member.post(f"{BASE}/{post.slug}/publication/delete"))
    await undo.press(member)
    shown = await Post.get()
    assert post.published_at is not None
    assert (shown.state, shown.published_at) == ("scheduled", post.published_at.replace(second=0, microsecond=0))


async def test_an_audience_goes_back_to_the_one_before(village: Village) -> None:
    post = await write(village, "News")
    member = village.client(village.member)
    sent = {"audience": "site", "moment": "now"}
    undo = await undo_of(member, await member.post(f"{BASE}/{post.slug}/publication", data=sent))
    await undo.press(member)
    assert (await Post.get()).audience == "club"
