"""Comments go where their item goes: the canary's words come out through no door."""

from __future__ import annotations

import asyncio

import pytest

from cercle import Content, atomic, publish_content
from cercle.testing import Village
from core.accounts.models import User
from plugins.comments.models import Comment
from plugins.comments.queries.threads import THREADS
from plugins.comments.services.following import follow_all
from plugins.wiki.models import Page
from plugins.wiki.services.trash import restore_page, trash_page
from spaces.hiding import hide_item, show_item
from spaces.models import Club, GrantOverride
from spaces.switches import refresh_many
from tests.comments.talking import of, page_of, row_of, say

WORD = "quxaberla"
HTMX = {"HX-Request": "true"}


async def finds(village: Village, person: User, page: Page, comment: Comment) -> list[bool]:
    """Whether somebody meets the word in the comments of the page, in the thread, in the list, in the API and in the search."""
    client, api = village.client(person), village.api(person)
    pages = [of(page), f"/c/atelier/comments/threads/{comment.id}", "/c/atelier/comments/"]
    found = [WORD in (await client.get(path)).text for path in pages]
    listed = await api.get(f"clubs/atelier/comments/?plugin=wiki&kind=page&item={page.id}")
    search = await client.get(f"/search?q={WORD}")
    return [*found, WORD in listed.text, f"/comments/{comment.id}" in search.text]


async def test_a_trashed_page_takes_its_comments_along_and_brings_them_back(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page, f"Word: {WORD}.")
    assert await finds(village, village.guest, page, comment) == [True] * 5
    owner = await village.viewer(village.owner)
    await trash_page(village.club, page, actor=owner)
    await village.settle()
    for person in (village.owner, village.member, village.guest, village.outsider):
        assert await finds(village, person, page, comment) == [False] * 5
    await restore_page(village.club, await Page.get(id=page.id), actor=owner)
    await village.settle()
    assert await finds(village, village.guest, page, comment) == [True] * 5


async def test_what_a_moderator_hides_hides_its_comments(village: Village) -> None:
    page = await page_of(village, author=village.member)
    comment = await say(village, page, f"Word: {WORD}.", author=village.owner)
    moderator = await village.viewer(village.moderator)
    await hide_item(village.club, "wiki", "page", page.id, actor=moderator)
    await village.settle()
    assert await finds(village, village.guest, page, comment) == [False] * 5
    await show_item(village.club, "wiki", "page", page.id, actor=moderator)
    await village.settle()
    assert await finds(village, village.guest, page, comment) == [True] * 5


async def test_comments_on_what_is_for_moderators_are_for_moderators(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page, f"Word: {WORD}.", author=village.owner)
    await Content.filter(plugin="wiki", object_id=page.id).update(audience="moderators")
    async with atomic():
        await publish_content(
            page,
            plugin="wiki",
            kind="page",
            title=page.title,
            url=f"/c/atelier/wiki/pages/{page.slug}",
            author_id=village.owner.id,
            audience="moderators",
        )
    await village.settle()
    assert (await row_of(comment)).audience == "moderators"
    assert await finds(village, village.guest, page, comment) == [False] * 5
    assert (await finds(village, village.moderator, page, comment))[:4] == [True] * 4


async def test_a_hidden_comment_is_nowhere_and_comes_back(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page, f"Word: {WORD}.")
    moderator = await village.viewer(village.moderator)
    await hide_item(village.club, "comments", "comment", comment.id, actor=moderator)
    for person in (village.member, village.guest):
        assert await finds(village, person, page, comment) == [False] * 5
    assert (
        await village.client(village.member).post(f"/c/atelier/comments/{comment.id}/removal/delete")
    ).status_code == 404
    await show_item(village.club, "comments", "comment", comment.id, actor=moderator)
    assert await finds(village, village.guest, page, comment) == [True] * 5


async def test_where_a_plugin_is_off_nobody_finds_what_was_said_about_its_items(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page, f"Word: {WORD}.")
    await village.switch("wiki", "off")
    await village.settle()
    assert (await row_of(comment)).state == "trashed"
    assert await finds(village, village.owner, page, comment) == [False] * 5
    await village.switch("wiki", "on")
    await village.settle()
    assert await finds(village, village.guest, page, comment) == [True] * 5


