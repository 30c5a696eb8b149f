"""Reading the blog: who sees which posts, in lists and alone, and what it costs."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx
import pytest

from cercle import Content, rows
from cercle.testing import Village
from core.accounts.models import User
from plugins.blog.models import Post
from plugins.blog.queries.posts import newest_posts
from plugins.blog.services.publication import trash_post
from spaces.models import Club
from tests.blog.writing import let_time_pass, write
from tests.club_home import panels

LIST = "/c/atelier/blog/"


def titles(page: httpx.Response) -> list[str]:
    """The titles of the posts of a list, from the top."""
    return re.findall(r'blog-post-title"><a [^>]*>([^<]*)<', page.text)


async def test_members_and_guests_read_the_posts_of_the_club_newest_first(village: Village) -> None:
    await write(village, "Old news", ago=10)
    await write(village, "Fresh news", summary="What happened today.")
    for person in (village.owner, village.moderator, village.member, village.guest):
        page = await village.client(person).get(LIST)
        assert (page.status_code, titles(page)) == (200, ["Fresh news", "Old news"])
        assert "What happened today." in page.text
        assert "Max Member" in page.text
        assert "1 minute to read" in page.text


async def test_an_empty_blog_invites_to_write(village: Village) -> None:
    assert "Write the first post" in (await village.client(village.member).get(LIST)).text
    assert "Write the first post" not in (await village.client(village.guest).get(LIST)).text


@pytest.mark.parametrize("path", ["", "posts/news", "posts/none", "tags/news", "authors/member", "posts/news/cover"])
async def test_outsiders_learn_nothing_of_a_blog_without_anything_for_them(village: Village, path: str) -> None:
    await write(village, "News", tags="news")
    assert (await village.client(village.outsider).get(LIST + path)).status_code == 404
    answer = await village.client().get(LIST + path)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


async def test_absent_and_invisible_posts_are_answered_alike(village: Village) -> None:
    await write(village, "Secret plans")
    for person in (village.outsider, village.removed, None):
        client = village.client(person)
        hidden, absent = await client.get(LIST + "posts/secret-plans"), await client.get(LIST + "posts/abcdef-plans")
        assert hidden.status_code == absent.status_code
        assert hidden.text.replace("secret", "abcdef") == absent.text


async def test_everybody_reads_a_public_post_and_only_that(village: Village) -> None:
    await write(village, "For all", audience="public", tags="open")
    await write(village, "For us", tags="open")
    await write(village, "For members of the site", audience="site")
    for person, seen in ((None, ["For all"]), (village.outsider, ["For members of the site", "For all"])):
        client = village.client(person)
        page = await client.get(LIST)
        assert (page.status_code, titles(page)) == (200, seen)
        assert titles(await client.get(LIST + "tags/open")) == ["For all"]
        assert titles(await client.get(LIST + "authors/member")) == seen
        assert (await client.get(LIST + "posts/for-all")).status_code == 200
        assert (await client.get(LIST + "posts/for-us")).status_code in (303, 404)


async def test_public_posts_vanish_when_the_blog_is_turned_off_and_come_back(village: Village) -> None:
    await write(village, "For all", audience="public")
    await village.switch("blog", "off")
    for path in ("", "posts/for-all", "feed.atom"):
        assert (await village.client().get(LIST + path)).status_code == 404
    await village.switch("blog", "read_only")
    assert (await village.client().get(LIST + "posts/for-all")).status_code == 200
    await village.switch("blog", "on")
    assert (await village.client().get(LIST + "posts/for-all")).status_code == 200


async def test_public_posts_vanish_when_the_club_becomes_hidden(village: Village) -> None:
    await write(village, "For all", audience="public")
    await Club.filter(id=village.club.id).update(visibility="hidden")
    for person in (None, village.outsider):
        for path in ("", "posts/for-all", "feed.atom"):
            assert (await village.client(person).get(LIST + path)).status_code == 404
    assert (await village.client(village.member).get(LIST + "posts/for-all")).status_code == 200
    assert (await village.client(village.member).get(LIST + "feed.atom")).status_code == 404


async def test_a_draft_is_for_its_author_and_those_who_review(village: Village) -> None:
    await write(village, "Half done", state="draft")
    seen = {}
    for name, person in village.people.items():
        client = village.client(person)
        page = await client.get(LIST + "posts/half-done")
        drafts = await client.get(LIST + "drafts")
        seen[name] = page.status_code, "Half done" in drafts.text, titles(await client.get(LIST))
    assert {name for name, (status, _, _) in seen.items() if status == 200} == {"owner", "moderator", "member"}
    assert {name for name, (_, listed, _) in seen.items() if listed} == {"owner", "moderator", "member"}
    assert all(shown == [] for _, _, shown in seen.values())


async def test_a_removed_author_does_not_see_their_drafts_any_more(village: Village) -> None:
    await write(village, "Half done", state="draft")
    await village.leave(village.member, village.club)
    assert (await village.client(village.member).get(LIST + "posts/half-done")).status_code == 404


async def test_a_scheduled_post_appears_when_its_time_has_come_without_any_job(village: Village) -> None:
    post = await write(village, "Tomorrow", state="scheduled", audience="public")
    for person in (village.guest, None):
        assert (await village.client(person).get(LIST + "posts/tomorrow")).status_code != 200
        assert "Tomorrow" not in (await village.client(person).get(LIST)).text
    await let_time_pass(post)
    for person in (village.guest, None):
        assert (await village.client(person).get(LIST + "posts/tomorrow")).status_code == 200
        assert titles(await village.client(person).get(LIST)) == ["Tomorrow"]
    assert (await Post.get(id=post.id)).state == "scheduled"


async def test_the_catalogue_says_what_the_pages_say(village: Village) -> None:
    post = await write(village, "Tomorrow", state="scheduled", audience="public", body="A rare word: gloaming.")
    row = await Content.get(plugin="blog", kind="post", object_id=post.id)
    assert (row.state, row.audience, row.published_at) == ("scheduled", "public", post.published_at)
    assert (row.url, row.title, "gloaming" in row.words) == ("/c/atelier/blog/posts/tomorrow", "Tomorrow", True)


async def test_a_list_goes_on_where_the_page_before_ended(village: Village) -> None:
    for number in range(23):
        await write(village, f"Post {number:02}", ago=number)
    first = await village.client(village.member).get(LIST)
    older = re.search(r'rel="next" href="([^"]*)"', first.text)
    assert older is not None
    second = await village.client(village.member).get(LIST + older[1])
    assert titles(first) + titles(second) == [f"Post {number:02}" for number in range(23)]
    assert 'rel="next"' not in second.text


@pytest.mark.parametrize("after", ["x", "%00", "WyIxIiwiMiJd", "WyJhIiwiYiJd", "W10", "9" * 500])
async def test_a_made_up_cursor_is_refused(village: Village, after: str) -> None:
    assert (await village.client(village.member).get(LIST, params={"after": after})).status_code == 422


async def test_lists_and_posts_cost_the_same_number_of_queries_for_one_and_three(village: Village) -> None:
    client = village.client(village.member)
    await write(village, "One", tags="a, b", audience="public")
    await client.get(LIST)
    costs = {}
    paths = ("", "tags/a", "authors/member", "posts/one", "drafts", "feed.atom")
    for path in paths:
        with village.queries() as seen:
            await client.get(LIST + path)
        costs[path] = seen.count
    for title in ("Two", "Three"):
        await write(village, title, tags="a, c", audience="public", author=village.owner)
        await write(village, f"{title} in the making", state="draft")
    for path in paths:
        with village.queries() as seen:
            assert (await client.get(LIST + path)).status_code == 200
        assert (path, seen.count) == (path, costs[path])
    assert max(costs.values()) == 2


async def test_a_former_address_leads_to_the_post_for_those_who_may_read_it(village: Village) -> None:
    await write(village, "Old name")
    form = {"title": "New name", "body": "Some words.", "address": "new-name", "version": "1"}
    answer = await village.client(village.member).post(LIST + "posts/old-name", data=form)
    assert answer.headers["location"] == LIST + "posts/new-name"
    moved = await village.client(village.guest).get(LIST + "posts/old-name")
    assert (moved.status_code, moved.headers["location"]) == (303, LIST + "posts/new-name")
    assert (await village.client(village.outsider).get(LIST + "posts/old-name")).status_code == 404


async def test_what_people_write_runs_nowhere(village: Village) -> None:
    evil = "<script>alert(1)</script>"
    body = f"{evil}\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)> ![y](https://evil.example/y.png)"
    await write(village, evil, summary=evil, tags=f"{evil}", body=body, audience="public")
    await User.filter(id=village.member.id).update(name=evil)
    post = await Post.get()
    for path in ("", f"posts/{post.slug}", "drafts", f"posts/{post.slug}/edit", f"posts/{post.slug}/revisions/1"):
        page = (await village.client(village.member).get(LIST + path)).text
        assert "<script>alert" not in page
        assert not re.search(r"<[^>]+\son\w+=", page)
        assert 'href="javascript:' not in page
        assert '<img src="https://evil' not in page


async def test_a_trashed_post_is_gone_for_readers(village: Village) -> None:
    post = await write(village, "Bad idea", audience="public")
    await trash_post(village.club, post, actor=await village.viewer(village.member))
    for person in (village.member, village.guest, village.owner):
        assert (await village.client(person).get(LIST + "posts/bad-idea")).status_code == 404
        assert titles(await village.client(person).get(LIST)) == []
    assert (await Content.get(object_id=post.id, plugin="blog")).state == "trashed"


async def test_the_post_of_somebody_who_left_the_site_stays(village: Village) -> None:
    await write(village, "Lasting", author=village.moderator)
    await User.filter(id=village.moderator.id).delete()
    page = await village.client(village.guest).get(LIST + "posts/lasting")
    assert "A former member" in page.text


async def test_the_home_of_the_club_shows_the_newest_posts_to_those_who_may_read_them(village: Village) -> None:
    await write(village, "For us")
    await write(village, "For all", audience="public")
    for title, audience in (("For the place", "club"), ("For everybody", "public")):
        await write(village, title, club=village.public, audience=audience)
    seen = [
        panels(await village.client(person).get(home)).get("From the blog")
        for person, home in ((village.guest, "/c/atelier/"), (village.owner, "/c/place/"))
    ]
    assert seen == [["For all", "For us"], ["For everybody", "For the place"]]
    outside = (await village.client(None).get("/c/place/")).text
    assert ("For everybody" in outside, "For the place" in outside) == (True, False)
    posts = newest_posts(village.public, await village.viewer(None, village.public), limit=9)
    assert [row["title"] for row in await rows(posts.sql, posts.values)] == ["For everybody"]


async def test_the_blog_speaks_french(village: Village) -> None:
    await write(village, "Nouvelles")
    await User.filter(id=village.member.id).update(locale="fr", timezone="Europe/Paris")
    page = await village.client(village.member).get(LIST)
    assert "Écrire un article" in page.text
    assert "1 minute de lecture" in page.text


async def test_an_anonymous_viewer_of_a_public_club_sees_what_the_club_grants(village: Village) -> None:
    await write(village, "Inside", club=village.public)
    await write(village, "Outside", club=village.public, audience="public")
    assert titles(await village.client().get("/c/place/blog/")) == ["Outside"]
    assert datetime.now(UTC) >= (await Post.get(slug="outside")).created_at
