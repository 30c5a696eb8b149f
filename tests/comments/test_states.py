"""Removing and bringing back, signs, settled threads, answers and locks."""

from __future__ import annotations

import asyncio

import pytest

from cercle.testing import Village
from core.models import AuditEntry
from plugins.comments.models import Comment, ItemState, Reaction
from plugins.comments.services.reactions import put_sign
from plugins.comments.services.states import accept_answer
from tests.comments.talking import of, page_of, row_of, say


def at(comment: Comment, rest: str) -> str:
    return f"/c/atelier/comments/{comment.id}/{rest}"


async def test_its_author_removes_a_comment_and_brings_it_back(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page, "A slip.")
    client = village.client(village.member)
    assert (await client.post(at(comment, "removal"))).status_code == 303
    assert (await row_of(comment)).state == "trashed"
    assert "A slip." not in (await client.get(of(page))).text
    assert (await client.get(f"/c/atelier/comments/{comment.id}")).status_code == 404
    assert (await client.post(at(comment, "removal/delete"))).status_code == 303
    assert ((await row_of(comment)).state, "A slip." in (await client.get(of(page))).text) == ("published", True)


async def test_a_stone_stays_where_others_replied(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page, "A slip.")
    reply = await say(village, page, "Quite.", to=first, author=village.owner)
    await village.client(village.member).post(at(first, "removal"))
    shown = (await village.client(village.guest).get(of(page))).text
    assert ("A slip." in shown, "This comment was removed." in shown, "Quite." in shown) == (False, True, True)
    await village.client(village.owner).post(at(reply, "removal"))
    shown = (await village.client(village.guest).get(of(page))).text
    assert "This comment was removed." not in shown


async def test_moderators_remove_what_others_wrote_and_they_alone_bring_it_back(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page)
    for person, status in ((village.guest, 403), (village.outsider, 404), (village.moderator, 303)):
        assert (await village.client(person).post(at(comment, "removal"))).status_code == status
    assert (await AuditEntry.get(action="comments.comment_removed")).subject == "Tools"
    assert (await village.client(village.member).post(at(comment, "removal/delete"))).status_code == 403
    assert (await village.client(village.moderator).post(at(comment, "removal/delete"))).status_code == 303


async def test_removing_twice_counts_once(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page)
    reply = await say(village, page, to=first)
    client = village.client(village.member)
    await asyncio.gather(client.post(at(reply, "removal")), client.post(at(reply, "removal")))
    assert (await Comment.get(id=first.id)).answers == 0


async def test_a_sign_is_said_once_also_at_the_same_moment(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page)
    viewer = await village.viewer(village.owner)
    await asyncio.gather(*(put_sign(comment, "heart", actor=viewer) for _ in range(4)))
    client = village.client(village.owner)
    await client.post(at(comment, "signs"), data={"sign": "heart"})
    await client.post(at(comment, "signs"), data={"sign": "party"})
    assert sorted(one.sign for one in await Reaction.all()) == ["heart", "party"]
    await client.post(at(comment, "signs/delete"), data={"sign": "heart"})
    assert [one.sign for one in await Reaction.all()] == ["party"]


async def test_there_are_few_signs_and_only_for_who_may_write(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page)
    sent = await village.client(village.member).post(at(comment, "signs"), data={"sign": "<b>"})
    guest = await village.client(village.guest).post(at(comment, "signs"), data={"sign": "heart"})
    outside = await village.client(village.outsider).post(at(comment, "signs"), data={"sign": "heart"})
    assert (sent.status_code, guest.status_code, outside.status_code) == (422, 403, 404)


async def test_who_began_it_settles_a_thread(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page)
    other = await village.person("Otto Other")
    await village.join(other, village.club)
    for person, status in ((other, 403), (village.guest, 403), (village.outsider, 404), (village.member, 303)):
        assert (await village.client(person).post(at(first, "resolution"))).status_code == status
    assert (await Comment.get()).resolved_at is not None
    assert "Settled by" in (await village.client(village.guest).get(of(page))).text
    assert (await village.client(village.owner).post(at(first, "resolution/delete"))).status_code == 303
    assert (await Comment.get()).resolved_at is None


async def test_who_wrote_the_item_accepts_one_answer(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page)
    one, two = await say(village, page, to=first), await say(village, page, to=first)
    assert (await village.client(village.member).post(at(one, "answer"))).status_code == 403
    assert (await village.client(village.outsider).post(at(one, "answer"))).status_code == 404
    assert (await village.client(village.owner).post(at(one, "answer"))).status_code == 303
    await asyncio.gather(accept_answer(two), accept_answer(one))
    assert await Comment.filter(is_answer=True).count() == 1
    await village.client(village.owner).post(at(one, "answer/delete"))
    await village.client(village.owner).post(at(two, "answer/delete"))
    assert await Comment.filter(is_answer=True).count() == 0


async def test_moderators_lock_a_thread(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page)
    member, moderator = village.client(village.member), village.client(village.moderator)
    assert (await member.post(at(first, "lock"))).status_code == 403
    assert (await village.client(village.outsider).post(at(first, "lock"))).status_code == 404
    assert (await moderator.post(at(first, "lock"))).status_code == 303
    reply = {"body": "Still?", "reply_to": str(first.id)}
    assert (await member.post(of(page), data=reply)).status_code == 403
    assert (await moderator.post(of(page), data=reply)).status_code == 303
    assert (await moderator.post(at(first, "lock/delete"))).status_code == 303
    assert (await member.post(of(page), data=reply)).status_code == 303


@pytest.mark.parametrize("state", ["locked", "off"])
async def test_moderators_close_the_comments_of_an_item_and_open_them_again(village: Village, state: str) -> None:
    page = await page_of(village)
    comment = await say(village, page, "Kept.")
    member, moderator = village.client(village.member), village.client(village.moderator)
    assert (await member.post(of(page, "/state"), data={"state": state})).status_code == 403
    assert (await village.client(village.outsider).post(of(page, "/state"), data={"state": state})).status_code == 404
    assert (await moderator.post(of(page, "/state"), data={"state": state})).status_code == 303
    assert ("Kept." in (await member.get(of(page))).text) == (state == "locked")
    assert (await row_of(comment)).state == ("published" if state == "locked" else "trashed")
    await moderator.post(of(page, "/state"), data={"state": "open"})
    assert (await ItemState.all().count(), (await row_of(comment)).state) == (0, "published")
    assert "Kept." in (await member.get(of(page))).text
