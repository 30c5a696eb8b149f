"""Reading comments: below an item, on pages of their own, and nowhere for those who may not see the item."""

from __future__ import annotations

import pytest

from cercle.testing import Village
from core.db import atomic
from plugins.comments.models import Comment
from plugins.comments.queries.threads import LATEST, REPLIES, THREADS
from tests.comments.talking import of, page_of, say

HTMX = {"HX-Request": "true"}


async def test_a_member_finds_the_comments_of_a_page(village: Village) -> None:
    page = await page_of(village)
    await say(village, page, "Sharpen them first.")
    shown = await village.client(village.guest).get(of(page))
    assert (shown.status_code, "Sharpen them first." in shown.text, "Tools" in shown.text) == (200, True, True)


async def test_the_page_of_the_item_has_the_place_for_them_and_asks_nothing_more(village: Village) -> None:
    page = await page_of(village)
    client = village.client(village.member)
    await client.get(f"/c/atelier/wiki/pages/{page.slug}")
    with village.queries() as without:
        await client.get(f"/c/atelier/wiki/pages/{page.slug}")
    for number in range(3):
        await say(village, page, f"Number {number}")
    with village.queries() as seen:
        shown = await client.get(f"/c/atelier/wiki/pages/{page.slug}")
    assert f'hx-get="{of(page)}"' in shown.text
    assert seen.count == without.count


async def test_htmx_is_given_the_threads_alone(village: Village) -> None:
    page = await page_of(village)
    await say(village, page, "Sharpen them first.")
    part = await village.client(village.member, **HTMX).get(of(page))
    assert ("<html" in part.text, 'id="comments"' in part.text) == (False, True)


@pytest.mark.parametrize("rest", ["", "/news", "/new", "/people"])
async def test_nobody_outside_knows_of_them(village: Village, rest: str) -> None:
    page = await page_of(village)
    comment = await say(village, page)
    client = village.client(village.outsider)
    assert (await client.get(of(page, rest))).status_code == 404
    assert (await client.get(f"/c/atelier/comments/{comment.id}")).status_code == 404
    assert (await client.get(f"/c/atelier/comments/threads/{comment.id}")).status_code == 404
    assert (await client.get("/c/atelier/comments/")).status_code == 404


async def test_an_item_of_another_club_has_none_here(village: Village) -> None:
    page = await page_of(village, club=village.hidden)
    comment = await say(village, page, author=village.owner, club=village.hidden)
    client = village.client(village.owner)
    assert (await client.get(of(page))).status_code == 404
    assert (await client.get(f"/c/atelier/comments/{comment.id}")).status_code == 404


async def test_a_comment_has_an_address_that_leads_to_its_thread(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page)
    reply = await say(village, page, to=first)
    led = await village.client(village.member).get(f"/c/atelier/comments/{reply.id}")
    assert led.headers["location"] == f"/c/atelier/comments/threads/{first.id}#comment-{reply.id}"


async def test_thirty_comments_cost_as_many_queries_as_one(village: Village) -> None:
    page = await page_of(village)
    client = village.client(village.member)
    first = await say(village, page)
    await say(village, page, to=first)
    await client.get(of(page))
    with village.queries() as one:
        await client.get(of(page))
    for number in range(14):
        thread = await say(village, page, f"Number {number}", author=village.owner)
        await say(village, page, f"Reply {number}", to=thread)
    with village.queries() as many:
        await client.get(of(page))
    assert many.count == one.count


async def test_ten_thousand_replies_come_in_pages(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page)
    rows = [
        Comment(
            club_id=village.club.id,
            plugin="wiki",
            kind="page",
            object_id=page.id,
            thread_id=first.id,
            body=f"R{number}",
            body_html=f"<p>R{number}!</p>",
            created_at=first.created_at,
        )
        for number in range(10_000)
    ]
    async with atomic():
        await Comment.bulk_create(rows, batch_size=500)
    client = village.client(village.member)
    shown = (await client.get(of(page))).text
    assert (shown.count("<p>R"), "<p>R9999!</p>" in shown, "9,995 earlier replies" in shown) == (LATEST, True, True)
    thread = (await client.get(f"/c/atelier/comments/threads/{first.id}")).text
    assert (thread.count("<p>R"), "More replies" in thread) == (REPLIES, True)
    last = await Comment.filter(thread_id=first.id).order_by("-id").first()
    assert last is not None
    led = (await client.get(f"/c/atelier/comments/{last.id}")).headers["location"]
    assert "<p>R9999!</p>" in (await client.get(led.partition("#")[0])).text


async def test_many_threads_come_in_pages(village: Village) -> None:
    page = await page_of(village)
    for number in range(THREADS + 1):
        await say(village, page, f"Thread {number}!")
    client = village.client(village.member)
    assert (await client.get(of(page))).text.count('class="comments-thread"') == THREADS
    after = (await Comment.all().order_by("id"))[THREADS - 1].id
    assert f"Thread {THREADS}!" in (await client.get(of(page, f"?after={after}"))).text


async def test_what_the_club_discusses_leaves_out_what_the_viewer_may_not_see(village: Village) -> None:
    page = await page_of(village)
    await say(village, page, "Sharpen them first.")
    assert "Sharpen them first." in (await village.client(village.guest).get("/c/atelier/comments/")).text
    await village.switch("wiki", "off")
    assert "Sharpen them first." not in (await village.client(village.guest).get("/c/atelier/comments/")).text


async def test_a_wrong_number_is_refused_kindly(village: Village) -> None:
    page = await page_of(village)
    client = village.client(village.member)
    assert (await client.get(of(page, "?after=x"))).status_code == 422
    assert (await client.get(f"/c/atelier/comments/of/comments/comment/{page.id}")).status_code == 404
    assert (await client.get(f"/c/atelier/comments/of/wiki/page/{10**30}")).status_code == 404
    assert (await client.get(f"/c/atelier/comments/{10**30}")).status_code == 404
