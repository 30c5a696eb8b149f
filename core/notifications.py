"""Notifications: what people are told of though they are not looking. Parts declare the kinds, people choose the channels.

A kind is one reason to write to somebody. A channel is one way to reach them; mail is one. Whoever may not read the plugin in
that club is told nothing, and that is asked again when a message leaves, since it may have waited.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from core import current
from core.accounts.models import User
from core.db import atomic
from core.errors import PluginError
from core.hooks import Hooks
from core.models import Setting

PART = "notifications"
LONGEST_NAME = 50
_BATCH = 500


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """One reason to write to somebody; a part lists its own as `kinds` in `notifications.py`.

    Args:
        name: `part.what`, such as `blog.post_published`; at most 50 characters.
        label: what it tells of, in the words of a member (source language; translated when shown).
        mail: whether it comes by mail, `on` or `off`, until the person chooses.
        members_only: False for what concerns a person who need not belong to the club, as an answer to their request.
        even_muted: True for what names the person themselves; it comes from a club that they muted too.
    """

    name: str
    label: str
    mail: Literal["on", "off"] = "on"
    members_only: bool = True
    even_muted: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def part(self) -> str:
        """The name of the part that declares it."""
        return self.name.partition(".")[0]

    def comes_by(self, channel: str) -> bool:
        """Whether it comes through a channel until the person chooses."""
        return getattr(self, channel, "off") == "on"


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
    """

    kind: NotificationKind
    club_id: int | None
    key: str
    subject: str
    text: str
    path: str
    values: Mapping[str, object] = field(default_factory=dict)


class Channel(Protocol):
    """A way to reach people; `label` heads its column on the page of choices."""

    name: str
    label: str

    async def deliver(self, notice: Notice, people: Sequence[User]) -> None:
        """Tell these people, who chose this channel for this kind and may read it. Telling them twice must be harmless."""
        ...


class Notifications:
    """The kinds and channels of one application.

    Args:
        hooks: asks who may read a plugin in a club.
        channels: in the order in which the page of choices shows them.
    """

    def __init__(self, hooks: Hooks, channels: Iterable[Channel]) -> None:
        self._hooks = hooks
        self._kinds: dict[str, NotificationKind] = {}
        self.channels = {channel.name: channel for channel in channels}

    def declare(self, part: str, kinds: Iterable[NotificationKind]) -> None:
        """Take over the kinds of a part.

        Raises:
            PluginError: for a name without the part's prefix, one that is too long, or one that is declared twice.
        """
        for kind in kinds:
            if not kind.name.startswith(f"{part}."):
                raise PluginError(f"Notification kind {kind.name!r} must start with {part + '.'!r}", plugin=part)
            if len(kind.name) > LONGEST_NAME:
                raise PluginError(f"The name {kind.name!r} has more than {LONGEST_NAME} characters", plugin=part)
            if kind.name in self._kinds:
                raise PluginError(f"Notification kind {kind.name!r} is declared twice", plugin=part)
            self._kinds[kind.name] = kind

    def forget(self, part: str) -> None:
        """Remove what a part declared, when it turns out to be broken."""
        self._kinds = {name: kind for name, kind in self._kinds.items() if kind.part != part}

    def get(self, name: str) -> NotificationKind | None:
        """The kind of this name, or None."""
        return self._kinds.get(name)

    def all(self) -> tuple[NotificationKind, ...]:
        """Every kind, in the order of the parts."""
        return tuple(self._kinds.values())

    async def tell(self, notice: Notice, to: Collection[int] | None, *, besides: int | None = None) -> None:
        """Hand a notice to each channel for those who want it there; see `notify`."""
        readers = sorted({*await self._readers(notice.kind, notice.club_id, to)} - {besides})
        for start in range(0, len(readers), _BATCH):
            people = await User.filter(id__in=readers[start : start + _BATCH], is_active=True).order_by("id")
            choices = await choices_of([person.id for person in people])
            for channel in self.channels.values():
                wanting = [p for p in people if is_wanted(choices.get(p.id, {}), notice.kind, channel.name)]
                if wanting:
                    await channel.deliver(notice, wanting)

    async def still_wanted(self, kind: str, club_id: int | None, user_id: int, channel: str) -> User | None:
        """The person, when they may still be told through this channel; None otherwise."""
        known = self.get(kind)
        if known is None or user_id not in await self._readers(known, club_id, [user_id]):
            return None
        person = await User.get_or_none(id=user_id, is_active=True)
        choices = await choices_of([user_id])
        return person if is_wanted(choices.get(user_id, {}), known, channel) else None

    async def _readers(
        self, kind: NotificationKind, club_id: int | None, to: Collection[int] | None
    ) -> Collection[int]:
        if club_id is None:
            return to or ()
        found = await self._hooks.first(
            "club_readers",
            club_id=club_id,
            plugin=kind.part,
            user_ids=to,
            members_only=kind.members_only,
            even_muted=kind.even_muted,
        )
        return frozenset(found or ())


