"""Being told of comments: for the nearest reason, once, and only who may see the item."""

from __future__ import annotations

import re

from cercle.testing import Village
from core.models import Mail, OutboxEvent
from plugins.comments.services.following import follow_item
from plugins.comments.services.removing import remove_comment
from plugins.wiki.services.trash import trash_page
from spaces.models import Content, GrantOverride
from spaces.switches import refresh_many
from tests.comments.talking import of, page_of, say


async def told() -> list[tuple[str, str]]:
    found = await Mail.all().order_by("id").values_list("recipient", "subject")
    return [(str(recipient).partition("@")[0], str(subject)) for recipient, subject in found]


async def test_who_wrote_the_item_is_told_of_a_comment(village: Village) -> None:
    page = await page_of(village)
    await say(village, page, "Secret words.")
    await village.settle()
    assert await told() == [("owner", f"{village.member.name} commented on “Tools”")]
    mail = await Mail.get()
    assert ("Secret" in mail.text + mail.html, "/c/atelier/comments/" in mail.text) == (False, True)


async def test_who_takes_part_is_told_of_a_reply_and_nobody_twice(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page)
    await village.settle()
    await Mail.all().delete()
    await say(village, page, "@owner, @member: look.", to=first, author=village.moderator)
    await village.settle()
    await village.settle()
    name = village.moderator.name
    mentions = f"{name} mentions you in a comment on “Tools”"
    assert sorted(await told()) == [("member", mentions), ("owner", mentions)]
    await Mail.all().delete()
    await say(village, page, "Thank you.", to=first)
    await village.settle()
    assert sorted(await told()) == [
        ("moderator", f"{village.member.name} replied in a discussion of “Tools”"),
        ("owner", f"{village.member.name} commented on “Tools”"),
    ]


async def test_mails_about_the_comments_of_one_item_belong_to_one_thread(village: Village) -> None:
    page = await page_of(village)
    await say(village, page)
    await say(village, page, author=village.guest)
    await say(village, await page_of(village, "Workshop"))
    await village.settle()
    threads = [mail.headers["References"] for mail in await Mail.filter(recipient=village.owner.email).order_by("id")]
    assert [threads.count(one) for one in threads] == [2, 2, 1]


async def test_nobody_outside_and_nobody_who_left_is_told(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page)
    await village.settle()
    await Mail.all().delete()
    await village.leave(village.member, village.club)
    await say(village, page, "@outsider @removed @member hello", to=first, author=village.owner)
    await village.settle()
    assert await told() == []


async def test_nobody_is_told_of_what_is_gone_meanwhile(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page, "@guest")
    await remove_comment(village.club, comment, "Tools", actor=await village.viewer(village.member))
    await village.settle()
    assert await told() == []
    await say(village, page, "@guest")
    await trash_page(village.club, page, actor=await village.viewer(village.owner))
    await village.settle()
    assert await told() == []


async def test_a_change_tells_only_those_whom_it_mentions_now(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page, "@guest", author=village.owner)
    await village.settle()
    sent = {"body": "@guest and @member", "version": "1"}
    await village.client(village.owner).post(f"/c/atelier/comments/{comment.id}", data=sent)
    await village.settle()
    assert [recipient for recipient, _ in await told()] == ["guest", "member"]


async def test_a_mention_of_somebody_who_cannot_see_the_item_tells_nobody_and_offers_nobody(village: Village) -> None:
    page = await page_of(village)
    await GrantOverride.create(club=village.club, role="guest", permission="wiki.view", allowed=False)
    await refresh_many([village.club])
    await say(village, page, "@guest, what do you think?", author=village.owner)
    await village.settle()
    assert await told() == []
    offered = (await village.client(village.member).get(of(page, "/people?q=guest"))).json()
    assert offered == []


async def test_what_was_written_before_the_process_died_is_told_of_once(village: Village) -> None:
    page = await page_of(village)
    await say(village, page)
    assert (await told(), await OutboxEvent.filter(name="comments.comment_written").exists()) == ([], True)
    for _ in range(3):
        await village.settle()
    assert len(await told()) == 1


async def test_feeds_and_activity_keep_silent_about_comments_on_what_is_for_moderators(village: Village) -> None:
    page = await page_of(village)
    await say(village, page, "Quxaberla.", author=village.owner)
    await village.settle()
    await Content.filter(plugin="wiki", object_id=page.id).update(audience="moderators")
    await follow_item(village.club, "wiki", "page", page.id)
    for path in ("/c/atelier/activity/", "/activity", "/search?q=quxaberla"):
        text = (await village.client(village.guest).get(path)).text.casefold()
        assert (path, "comment on" in text, re.findall(r"/comments/\d+", text)) == (path, False, [])
