"""Notifications: what people are told of though they are not looking. Parts declare the kinds, people choose the channels.

A kind is one reason to write to somebody. A channel is one way to reach them; mail is one. Whoever may not read the plugin in
that club is told nothing, and that is asked again when a message leaves, since it may have waited.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from core import current
from core.accounts.models import User
from core.errors import PluginError
from core.hooks import Hooks
from core.notification_kinds import Adviser, Channel, ChoicePage, Notice, NotificationKind, Reader, Waits
from core.notification_wishes import Wishes, wishes_of

LONGEST_NAME = 50
_BATCH = 500


class Notifications:
    """The kinds and channels of one application.

    Args:
        hooks: asks who may read a plugin in a club.
        channels: in the order in which the page of choices shows them.
    """

    def __init__(self, hooks: Hooks, channels: Iterable[Channel]) -> None:
        self._hooks = hooks
        self._kinds: dict[str, NotificationKind] = {}
        self._adviser: Adviser | None = None
        self.channels = {channel.name: channel for channel in channels}
        self.pages = list[ChoicePage]()

    def add(self, channel: Channel) -> None:
        """Take a channel of a part into use, from `site_started`; its column stands before those that were there."""
        others = {name: one for name, one in self.channels.items() if name != channel.name}
        self.channels = {channel.name: channel, **others}

    def advised_by(self, adviser: Adviser) -> None:
        """Name who knows clubs and items; without one nobody is told of a certain item."""
        self._adviser = adviser

    def offer(self, route: str, label: str) -> None:
        """Name another page of choices, by its route, which the page of kinds leads to."""
        self.pages.append(ChoicePage(route, label))

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
        async for readers in self.readers(notice.kind, notice.club_id, to, notice.content_id, besides=besides):
            for channel in self.channels.values():
                wanting = [one for one in readers if one.wishes.want(notice.kind, channel.name, notice.club_id)]
                if wanting:
                    await channel.deliver(notice, wanting)

    async def readers(
        self,
        kind: NotificationKind,
        club_id: int | None,
        to: Collection[int] | None,
        content_id: int | None = None,
        *,
        besides: int | None = None,
    ) -> AsyncIterator[list[Reader]]:
        """Those of these people who may be told at this moment, 500 at a time, whether they want it or not."""
        found = sorted({*await self._may_read(kind, club_id, to, content_id)} - {besides})
        for start in range(0, len(found), _BATCH):
            people = await User.filter(id__in=found[start : start + _BATCH], is_active=True).order_by("id")
            wishes = await wishes_of([person.id for person in people])
            yield [Reader(person, wishes.get(person.id, Wishes())) for person in people]

    async def still_wanted(
        self, kind: str, club_id: int | None, user_id: int, channel: str, content_id: int | None = None
    ) -> Reader | None:
        """The person, when they may still be told through this channel; None otherwise."""
        known = self.get(kind)
        if known is None:
            return None
        async for readers in self.readers(known, club_id, [user_id], content_id):
            return next((one for one in readers if one.wishes.want(known, channel, club_id)), None)
        return None

    async def leaves_at(self, kind: NotificationKind, reader: Reader) -> tuple[datetime, str]:
        """When a message that leaves the site may go to somebody, and the bundle in which it waits, "" for one that does not."""
        now, rhythm, zone = datetime.now(UTC), reader.wishes.rhythm, reader.user.timezone
        bundle, at = "", now
        if kind.waits and not kind.direct and rhythm.digest != "off":
            bundle, at = "digest", rhythm.digest_at(now, zone)
        elif kind.waits:
            waits = await self.waits()
            bundle, at = "burst", now + (waits.direct if kind.direct else waits.rest)
        free = rhythm.free_at(at, zone)
        return free, f"{bundle or 'held'}:{reader.user.id}" if bundle or free > at else ""

    async def waits(self) -> Waits:
        """How long what waits for others waits on this site."""
        return await self._adviser.waits() if self._adviser else Waits()

    async def is_confidential(self, club: Any) -> bool:
        """Whether messages that leave the site keep silent about what is in a club."""
        if club.visibility == "hidden":
            return True
        return self._adviser is not None and await self._adviser.is_confidential(club)

    async def _may_read(
        self, kind: NotificationKind, club_id: int | None, to: Collection[int] | None, content_id: int | None
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
        readers = frozenset(found or ())
        if content_id is None or not readers:
            return readers
        if self._adviser is None:
            return ()
        return readers & frozenset(await self._adviser.may_see(content_id, readers, even_muted=kind.even_muted))


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
    content_id: int | None = None,
    reply_to: Callable[[int], str | None] | str | None = None,
    thread_id: int | None = None,
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
        content_id: the row of the catalogue that it is about: only who may see that item is told, now and when a message leaves.
        reply_to: the address to which an answer by mail goes, or what answers it for the id of a person.
        thread_id: the row of the catalogue whose messages mail programs put together; the one of `content_id` unless it is said.

    Raises:
        LookupError: when no part that runs declares this kind.
    """
    registry = current.app().notifications
    if registry.get(kind.name) is None:
        raise LookupError(f"No part declares the notification kind {kind.name!r}")
    silent = club is not None and await registry.is_confidential(club)
    notice = Notice(
        *(kind, int(club.id) if club is not None else None, key, subject, text, path),
        values=dict(values or {}),
        content_id=content_id,
        club_name=str(club.name) if club is not None and not silent else "",
        is_confidential=silent,
        reply_to=(lambda _: reply_to) if isinstance(reply_to, str) else reply_to,
        thread_id=content_id if thread_id is None else thread_id,
    )
    await registry.tell(notice, to, besides=besides)
