"""The channel to devices: messages wait in a table, one for each device, and those for one device leave together."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from cercle import (
    N_,
    Notice,
    OutgoingError,
    PushKeys,
    PushTarget,
    Reader,
    after_commit,
    atomic,
    current_app,
    gettext,
    ngettext,
    post_push,
    site_settings,
    speaking,
)
from plugins.notifications.models import PushMessage, Subscription
from plugins.notifications.services.devices import site_key
from plugins.notifications.services.page import TRIES, digest_of
from plugins.notifications.settings import SiteSettings

logger = logging.getLogger("cercle.notifications")

LEASE = timedelta(minutes=2)
_DEVICES = 100
_GONE = (404, 410)
_MOST_TEXT = 1000
_SILENT = N_("There is something new in one of your clubs")


class PushChannel:
    """Writes messages for the devices of those who have some, each with the moment at which it may leave."""

    name = "push"
    label = N_("On my devices")

    async def deliver(self, notice: Notice, readers: Sequence[Reader]) -> None:
        """See `Channel.deliver`."""
        by_id = {one.user.id: one for one in readers}
        devices = await Subscription.filter(user_id__in=list(by_id)).order_by("id")
        made = [await _message(notice, by_id[one.user_id], one) for one in devices]
        if not made:
            return
        async with atomic():
            await PushMessage.bulk_create(made, ignore_conflicts=True)
            after_commit(lambda: current_app().jobs.nudge("notifications.send_pushes"))


async def send_due() -> int:
    """Send what is due, as one message for each device; answers how many devices were looked at."""
    due = PushMessage.filter(sent_at=None, attempts__lt=TRIES, due_at__lte=datetime.now(UTC))
    devices = await due.distinct().limit(_DEVICES).values_list("device_id", flat=True)
    for device_id in devices:
        await _send_to(cast(int, device_id))
    return len(devices)


async def _send_to(device_id: int) -> None:
    """Send all that waits for a device. A message that another process takes at this moment is not there twice."""
    now = datetime.now(UTC)
    device = await Subscription.get_or_none(id=device_id)
    if device is None:
        return
    waiting = PushMessage.filter(device_id=device.id, user_id=device.user_id, sent_at=None, attempts__lt=TRIES)
    fresh = [one for one in await waiting.order_by("id").limit(200) if one.attempts == 0 or one.due_at <= now]
    claimed = [one for one in fresh if await _claim(one, now)]
    told = [(one, reader) for one in claimed if (reader := await _reader(one)) is not None]
    kept = [one.id for one, _ in told]
    await PushMessage.filter(id__in=[one.id for one in claimed if one.id not in kept]).delete()
    if not told:
        return
    reader = told[0][1]
    if (free := reader.wishes.rhythm.free_at(now, reader.user.timezone)) > now:
        await PushMessage.filter(id__in=kept).update(due_at=free, attempts=0)
    elif await _post(device, _payload(reader, [one for one, _ in told])):
        await PushMessage.filter(id__in=kept).update(sent_at=datetime.now(UTC))


async def _claim(message: PushMessage, now: datetime) -> bool:
    free = PushMessage.filter(id=message.id, sent_at=None, attempts=message.attempts, due_at=message.due_at)
    pause = LEASE * (1 + 4 * message.attempts)
    return bool(await free.update(due_at=now + pause, attempts=message.attempts + 1))


async def _reader(one: PushMessage) -> Reader | None:
    registry = current_app().notifications
    return await registry.still_wanted(one.kind, one.club_id, one.user_id, PushChannel.name, one.content_id)


async def _post(device: Subscription, payload: dict[str, str]) -> bool:
    """Whether a device is done with: it was told, its service refuses the message, or it is gone, and is forgotten then."""
    target, settings = PushTarget(device.endpoint, device.key, device.secret), current_app().settings
    key, trusted = await site_key(), (await site_settings(SiteSettings)).push_service
    try:
        status = await post_push(
            target,
            json.dumps(payload).encode(),
            keys=PushKeys(key.private_key, key.public_key),
            contact=settings.security_contact or settings.base_url,
            trusted=trusted,
        )
    except (OutgoingError, ValueError) as error:
        logger.warning("A push service cannot be reached: %s", error)
        return False
    if status in _GONE:
        await Subscription.filter(id=device.id).delete()
    elif status < 300:
        await Subscription.filter(id=device.id).update(told_at=datetime.now(UTC))
    else:
        logger.warning("A push service answers %s", status)
    return status < 500 and status != 429


def _payload(reader: Reader, messages: Sequence[PushMessage]) -> dict[str, str]:
    app = current_app()
    told = list({one.path: one for one in messages}.values())
    with speaking(reader.user.locale or app.settings.locale, reader.user.timezone):
        if len(told) == 1:
            return {
                "title": app.settings.site_name,
                "body": told[0].title,
                "url": told[0].path,
                "tag": told[0].about[:32],
            }
        body = ngettext("%(count)s new thing", "%(count)s new things", len(told))
        lines = "\n".join([body, *(one.title for one in told)])[:_MOST_TEXT]
        return {
            "title": app.settings.site_name,
            "body": lines,
            "url": app.urls.path("notifications:inbox.index"),
            "tag": "many",
        }


async def _message(notice: Notice, reader: Reader, device: Subscription) -> PushMessage:
    app = current_app()
    at, bundle = await app.notifications.leaves_at(notice.kind, reader)
    if bundle.startswith("digest:"):  # a device is told within minutes, or not at all
        at = reader.wishes.rhythm.free_at(
            datetime.now(UTC) + (await app.notifications.waits()).rest, reader.user.timezone
        )
    with speaking(reader.user.locale or app.settings.locale, reader.user.timezone):
        silent = gettext(_SILENT) if notice.is_confidential else gettext(notice.subject, **notice.values)
    return PushMessage(
        user_id=reader.user.id,
        device_id=device.id,
        kind=notice.kind.name,
        club_id=notice.club_id,
        content_id=notice.content_id,
        about=digest_of(notice),
        title=" ".join(silent.split())[:200],
        path=app.urls.path("notifications:inbox.index") if notice.is_confidential else notice.path[:700],
        due_at=at,
    )
