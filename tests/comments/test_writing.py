"""Writing comments: by members, under what they see, with nothing lost and nothing run."""

from __future__ import annotations

import asyncio

import pytest

from cercle.testing import Village
from plugins.comments.models import LONGEST, Comment, Revision
from plugins.comments.queries.items import find_item
from plugins.comments.services.writing import EditConflict, change_comment
from tests.comments.talking import of, page_of, row_of, say

HTMX = {"HX-Request": "true"}


async def test_a_member_writes_a_comment(village: Village) -> None:
    page = await page_of(village)
    client = village.client(village.member)
    assert (await client.get(of(page, "/new"))).status_code == 200
    sent = await client.post(of(page), data={"body": "Sharpen **them** first."})
    comment = await Comment.get()
    row = await row_of(comment)
    assert sent.headers["location"] == f"/c/atelier/comments/threads/{comment.id}#comment-{comment.id}"
    assert (comment.author_id, comment.body_html) == (
        village.member.id,
        "<p>Sharpen <strong>them</strong> first.</p>\n",
    )
    assert (row.title, row.url) == ("Re: Tools", f"/c/atelier/comments/{comment.id}")
    assert (row.audience, row.state, row.author_id) == ("club", "published", village.member.id)


async def test_a_guest_reads_and_does_not_write(village: Village) -> None:
    page = await page_of(village)
    client = village.client(village.guest)
    assert (await client.post(of(page), data={"body": "No."})).status_code == 403
    assert (await client.get(of(page, "/new"))).status_code == 403
    assert "Write a comment" not in (await client.get(of(page))).text
    assert await Comment.all().count() == 0


async def test_nobody_outside_writes(village: Village) -> None:
    page = await page_of(village)
    assert (await village.client(village.outsider).post(of(page), data={"body": "No."})).status_code == 404
    assert await Comment.all().count() == 0


async def test_nobody_replies_across_items(village: Village) -> None:
    page, other = await page_of(village), await page_of(village, "Wood")
    comment = await say(village, other)
    sent = await village.client(village.member).post(of(page), data={"body": "Here.", "reply_to": str(comment.id)})
    assert (sent.status_code, await Comment.all().count()) == (404, 1)


async def test_replies_stand_in_one_line_and_say_to_whom(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page)
    reply = await say(village, page, "A reply.", to=first, author=village.owner)
    second = await say(village, page, "Another.", to=reply)
    assert (reply.thread_id, reply.reply_to_id) == (first.id, None)
    assert (second.thread_id, second.reply_to_id) == (first.id, reply.id)
    assert [one.answers for one in await Comment.all().order_by("id")] == [2, 1, 0]
    assert f"in reply to {village.owner.name}" in (await village.client(village.member).get(of(page))).text


async def test_a_form_that_is_sent_twice_is_one_comment(village: Village) -> None:
    page = await page_of(village)
    client = village.client(village.member)
    await client.get(of(page))
    both = await asyncio.gather(*(client.post(of(page), data={"body": "Twice."}) for _ in range(2)))
    assert {sent.headers["location"].partition("#")[0] for sent in both} == {
        f"/c/atelier/comments/threads/{(await Comment.get()).id}"
    }
    first = await Comment.get()
    for _ in range(2):
        await client.post(of(page), data={"body": "Twice.", "reply_to": str(first.id)})
    assert (await Comment.all().count(), (await Comment.get(id=first.id)).answers) == (2, 1)
    await village.client(village.owner).post(of(page), data={"body": "Twice."})
    assert await Comment.all().count() == 3


async def test_htmx_is_given_the_thread_that_was_written(village: Village) -> None:
    page = await page_of(village)
    client = village.client(village.member, **HTMX)
    assert 'data-editor="compact"' in (await client.get(of(page, "/new"))).text
    first = await client.post(of(page), data={"body": "First."})
    number = (await Comment.get()).id
    assert (f'id="thread-{number}"' in first.text, 'id="comments-write"' in first.text) == (True, True)
    reply = await client.post(of(page), data={"body": "Second.", "reply_to": str(number)})
    assert reply.headers["hx-retarget"] == f"#thread-{number}"


async def test_what_is_wrong_comes_back_with_the_text(village: Village) -> None:
    page = await page_of(village)
    client = village.client(village.member)
    empty = await client.post(of(page), data={"body": "  "})
    assert (empty.status_code, "Please write something." in empty.text) == (422, True)
    long = await client.post(of(page), data={"body": "a" * (LONGEST + 1)})
    assert (long.status_code, await Comment.all().count()) == (422, 0)


