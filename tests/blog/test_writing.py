"""Writing posts: forms, rights, versions, two editors at once, the trash."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cercle import Content
from cercle.testing import Village
from core.models import OutboxEvent
from plugins.blog.models import Post, PostTag, Redirect, Revision
from plugins.blog.services.drafts import Draft
from plugins.blog.services.names import MAX_SLUG, RESERVED, slug_of
from plugins.blog.services.posts import create_post
from spaces.models import GrantOverride
from spaces.switches import refresh
from tests.blog.writing import write

BLOG = "/c/atelier/blog/"
NEW = {"title": "Été à Bayonne", "summary": "Ce qui vient", "body": "Some **words**.", "tags": "rencontres, #Été"}
WRITES = (
    ("posts/news/edit", "GET"),
    ("posts/news", "POST"),
    ("posts/news/delete", "POST"),
    ("posts/news/publication", "GET"),
    ("posts/news/publication", "POST"),
    ("posts/news/publication/delete", "POST"),
    ("posts/news/cover/edit", "GET"),
    ("posts/news/cover", "POST"),
    ("posts/news/cover/text", "POST"),
    ("posts/news/cover/delete", "POST"),
    ("posts/news/revisions", "GET"),
    ("posts/news/revisions/1", "GET"),
    ("posts/news/revisions/1/restore", "POST"),
)


async def test_a_member_writes_a_draft(village: Village) -> None:
    answer = await village.client(village.member).post(BLOG + "posts", data=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, BLOG + "posts/ete-a-bayonne")
    post = await Post.get()
    assert (post.title, post.state, post.audience, post.author_id) == (NEW["title"], "draft", "club", village.member.id)
    assert (post.body_html, post.version, post.words) == ("<p>Some <strong>words</strong>.</p>\n", 1, 2)
    assert sorted(await PostTag.all().values_list("slug", "label")) == [("ete", "Été"), ("rencontres", "rencontres")]
    assert (await Content.get(plugin="blog")).state == "draft"
    assert await OutboxEvent.filter(name__startswith="blog.").count() == 0


async def test_saving_may_lead_straight_to_publishing(village: Village) -> None:
    answer = await village.client(village.member).post(BLOG + "posts", data={**NEW, "then": "publish"})
    assert answer.headers["location"] == BLOG + "posts/ete-a-bayonne/publication"


async def test_guests_read_but_do_not_write(village: Village) -> None:
    client = village.client(village.guest)
    assert (await client.get(BLOG + "posts/new")).status_code == 403
    assert (await client.post(BLOG + "posts", data=NEW)).status_code == 403
    assert await Post.all().count() == 0


async def test_outsiders_cannot_write_and_learn_nothing(village: Village) -> None:
    for person in (village.outsider, village.removed, village.operator):
        client = village.client(person)
        assert (await client.get(BLOG + "posts/new")).status_code == 404
        assert (await client.post(BLOG + "posts", data=NEW)).status_code == 404
    assert (await village.client().post(BLOG + "posts", data=NEW)).headers["location"].startswith("/sign-in")
    assert await Post.all().count() == 0


@pytest.mark.parametrize(("path", "method"), WRITES)
async def test_only_the_author_and_editors_change_a_post(village: Village, path: str, method: str) -> None:
    await write(village, "News", author=village.moderator)
    before = await Post.get().values()
    seen = {}
    for name in ("member", "guest", "outsider", "removed"):
        client = village.client(village.people[name])
        seen[name] = (await client.request(method, BLOG + path, data={} if method == "POST" else None)).status_code
    assert seen == {"member": 403, "guest": 403, "outsider": 404, "removed": 404}
    assert await Post.get().values() == before


async def test_the_draft_of_somebody_else_is_absent_for_other_members(village: Village) -> None:
    await write(village, "News", author=village.moderator, state="draft")
    for path, method in WRITES:
        answer = await village.client(village.member).request(method, BLOG + path)
        assert answer.status_code == 404


async def test_errors_stand_beside_their_fields_and_the_text_is_kept(village: Village) -> None:
    sent = {**NEW, "title": "", "tags": ", ".join(f"t{number}" for number in range(11)), "body": "Kept text"}
    page = await village.client(village.member).post(BLOG + "posts", data=sent)
    assert page.status_code == 422
    assert 'id="field-title-errors"' in page.text
    assert "Kept text" in page.text
    page = await village.client(village.member).post(BLOG + "posts", data={**sent, "title": "T"})
    assert page.status_code == 422
    assert "At most 10 tags, please." in page.text
    assert "Kept text" in page.text
    assert await Post.all().count() == 0


@pytest.mark.parametrize("tags", ["x" * 41, "🦔", "<script>, a" * 3 + "b" * 40])
async def test_hostile_tags_are_refused(village: Village, tags: str) -> None:
    page = await village.client(village.member).post(BLOG + "posts", data={**NEW, "tags": tags})
    assert page.status_code == 422
    assert 'id="field-tags-errors"' in page.text


@pytest.mark.parametrize("body", ["x" * (256 * 1024 + 1), "a\0b"])
async def test_a_text_that_cannot_be_kept_is_refused(village: Village, body: str) -> None:
    page = await village.client(village.member).post(BLOG + "posts", data={**NEW, "body": body})
    assert page.status_code == 422
    assert await Post.all().count() == 0


async def test_a_change_makes_a_version_and_tells_of_it(village: Village) -> None:
    await write(village, "News")
    form = {"title": "Fresh news", "body": "Other words.", "tags": "b", "version": "1", "address": "news"}
    answer = await village.client(village.member).post(BLOG + "posts/news", data=form)
    assert answer.headers["location"] == BLOG + "posts/news"
    post = await Post.get()
    assert (post.title, post.slug, post.version, post.state) == ("Fresh news", "news", 2, "published")
    assert await Revision.all().order_by("number").values_list("number", "title", "body") == [
        (1, "News", "Some words."),
        (2, "Fresh news", "Other words."),
    ]
    assert (await Content.get(plugin="blog")).title == "Fresh news"
    assert await OutboxEvent.filter(name="blog.post_changed").count() == 1


async def test_saving_without_a_change_makes_no_version(village: Village) -> None:
    await write(village, "News", tags="a")
    form = {"title": "News", "body": "Some words.", "tags": "a", "version": "1"}
    await village.client(village.member).post(BLOG + "posts/news", data=form)
    assert (await Post.get()).version == 1
    assert await Revision.all().count() == 1


async def test_the_address_of_a_draft_follows_its_title_without_a_redirect(village: Village) -> None:
    await write(village, "Test", state="draft")
    form = {"title": "The real title", "body": "Some words.", "address": "test", "version": "1"}
    answer = await village.client(village.member).post(BLOG + "posts/test", data=form)
    assert answer.headers["location"] == BLOG + "posts/the-real-title"
    assert await Redirect.all().count() == 0


async def test_addresses_are_unique_in_a_club_and_never_taken_from_a_former_one(village: Village) -> None:
    first = await write(village, "News")
    await village.client(village.member).post(
        BLOG + "posts/news", data={"title": "News", "body": "b", "address": "other", "version": "1"}
    )
    second, third = await write(village, "News"), await write(village, "New")
    elsewhere = await write(village, "News", club=village.public)
    assert (await Post.get(id=first.id)).slug == "other"
    assert (second.slug, third.slug, elsewhere.slug) == ("news-2", "new-post", "news")


async def test_posts_of_one_title_written_at_once_get_addresses_of_their_own(village: Village) -> None:
    viewer = await village.viewer(village.member)
    draft = Draft("Same", "Text")
    posts = await asyncio.gather(*(create_post(village.club, draft, actor=viewer) for _ in range(4)))
    assert sorted(post.slug for post in posts) == ["same", "same-2", "same-3", "same-4"]


async def test_two_editors_of_different_lines_are_merged(village: Village) -> None:
    await write(village, "News", body="one\n\ntwo\n\nthree", tags="a, b")
    mine = {"title": "News", "body": "ONE\n\ntwo\n\nthree", "tags": "a, b, mine", "version": "1"}
    theirs = {"title": "Better news", "body": "one\n\ntwo\n\nTHREE", "tags": "b", "version": "1"}
    await village.client(village.moderator).post(BLOG + "posts/news", data=theirs)
    client = village.client(village.member)
    answer = await client.post(BLOG + "posts/news", data=mine)
    assert answer.status_code == 303
    post = await Post.get()
    assert (post.title, post.body, post.version) == ("Better news", "ONE\n\ntwo\n\nTHREE", 3)
    assert {tag.label for tag in await PostTag.all()} == {"b", "mine"}
    assert "what Mona Moderator changed meanwhile" in (await client.get(answer.headers["location"])).text


async def test_two_editors_of_one_line_see_both_versions_and_lose_nothing(village: Village) -> None:
    await write(village, "News", body="The meeting is on Monday.")
    theirs = {"title": "News", "body": "The meeting is on Tuesday.", "version": "1"}
    mine = {"title": "News", "body": "The meeting is on Friday.", "version": "1"}
    await village.client(village.moderator).post(BLOG + "posts/news", data=theirs)
    page = await village.client(village.member).post(BLOG + "posts/news", data=mine)
    assert page.status_code == 409
    assert "The meeting is on Friday.</textarea>" in page.text
    assert "<del>Tuesday</del>" in page.text
    assert "Mona Moderator" in page.text
    assert (await Post.get()).body == "The meeting is on Tuesday."
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version is not None
    again = await village.client(village.member).post(BLOG + "posts/news", data={**mine, "version": version[1]})
    assert again.status_code == 303
    assert (await Post.get()).body == "The meeting is on Friday."
    assert await Revision.all().count() == 3


async def test_many_saves_at_once_are_all_kept(village: Village) -> None:
    await write(village, "News", body="\n\n".join(f"line {number}" for number in range(4)))
    lines = [f"line {number}" for number in range(4)]

    async def save(number: int) -> int:
        body = "\n\n".join(f"LINE {n}" if n == number else line for n, line in enumerate(lines))
        form = {"title": "News", "body": body, "version": "1"}
        return (await village.client(village.member).post(BLOG + "posts/news", data=form)).status_code

    assert await asyncio.gather(*(save(number) for number in range(4))) == [303] * 4
    assert (await Post.get()).body == "\n\n".join(line.upper() for line in lines)


async def test_a_version_is_compared_and_restored(village: Village) -> None:
    await write(village, "News", body="first words", tags="a")
    client = village.client(village.member)
    await client.post(BLOG + "posts/news", data={"title": "News", "body": "second words", "version": "1"})
    page = await client.get(BLOG + "posts/news/revisions/2")
    assert "<del>first</del>" in page.text
    assert "<ins>second</ins>" in page.text
    assert (await client.get(BLOG + "posts/news/revisions")).text.count("Version ") == 2
    await client.post(BLOG + "posts/news/revisions/1/restore")
    post = await Post.get()
    assert (post.body, post.version) == ("first words", 3)
    assert [tag.label for tag in await PostTag.all()] == ["a"]


@pytest.mark.parametrize("number", ["0", "9", "99999999999999999999"])
async def test_a_version_that_never_was_is_absent(village: Village, number: str) -> None:
    await write(village, "News")
    assert (await village.client(village.member).get(BLOG + f"posts/news/revisions/{number}")).status_code == 404


async def test_the_author_throws_a_post_away_and_takes_it_back(village: Village) -> None:
    post = await write(village, "News")
    client = village.client(village.member)
    await client.post(BLOG + "posts/news/delete")
    assert (await Post.get()).state == "trashed"
    assert "News" in (await client.get(BLOG + "trash")).text
    assert ">News<" not in (await village.client(village.guest).get(BLOG + "trash")).text
    assert (await village.client(village.guest).post(BLOG + "posts/news/restoration")).status_code == 404
    await client.post(BLOG + "posts/news/restoration")
    restored = await Post.get()
    assert (restored.state, restored.published_at) == ("published", post.published_at)
    assert (await Content.get(plugin="blog")).state == "published"


async def test_a_scheduled_post_comes_back_from_the_trash_as_a_draft(village: Village) -> None:
    await write(village, "News", state="scheduled")
    client = village.client(village.member)
    await client.post(BLOG + "posts/news/delete")
    await client.post(BLOG + "posts/news/restoration")
    assert (await Post.get()).state == "draft"


async def test_writing_stops_while_the_blog_can_only_be_read(village: Village) -> None:
    await write(village, "News")
    await village.switch("blog", "read_only")
    client = village.client(village.member)
    assert (await client.get(BLOG + "posts/news")).status_code == 200
    assert (await client.post(BLOG + "posts", data=NEW)).status_code == 403
    assert (await client.post(BLOG + "posts/news", data={**NEW, "version": "1"})).status_code == 403


async def test_the_preview_shows_safe_html_and_changes_nothing(village: Village) -> None:
    sent = {"body": "**bold** <script>", "title": "whatever"}
    page = await village.client(village.member).post(BLOG + "preview", data=sent)
    assert page.status_code == 200
    assert "<strong>bold</strong> &lt;script&gt;" in page.text
    part = await village.client(village.member, HX_Request="true").post(BLOG + "preview", data=sent)
    assert "<html" not in part.text
    assert "<strong>bold</strong>" in part.text


async def test_a_club_may_leave_publishing_to_its_moderators(village: Village) -> None:
    await write(village, "News", state="draft")
    await GrantOverride.create(club=village.club, role="member", permission="blog.publish", allowed=False)
    await refresh(village.club)
    client = village.client(village.member)
    answer = await client.post(BLOG + "posts/news/publication", data={"audience": "club", "moment": "now"})
    assert answer.status_code == 403
    assert "Publish…" not in (await client.get(BLOG + "posts/news")).text
    assert (await Post.get()).state == "draft"


@given(st.text())
def test_a_slug_fits_into_an_address(title: str) -> None:
    slug = slug_of(title)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= MAX_SLUG + len("-post")
    assert slug not in RESERVED
    assert slug_of(slug) == slug or slug.endswith("-post")
