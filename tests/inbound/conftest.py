"""A site that takes answers by mail, with a provider that keeps them, and a real SMTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path

import pytest
from aiosmtplib import SMTP

from cercle.testing import Village, opened_village, village_settings
from core.accounts.models import User
from core.db import in_atomic
from core.inbound.listener import listening
from core.inbound.replies import Reply
from core.models import Mail, Setting
from core.settings import Settings
from tests.services.processes import free_port

NAME = "post.answer"


@dataclass(slots=True)
class PostOffice:
    """The village, what its provider was given, and the way in."""

    village: Village
    port: int
    replies: list[Reply] = field(default_factory=list)
    error: Exception | None = None

    async def take(self, reply: Reply) -> None:
        """Keep an answer in the database, as a plugin would, and say what a test wants it to say."""
        assert in_atomic()
        await Setting.create(scope="test", owner_id=len(await texts()), part="post", values={"text": reply.text})
        self.replies.append(reply)
        if self.error is not None:
            raise self.error

    def address(self, person: User, about: str = "17") -> str:
        """Where this person may answer."""
        made = self.village.app.inbound.address(NAME, about, person, club_id=self.village.club.id)
        assert made is not None
        return made

    def letter(self, person: User, text: str = "Yes.", **headers: str) -> EmailMessage:
        """A mail of this person."""
        made = EmailMessage()
        made["From"] = person.email
        made["Message-ID"] = "<1@example.org>"
        for name, value in headers.items():
            key = name.replace("_", "-")
            del made[key]
            made[key] = value
        made.set_content(text)
        return made

    async def send(
        self, letter: EmailMessage, *to: str, envelope: str = "somebody@example.org", port: int | None = None
    ) -> str:
        """What the server says of a mail at last; raises what `aiosmtplib` makes of a no."""
        async with SMTP(hostname="127.0.0.1", port=port or self.port, use_tls=False, start_tls=False) as client:
            _, said = await client.sendmail(envelope, list(to), letter.as_bytes(policy=SMTP_POLICY))
            return said


async def texts() -> list[str]:
    """The answers that are stored."""
    return [str(one.values["text"]) for one in await Setting.filter(part="post").order_by("owner_id")]


async def sent_back() -> list[tuple[str, str]]:
    """Whom the site wrote to, and what about."""
    return [(one.recipient, one.subject) for one in await Mail.all().order_by("id")]


def open_settings(folder: Path, database_url: str, port: int) -> Settings:
    """The settings of a site that takes answers on a port of this machine."""
    place = {"inbound_address": "reply@cercle.example", "inbound_listen": f"127.0.0.1:{port}"}
    return village_settings(folder, database_url, **place)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[PostOffice]:
    """The site with its door for mails open."""
    port = free_port()
    async with opened_village(open_settings(tmp_path / "data", database_url, port)) as village:
        post = PostOffice(village, port)
        village.app.inbound.provide(NAME, post.take)
        async with listening(village.app):
            yield post