async def test_nothing_that_is_written_runs(village: Village) -> None:
    page = await page_of(village)
    await say(village, page, "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>")
    text = (await village.client(village.member).get(of(page))).text
    assert ("<script>alert" in text, 'href="javascript' in text, "<img" in text.partition("comments-one")[2]) == (
        False,
        False,
        False,
    )
    exact = '"><script>alert(2)</script>'
    await say(village, page, exact=exact)
    assert "<script>alert(2)" not in (await village.client(village.member).get(of(page))).text


async def test_a_passage_is_kept_with_the_words_around_it(village: Village) -> None:
    page = await page_of(village)
    fields = {"body": "Which one?", "exact": "Every chisel", "prefix": "window. ", "suffix": " has its"}
    await village.client(village.member).post(of(page), data=fields)
    comment = await Comment.get()
    assert (comment.exact, comment.prefix, comment.suffix) == ("Every chisel", "window.", "has its")
    assert 'data-exact="Every chisel"' in (await village.client(village.guest).get(of(page))).text


async def test_its_author_changes_a_comment_and_readers_see_what_it_was(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page, "It is red.")
    client = village.client(village.member)
    assert "It is red." in (await client.get(f"/c/atelier/comments/{comment.id}/edit")).text
    sent = await client.post(f"/c/atelier/comments/{comment.id}", data={"body": "It is blue.", "version": "1"})
    history = await village.client(village.guest).get(f"/c/atelier/comments/{comment.id}/revisions")
    shown = (await village.client(village.guest).get(of(page))).text
    assert (sent.status_code, (await Revision.get()).body, (await row_of(comment)).summary) == (
        303,
        "It is red.",
        "It is blue.",
    )
    assert ("edited" in shown, "It is red." in shown, "It is <del>red</del>." in history.text) == (True, False, True)


async def test_nobody_else_changes_it(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page)
    for person, status in ((village.owner, 403), (village.guest, 403), (village.outsider, 404)):
        client = village.client(person)
        sent = await client.post(f"/c/atelier/comments/{comment.id}", data={"body": "Mine.", "version": "1"})
        assert sent.status_code == status
        assert (await client.get(f"/c/atelier/comments/{comment.id}/edit")).status_code == status
    assert (await Comment.get()).version == 1


async def test_an_older_window_overwrites_nothing(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page, "One.")
    client = village.client(village.member)
    await client.post(f"/c/atelier/comments/{comment.id}", data={"body": "Two.", "version": "1"})
    late = await client.post(f"/c/atelier/comments/{comment.id}", data={"body": "Three.", "version": "1"})
    assert (late.status_code, (await Comment.get()).body) == (409, "Two.")
    assert ("Three." in late.text, "Two" in late.text, 'name="version" value="2"' in late.text) == (True, True, True)


async def test_of_two_changes_at_once_one_is_told_of_the_other(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page, "One.")
    viewer = await village.viewer(village.member)
    item = await find_item(village.club, "wiki", "page", page.id, viewer=viewer)

    async def change(body: str) -> object:
        return await change_comment(village.club, item, comment, body, base=1, actor=viewer)

    done = await asyncio.gather(change("Two."), change("Three."), return_exceptions=True)
    assert sorted(isinstance(one, EditConflict) for one in done) == [False, True]
    assert (await Revision.all().count(), (await Comment.get()).version) == (1, 2)


async def test_people_who_may_see_the_item_are_offered(village: Village) -> None:
    page = await page_of(village)
    client = village.client(village.member)
    offered = (await client.get(of(page, "/people?q="))).json()
    handles = sorted(person["value"] for person in offered)
    assert handles == sorted(p.handle for p in (village.owner, village.moderator, village.member, village.guest))
    assert (await client.get(of(page, "/people?q=%25"))).json() == []
    assert [p["value"] for p in (await client.get(of(page, f"/people?q={village.owner.handle}"))).json()] == [
        village.owner.handle
    ]


@pytest.mark.parametrize("state", ["locked", "off"])
async def test_where_moderators_closed_them_nobody_writes(village: Village, state: str) -> None:
    page = await page_of(village)
    await village.client(village.moderator).post(of(page, "/state"), data={"state": state})
    sent = await village.client(village.member).post(of(page), data={"body": "Still?"})
    assert (sent.status_code, await Comment.all().count()) == (403, 0)
