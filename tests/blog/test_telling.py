"""Being told of new posts: those who want to be, once, and not the author."""

from __future__ import annotations

from cercle.testing import Village
from core.models import Mail
from core.notification_wishes import choose
from plugins.blog.models import Post
from tests.blog.writing import write


async def _publish(village: Village) -> None:
    for person in (village.owner, village.member, village.outsider, village.removed):
        await choose(person.id, {"mail": {"blog.post_published": True}})
    await write(village, "Tools", author=village.owner, body="A secret hammer.", audience="public")


async def test_who_asked_for_it_is_told_of_a_new_post(village: Village) -> None:
    await _publish(village)
    await village.settle()
    await village.settle()
    mail = await Mail.get()
    assert (mail.recipient, mail.subject) == (village.member.email, "New in Atelier: Tools")
    assert "hammer" not in mail.text + mail.html


async def test_nobody_is_told_of_a_post_that_was_taken_back_meanwhile(village: Village) -> None:
    await _publish(village)
    await Post.all().update(state="draft")
    await village.settle()
    assert await Mail.all().count() == 0
