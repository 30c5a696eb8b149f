"""The channel to devices: messages wait in a table, leave together, and only the browser can read them (RFC 8291)."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import time
from typing import cast
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from cercle import (
    N_,
    Notice,
    OutgoingError,
    Reader,
    after_commit,
    atomic,
    current_app,
    gettext,
    ngettext,
    post_sealed,
    site_settings,
    speaking,
)
from plugins.notifications.models import PushMessage, SiteKey, Subscription
from plugins.notifications.services.devices import decoded, site_key
from plugins.notifications.services.page import digest_of
from plugins.notifications.settings import SiteSettings

logger = logging.getLogger("cercle.notifications")

LEASE = timedelta(minutes=2)
TRIES = 5
_PEOPLE = 100
_DAY = 86_400  # seconds: how long a push service keeps a message for a device that is off
_MOST_TEXT = 1000
_SILENT = N_("There is something new in one of your clubs")


class PushChannel:
    """Writes messages to those who have a device that may show them, each with the moment at which it may leave."""

    name = "push"
    label = N_("On my devices")

    async def deliver(self, notice: Notice, readers: Sequence[Reader]) -> None:
        """See `Channel.deliver`."""
        by_id = {one.user.id: one for one in readers}
        having = await Subscription.filter(user_id__in=list(by_id)).distinct().values_list("user_id", flat=True)
        made = [await _message(notice, by_id[user_id]) for user_id in having]  # type: ignore[index]
        if not made:
            return
        async with atomic():
            await PushMessage.bulk_create(made, ignore_conflicts=True)
            after_commit(lambda: current_app().jobs.nudge("notifications.send_pushes"))


async def send_due() -> int:
    """Send what is due, as one message for each person; answers how many messages left."""
    due = PushMessage.filter(sent_at=None, attempts__lt=TRIES, due_at__lte=datetime.now(UTC))
    people = await due.distinct().limit(_PEOPLE).values_list("user_id", flat=True)
    return sum([await _send_to(cast(int, user_id)) for user_id in people])


async def _send_to(user_id: int) -> int:
    """Take all that waits for somebody. A message that another process takes at this moment is not there twice."""
    now = datetime.now(UTC)
    waiting = await PushMessage.filter(user_id=user_id, sent_at=None, attempts__lt=TRIES).order_by("id").limit(200)
    fresh = [one for one in waiting if one.attempts == 0 or one.due_at <= now]
    claimed = [one for one in fresh if await _claim(one, now)]
    told = [(one, reader) for one in claimed if (reader := await _reader(one)) is not None]
    gone = {one.id for one in claimed} - {one.id for one, _ in told}
    await PushMessage.filter(id__in=list(gone)).delete()
    if not told:
        return 0
    reader, messages = told[0][1], [one for one, _ in told]
    if (free := reader.wishes.rhythm.free_at(now, reader.user.timezone)) > now:
        await PushMessage.filter(id__in=[one.id for one in messages]).update(due_at=free, attempts=0)
        return 0
    if await _post_to_all(reader, messages):
        await PushMessage.filter(id__in=[one.id for one in messages]).update(sent_at=datetime.now(UTC))
        return 1
    return 0


async def _claim(message: PushMessage, now: datetime) -> bool:
    free = PushMessage.filter(id=message.id, sent_at=None, attempts=message.attempts, due_at=message.due_at)
    pause = LEASE * (1 + 4 * message.attempts)
    return bool(await free.update(due_at=now + pause, attempts=message.attempts + 1))


async def _reader(one: PushMessage) -> Reader | None:
    registry = current_app().notifications
    return await registry.still_wanted(one.kind, one.club_id, one.user_id, PushChannel.name, one.content_id)


async def _post_to_all(reader: Reader, messages: Sequence[PushMessage]) -> bool:
    """Whether the devices are done with: one that is gone is forgotten, one whose service is away is tried again with all."""
    key, body = await site_key(), json.dumps(_payload(reader, messages)).encode()
    trusted = (await site_settings(SiteSettings)).push_service
    done = True
    for device in await Subscription.filter(user_id=reader.user.id):
        try:
            status = await post_sealed(
                device.endpoint, sealed(device, body), headers=headers_for(device.endpoint, key), trusted=trusted
            )
        except (OutgoingError, ValueError) as error:
            logger.warning("A push service cannot be reached: %s", error)
            done = False
            continue
        if status in (404, 410):
            await Subscription.filter(id=device.id).delete()
        elif status < 300:
            await Subscription.filter(id=device.id).update(told_at=datetime.now(UTC))
        else:
            logger.warning("A push service answers %s", status)
            done = done and status < 500 and status != 429
    return done


def sealed(device: Subscription, body: bytes) -> bytes:
    """The body as only the device can read it (RFC 8291, aes128gcm)."""
    return bytes(
        http_ece.encrypt(
            body,
            salt=secrets.token_bytes(16),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=decoded(device.key),
            auth_secret=decoded(device.secret),
            version="aes128gcm",
        )
    )


def headers_for(endpoint: str, key: SiteKey) -> Mapping[str, str]:
    """What a push service wants to know of a message and its sender (RFC 8030, RFC 8292)."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time()) + 43_200, "sub": _contact()}
    token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(key.private_key))
    return {
        "Authorization": f"vapid t={token}, k={key.public_key}",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(_DAY),
        "Urgency": "normal",
    }


def _contact() -> str:
    settings = current_app().settings
    return settings.security_contact or settings.base_url


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


async def _message(notice: Notice, reader: Reader) -> PushMessage:
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
        kind=notice.kind.name,
        club_id=notice.club_id,
        content_id=notice.content_id,
        about=digest_of(notice),
        title=" ".join(silent.split())[:200],
        path=app.urls.path("notifications:inbox.index") if notice.is_confidential else notice.path[:700],
        due_at=at,
    )
