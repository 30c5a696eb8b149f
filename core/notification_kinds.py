"""What notifications are made of: kinds that parts declare, a notice and its readers, and what channels and advisers answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, NamedTuple, Protocol

from core.accounts.models import User
from core.notification_wishes import Wishes


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """One reason to write to somebody; a part lists its own as `kinds` in `notifications.py`.

    Args:
        name: `part.what`, such as `blog.post_published`; at most 50 characters.
        label: what it tells of, in the words of a member (source language; translated when shown).
        mail: whether it comes by mail, `on` or `off`, until the person chooses.
        page: likewise for their page of notifications.
        push: likewise for the devices that they let be told; as by mail unless it is said.
        members_only: False for what concerns a person who need not belong to the club, as an answer to their request.
        even_muted: True for what names the person themselves; it comes from a club that they muted too.
        waits: True where several may come within minutes: then mail and push wait for the others, and all come as one
            message, in the digest for those who have one. Nothing that somebody waits for.
        direct: of what waits, True for what is said to the person, such as a mention: it waits a shorter time, and for no digest.
        moderators: True for what only those who moderate a club are ever told; others are not offered it.
    """

    name: str
    label: str
    mail: Literal["on", "off"] = "on"
    members_only: bool = True
    even_muted: bool = False
    page: Literal["on", "off"] = "on"
    push: Literal["on", "off", ""] = ""
    waits: bool = False
    direct: bool = False
    moderators: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def part(self) -> str:
        """The name of the part that declares it."""
        return self.name.partition(".")[0]

    def comes_by(self, channel: str) -> bool:
        """Whether it comes through a channel until the person chooses."""
        return (getattr(self, channel, "off") or self.mail) == "on"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell.

    Args:
        kind: why.
        club_id: where it happened; None for the site.
        key: what it is about; a second notice of the kind with this key is the same one.
        subject, text: in the source language, translated for each reader.
        path: of the page that shows it.
        values: for the placeholders of both.
        content_id: the row of the catalogue that it is about; only who may see it is told.
        club_name: "" for the site, and for a club whose name is kept out of messages.
        is_confidential: whether mail and push say nothing but that there is something.
        reply_to: the address to which a person's answer goes, by their id.
        thread_id: the row of the catalogue whose messages mail programs put together.
    """

    kind: NotificationKind
    club_id: int | None
    key: str
    subject: str
    text: str
    path: str
    values: Mapping[str, object] = field(default_factory=dict)
    content_id: int | None = None
    club_name: str = ""
    is_confidential: bool = False
    reply_to: Callable[[int], str | None] | None = None
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may be told, with what they chose."""

    user: User
    wishes: Wishes


@dataclass(frozen=True, slots=True)
class Waits:
    """How long what waits for others waits.

    Args:
        direct: what is said to the person.
        rest: everything else.
    """

    direct: timedelta = timedelta(minutes=2)
    rest: timedelta = timedelta(minutes=10)


class Channel(Protocol):
    """A way to reach people; `label` heads its column on the page of choices."""

    name: str
    label: str

    async def deliver(self, notice: Notice, readers: Sequence[Reader]) -> None:
        """Tell these people, who chose this channel for this kind and may read it. Telling them twice must be harmless."""
        ...


class Adviser(Protocol):
    """What notifications ask a part of the site, which knows clubs and what is in them."""

    async def may_see(self, content_id: int, user_ids: Collection[int], *, even_muted: bool) -> Collection[int]:
        """Those of these people who may see what stands in a row of the catalogue, at this moment."""
        ...

    async def waits(self) -> Waits:
        """How long what waits for others waits on this site."""
        ...

    async def is_confidential(self, club: Any) -> bool:
        """Whether messages that leave the site keep silent about what is in a club."""
        ...


class ChoicePage(NamedTuple):
    """Another page of choices, which the page of kinds leads to: its route, and its name (source language)."""

    route: str
    label: str