async def notify(
    kind: NotificationKind,
    *,
    to: Collection[int] | None,
    besides: int | None = None,
    club: Any,
    key: str,
    subject: str,
    text: str,
    path: str,
    values: Mapping[str, object] | None = None,
) -> None:
    """Tell people of something, each in their language and through the channels that they chose.

    Call it in the transaction of the change, or for many people from `event_announced`. A message leaves the site, so say what
    happened and where, not what was written: titles and names, never a text.

    Args:
        kind: one that the part declares.
        to: ids of users; None for everybody who belongs to the club. Who may not read the plugin there is left out.
        besides: one who is not told, such as the person who did it.
        club: where it happened; None for the site.
        key: what it is about, such as an event's id; repeating it tells nobody twice.
        subject: one line, marked with `N_`, with `%(name)s` for values.
        text: a sentence or two, marked with `N_`.
        path: of the page that shows it, as `current_app().urls.path` makes it.
        values: for the placeholders of subject and text.

    Raises:
        LookupError: when no part that runs declares this kind.
    """
    registry = current.app().notifications
    if registry.get(kind.name) is None:
        raise LookupError(f"No part declares the notification kind {kind.name!r}")
    club_id = int(club.id) if club is not None else None
    await registry.tell(Notice(kind, club_id, key, subject, text, path, dict(values or {})), to, besides=besides)


Choices = Mapping[str, Mapping[str, bool]]
"""What somebody chose: channel -> kind -> whether it comes. What is not there follows the kind's default."""


def is_wanted(choices: Choices, kind: NotificationKind, channel: str) -> bool:
    """Whether somebody with these choices wants a kind through a channel."""
    chosen = choices.get(channel, {}).get(kind.name)
    return chosen if isinstance(chosen, bool) else kind.comes_by(channel)


async def choices_of(user_ids: Collection[int]) -> dict[int, Choices]:
    """The choices of these people, in one query; people who chose nothing are not in it."""
    found = await Setting.filter(scope="member", part=PART, owner_id__in=list(user_ids))
    return {row.owner_id: _read(row) for row in found}


async def choose(user_id: int, changes: Choices) -> None:
    """Write down what somebody chose; what they did not touch stays, also when two changes come at once."""
    key = {"scope": "member", "owner_id": user_id, "part": PART}
    async with atomic():
        await Setting.bulk_create([Setting(**key)], ignore_conflicts=True)
        row = await Setting.filter(**key).select_for_update().get()
        present = _read(row)
        channels = {*present, *changes}
        merged = {name: {**present.get(name, {}), **changes.get(name, {})} for name in sorted(channels)}
        await Setting.filter(id=row.id).update(values=merged)


def _read(row: Setting) -> Choices:
    return {name: kinds for name, kinds in row.values.items() if isinstance(kinds, dict)}
