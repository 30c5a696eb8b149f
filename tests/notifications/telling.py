"""Pages of the wiki that people follow, and the passing of time, for the tests of notifications."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from cercle.testing import Village
from core.accounts.models import User
from core.models import Mail
from core.notifications import notify
from plugins.blog.models import Post
from plugins.notifications.models import Follow, PushMessage
from plugins.wiki.notifications import MENTIONED
from spaces.models import Club, Content
from tests.blog.writing import write


async def follow(village: Village, person: User, target: str, club: Club | None = None) -> None:
    """Somebody follows something in a club, in theirs unless said."""
    await Follow.create(user=person, club=club or village.club, target=target)


async def publish(village: Village, title: str, tags: str = "") -> Content:
    """A post by the owner that is out, and the events of it delivered."""
    post: Post = await write(village, title, author=village.owner, tags=tags)
    await deliver(village)
    return await Content.get(plugin="blog", kind="post", object_id=post.id)


async def deliver(village: Village) -> None:
    """What was announced arrives."""
    await village.app.jobs.run("core.deliver_events")


async def mention(village: Village, *people: User, key: str = "one", content: Content | None = None) -> None:
    """Somebody mentions people in the club."""
    await notify(
        MENTIONED,
        to=[person.id for person in people],
        club=await Club.get(id=village.club.id),
        key=key,
        subject="About “%(title)s”",
        text="See “%(title)s”.",
        path=f"/c/atelier/wiki/{key}",
        values={"title": f"Tools {key}"},
        content_id=content.id if content else None,
    )


async def time_passes(minutes: int = 30) -> None:
    """What waits is so much nearer to leaving."""
    by = timedelta(minutes=minutes)
    for mail in await Mail.filter(sent_at=None):
        await Mail.filter(id=mail.id).update(due_at=mail.due_at - by)
    for message in await PushMessage.filter(sent_at=None):
        await PushMessage.filter(id=message.id).update(due_at=message.due_at - by)


async def mails(village: Village) -> list[EmailMessage]:
    """The mails that leave now, and those that left before, by the order of their files."""
    await village.app.jobs.run("core.deliver_mail")
    found = sorted((village.app.settings.data_dir / "mail").glob("*.eml"))
    return [BytesParser(policy=default).parsebytes(path.read_bytes()) for path in found]


def text_of(message: EmailMessage) -> str:
    """What a mail says as plain text."""
    part = message.get_body(("plain",))
    return str(part.get_content()) if part else ""
