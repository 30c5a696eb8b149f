"""Somebody is removed from a club: every door to it closes with the next request, and their session to the site stays."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import Takeout
from core.accounts.services import ask_takeout, feed_token
from core.accounts.services.takeouts import make_takeouts
from core.models import Blob, Mail
from core.notification_wishes import choose
from plugins.blog.models import Attachment as BlogFile
from plugins.files.models import Entry
from plugins.wiki.models import Attachment as WikiFile
from spaces.services.memberships import add_member, remove_member

WORD = "quuxicanary"


@pytest.fixture
async def doors(village: Village) -> list[str]:
    """A hidden club with something of every kind, and the addresses at which a member reads it."""
    await village.join(village.member, village.hidden)
    owner, script, club = village.client(village.owner), village.api(village.owner), "cave"
    page = await owner.post(f"/c/{club}/wiki/pages", data={"title": f"{WORD} page", "body": WORD})
    file = {"file": ("note.txt", WORD.encode(), "text/plain")}
    slug = page.headers["location"].rpartition("/")[2]
    sent = [
        page,
        await owner.post(f"/c/{club}/wiki/pages/{slug}/attachments", files=file),
        await owner.post(f"/c/{club}/blog/attachments", files=file),
        await script.put(f"clubs/{club}/files/content/{WORD}.txt", content=WORD.encode()),
    ]
    loose = await BlogFile.get()
    body = f"{WORD} [note](/c/{club}/blog/attachments/{loose.key}/note.txt)"
    post = {"title": f"{WORD} post", "body": body, "state": "published"}
    sent.append(await script.post(f"clubs/{club}/blog/posts", json=post))
    await BlogFile.all().update(post_id=1)
    assert [answer.status_code for answer in sent if answer.status_code >= 400] == []
    entry, attached = await Entry.get(is_file=True), await WikiFile.get()
    return [
        *(f"/c/{club}/", f"/c/{club}/home", f"/c/{club}/people", f"/c/{club}/palette"),
        *(f"/c/{club}/wiki/", f"/c/{club}/wiki/pages/{slug}", f"/c/{club}/wiki/pages/{slug}/history"),
        *(f"/c/{club}/wiki/attachments/{attached.key}/note.txt", f"/c/{club}/wiki/changes"),
        *(f"/c/{club}/blog/", f"/c/{club}/blog/attachments/{loose.key}/note.txt"),
        *(f"/c/{club}/files/", f"/c/{club}/files/file/{entry.id}", f"/c/{club}/files/file/{entry.id}/content"),
        f"/c/{club}/directory/",
    ]


async def answers(browser: httpx.AsyncClient, paths: list[str]) -> set[int]:
    return {(await browser.get(path)).status_code for path in paths}


async def test_pages_and_files_close_and_the_session_stays(village: Village, doors: list[str]) -> None:
    browser = village.client(village.member)
    assert await answers(browser, doors) == {200}
    await village.leave(village.member, village.hidden)
    assert await answers(browser, doors) == {404}
    assert (await browser.get("/account/")).status_code == 200
    assert WORD not in (await browser.get("/")).text


async def test_a_token_of_before_reads_nothing(village: Village, doors: list[str]) -> None:
    script = village.api(village.member)
    paths = ["clubs/cave", "clubs/cave/members", "clubs/cave/wiki/pages", "clubs/cave/blog/posts"]
    assert await answers(script, paths) == {200}
    await village.leave(village.member, village.hidden)
    assert await answers(script, paths) == {404}
    listed = await script.get("clubs")
    assert (listed.status_code, "cave" in listed.text) == (200, False)
    put = await script.put("clubs/cave/files/content/late.txt", content=b"x")
    assert put.status_code == 404


async def test_a_private_feed_of_before_is_empty_of_it(village: Village, doors: list[str]) -> None:
    reader = village.client(None)
    path = f"/feeds/{feed_token(village.member)}/c/cave/blog.atom"
    assert WORD in (await reader.get(path)).text
    await village.leave(village.member, village.hidden)
    answer = await reader.get(path)
    assert (answer.status_code, WORD in answer.text) == (404, False)


async def test_search_finds_nothing_of_it(village: Village, doors: list[str]) -> None:
    browser, script = village.client(village.member), village.api(village.member)
    assert WORD in (await browser.get(f"/search?q={WORD}")).text.replace(f'value="{WORD}"', "")
    await village.leave(village.member, village.hidden)
    for answer in (await browser.get(f"/search?q={WORD}"), await browser.get(f"/search/quick?q={WORD}")):
        assert (answer.status_code, f"{WORD} page" in answer.text, "/c/cave" in answer.text) == (200, False, False)
    assert "/c/cave" not in (await script.get(f"search?q={WORD}")).text


async def test_what_waits_in_the_mail_queue_does_not_leave(village: Village, doors: list[str]) -> None:
    await choose(village.member.id, {"mail": {"blog.post_published": True}})
    sent = {"title": "Late news", "body": WORD, "state": "published"}
    await village.api(village.owner).post("clubs/cave/blog/posts", json=sent)
    await village.app.outbox.deliver_due()
    waiting = Mail.filter(recipient=village.member.email, key__startswith="notification:blog.post_published:")
    assert await waiting.filter(sent_at=None).count() == 2  # that of the fixture waits for this one
    await village.leave(village.member, village.hidden)
    await waiting.update(due_at=datetime.now(UTC))
    await village.settle()
    assert await waiting.count() == 0


async def test_an_archive_that_was_made_before_is_gone(village: Village, doors: list[str]) -> None:
    browser = village.client(village.member)
    await browser.post("/c/cave/wiki/pages", data={"title": "Of mine", "body": WORD})
    await ask_takeout(village.member)
    await make_takeouts()
    takeout = await Takeout.get()
    path = f"/account/takeouts/{takeout.id}"
    assert (await browser.get(path)).status_code == 200
    await remove_member(village.hidden, village.member, actor=None)
    assert (await browser.get(path)).status_code == 404
    assert (await Blob.get(hash=takeout.file)).references == 0


async def test_who_comes_back_gets_in_again_by_the_same_session(village: Village, doors: list[str]) -> None:
    browser = village.client(village.member)
    await village.leave(village.member, village.hidden)
    assert (await browser.get("/c/cave/wiki/")).status_code == 404
    await add_member(village.hidden, village.member, actor=None)
    assert (await browser.get("/c/cave/wiki/")).status_code == 200