async def test_what_was_missed_while_comments_were_off_is_made_up(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page, f"Word: {WORD}.")
    await village.switch("comments", "off")
    await trash_page(village.club, page, actor=await village.viewer(village.owner))
    await village.settle()
    await village.switch("comments", "on")
    await follow_all()
    assert ((await row_of(comment)).state, await finds(village, village.member, page, comment)) == (
        "trashed",
        [False] * 5,
    )


async def test_comments_of_what_is_gone_for_good_are_gone_for_good(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page)
    await say(village, page, to=first)
    await Content.filter(plugin="wiki", kind="page", object_id=page.id).delete()
    await follow_all()
    assert (await Comment.all().count(), await Content.filter(plugin="comments").count()) == (0, 0)


async def test_the_first_comment_of_a_new_member_waits_for_a_moderator(village: Village) -> None:
    page = await page_of(village)
    await Club.filter(id=village.club.id).update(trial_items=1)
    client = village.client(village.member)
    sent = await client.post(of(page), data={"body": f"Word: {WORD}."})
    comment = await Comment.get()
    assert (sent.status_code, comment.hidden_at is not None) == (303, True)
    assert WORD not in (await village.client(village.guest).get(of(page))).text
    api = await village.api(village.member).post(
        "clubs/atelier/comments/", json={"plugin": "wiki", "kind": "page", "item": page.id, "body": "Again."}
    )
    assert api.status_code == 202
    moderator = await village.viewer(village.moderator)
    await show_item(village.club, "comments", "comment", comment.id, actor=moderator, is_new=True)
    assert WORD in (await village.client(village.guest).get(of(page))).text


async def test_pages_that_are_open_hear_of_a_comment_and_a_removed_member_does_not(village: Village) -> None:
    page = await page_of(village)
    topic = f"live:item:wiki/page/{page.id}"
    async with village.app.bus.subscribe(topic) as messages:
        await say(village, page)
        heard = await asyncio.wait_for(anext(aiter(messages)), 5)
    assert (heard.topic, heard.data) == (topic, {"what": "comments"})
    asked = {"on": f"item:wiki/page/{page.id}"}
    assert (await village.client(village.removed).get("/live", params=asked)).status_code == 204
    assert (await village.client(village.outsider).get("/live", params=asked)).status_code == 204


async def test_new_comments_of_others_are_counted_and_ones_own_are_not(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page)
    await say(village, page)
    await say(village, page, author=village.owner)
    news = of(page, f"/news?after={first.id}")
    member, guest = village.client(village.member, **HTMX), village.client(village.guest, **HTMX)
    assert "1 new comment<" in (await member.get(news)).text
    assert "2 new comments<" in (await guest.get(news)).text
    assert (await member.get(of(page, "/news?after=999"))).text.strip() == ""
    assert (await village.client(village.member).get(news)).headers["location"] == of(page)


async def test_where_one_page_does_not_show_all_threads_the_news_lead_to_the_first_new_one(village: Village) -> None:
    page = await page_of(village)
    for _ in range(THREADS):
        await say(village, page)
    last = await say(village, page, author=village.owner)
    shown = (await village.client(village.member, **HTMX).get(of(page, f"/news?after={last.id - 1}"))).text
    assert (f'href="/c/atelier/comments/{last.id}"' in shown, "hx-get" in shown) == (True, False)


@pytest.mark.parametrize("person", ["guest", "member"])
async def test_whoever_may_not_read_the_plugin_finds_no_comment_of_it(village: Village, person: str) -> None:
    page = await page_of(village)
    comment = await say(village, page, f"Word: {WORD}.", author=village.owner)
    await GrantOverride.create(club=village.club, role=person, permission="wiki.view", allowed=False)
    await refresh_many([village.club])
    await follow_all()
    assert (await finds(village, getattr(village, person), page, comment))[:4] == [False] * 4
