"""Answers by mail, over two real connections: a comment goes out through an SMTP server, the answer comes in by the listener."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path

import pytest
from aiosmtplib import SMTP

from cercle.testing import Village, opened_village, village_settings
from core.accounts.models import User
from core.inbound.listener import listening
from plugins.comments.models import Comment
from plugins.comments.services.removing import remove_comment
from plugins.comments.services.states import lock_thread
from plugins.wiki.models import Page
from spaces.models import Membership
from tests.comments.talking import item_of, page_of, say
from tests.notifications.telling import time_passes
from tests.services.processes import free_port
from tests.services.smtp import Smtp


@dataclass(slots=True)
class Post:
    """A village with a mail server before and behind it."""

    village: Village
    smtp: Smtp
    port: int

    async def mail_about(self, comment: Comment) -> EmailMessage:
        """The mail that the owner, whose page it is, is sent about a comment."""
        await self.village.settle()
        await time_passes()
        await self.village.settle()
        return next(mail for mail in self.smtp.messages if f"/comments/{comment.id}" in mail.as_string())

    async def answer(self, mail: EmailMessage, text: str, *, by: User) -> str:
        """What the listener says of an answer to a mail."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Message-ID"] = by.email, mail["Reply-To"], "<answer@example.org>"
        letter.set_content(f"{text}\n\nOn Tuesday somebody wrote:\n> {mail['Subject']}\n")
        async with SMTP(hostname="127.0.0.1", port=self.port, use_tls=False, start_tls=False) as client:
            content = letter.as_bytes(policy=SMTP_POLICY)
            _, said = await client.sendmail("somebody@example.org", [str(mail["Reply-To"])], content)
            return said

    async def sent_back(self) -> list[str]:
        """What the site says to those whose answer it could not take."""
        before = len(self.smtp.messages)
        await self.village.settle()
        texts = [mail.as_string() for mail in self.smtp.messages[before:]]
        return [" ".join(text.split()) for text in texts if "your answer by mail was not published" in text]


@pytest.fixture
async def post(database_url: str, tmp_path: Path, smtp: Smtp) -> AsyncIterator[Post]:
    """The village with its door for mails open."""
    port = free_port()
    ways = {"inbound_address": "reply@cercle.example", "inbound_listen": f"127.0.0.1:{port}", "smtp_url": smtp.url}
    settings = village_settings(tmp_path / "data", database_url, **ways)
    async with opened_village(settings) as village, listening(village.app):
        yield Post(village, smtp, port)


async def begun(post: Post) -> tuple[Page, Comment, EmailMessage]:
    """The owner's page, the member's comment on it, and the mail about that."""
    page = await page_of(post.village)
    comment = await say(post.village, page, "Which chisel?")
    return page, comment, await post.mail_about(comment)


async def test_an_answer_by_mail_is_a_reply_in_the_discussion(post: Post) -> None:
    _, comment, mail = await begun(post)
    owner = post.village.owner
    assert await post.answer(mail, "The *small* one.", by=owner) == "2.6.0 Thank you."
    assert await post.answer(mail, "The *small* one.", by=owner) == "2.6.0 Thank you."
    reply = await Comment.get(thread_id=comment.id)
    assert (reply.author_id, reply.body, reply.body_html) == (
        owner.id,
        "The *small* one.",
        "<p>The <em>small</em> one.</p>\n",
    )
    assert (await Comment.get(id=comment.id)).answers == 1


async def test_who_is_told_of_an_answer_by_mail_can_answer_it(post: Post) -> None:
    _, comment, mail = await begun(post)
    await post.answer(mail, "The small one.", by=post.village.owner)
    reply = await Comment.get(thread_id=comment.id)
    second = await post.mail_about(reply)
    assert (second["To"], second["Reply-To"] != mail["Reply-To"]) == (post.village.member.email, True)
    await post.answer(second, "Thank you.", by=post.village.member)
    last = await Comment.get(reply_to_id=reply.id)
    assert (last.thread_id, last.author_id, last.body) == (comment.id, post.village.member.id, "Thank you.")


async def test_the_answer_of_somebody_removed_is_sent_back(post: Post) -> None:
    _, _, mail = await begun(post)
    await post.village.leave(post.village.owner, post.village.club)
    await post.answer(mail, "The small one.", by=post.village.owner)
    (letter,) = await post.sent_back()
    assert ("or you may not see it any more." in letter, "The small one." in letter) == (True, True)
    assert await Comment.all().count() == 1


async def test_the_answer_of_somebody_who_may_only_read_is_sent_back(post: Post) -> None:
    _, _, mail = await begun(post)
    await Membership.filter(user_id=post.village.owner.id, club_id=post.village.club.id).update(role="guest")
    await post.answer(mail, "The small one.", by=post.village.owner)
    (letter,) = await post.sent_back()
    assert ("not write comments there at the moment." in letter, await Comment.all().count()) == (True, 1)


async def test_an_answer_to_what_was_removed_is_sent_back(post: Post) -> None:
    _, comment, mail = await begun(post)
    await remove_comment(post.village.club, comment, "Tools", actor=await post.village.viewer(post.village.member))
    await post.answer(mail, "The small one.", by=post.village.owner)
    (letter,) = await post.sent_back()
    assert ("is not there any more" in letter, await Comment.all().count()) == (True, 1)


async def test_an_answer_in_a_locked_discussion_is_sent_back(post: Post) -> None:
    page, comment, mail = await begun(post)
    village = post.village
    await Membership.filter(user_id=village.owner.id, club_id=village.club.id).update(role="member")
    await lock_thread(comment, await item_of(village, page), actor=await village.viewer(village.moderator))
    await post.answer(mail, "The small one.", by=village.owner)
    (letter,) = await post.sent_back()
    assert ("A moderator has locked this discussion." in letter, await Comment.all().count()) == (True, 1)


async def test_where_the_site_takes_no_mail_nobody_is_asked_to_answer_by_mail(village: Village) -> None:
    page = await page_of(village)
    await say(village, page)
    await village.settle()
    await time_passes()
    await village.settle()
    (path,) = (village.app.settings.data_dir / "mail").glob("*.eml")
    assert "\nReply-To:" not in path.read_text()
