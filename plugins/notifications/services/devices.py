"""Browsers that may show messages, and the key by which push services know this site."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from cercle import Invalid, NotFound, PushTarget, Viewer, atomic, gettext, new_push_keys, site_settings
from plugins.notifications.models import PushMessage, SiteKey, Subscription
from plugins.notifications.settings import SiteSettings

MOST = 20
"""So many devices of one person may be told."""
NAME = "vapid"


async def site_key() -> SiteKey:
    """The key of this site, made when it is first asked for; all processes agree on one."""
    found = await SiteKey.get_or_none(name=NAME)
    if found is None:
        made = new_push_keys()
        key = SiteKey(name=NAME, private_key=made.private, public_key=made.public)
        await SiteKey.bulk_create([key], ignore_conflicts=True)
        found = await SiteKey.get(name=NAME)
    return found


async def add_device(viewer: Viewer, *, endpoint: str, key: str, secret: str, name: str) -> Subscription:
    """Let a browser be told; one that is known belongs to whoever says so last, and what waited for somebody else goes.

    Raises:
        Invalid: when what the browser sent cannot be used, or there are very many.
    """
    if not await _is_push_service(endpoint):
        raise Invalid(gettext("This browser names no address to which messages could go."), field="endpoint")
    if not PushTarget(endpoint, key, secret).is_usable:
        raise Invalid(gettext("This browser’s keys cannot be used."), field="key")
    digest = hashlib.sha256(endpoint.encode()).hexdigest()
    values = {"user_id": viewer.id, "endpoint": endpoint, "key": key, "secret": secret, "name": name}
    others = Subscription.filter(user_id=viewer.id).exclude(digest=digest)
    if await others.count() >= MOST:
        raise Invalid(gettext("%(most)s of your devices are told already. End one of them first.", most=MOST))
    async with atomic():
        await Subscription.bulk_create([Subscription(digest=digest, **values)], ignore_conflicts=True)
        await Subscription.filter(digest=digest).update(**values)
        device = await Subscription.get(digest=digest)
        await PushMessage.filter(device_id=device.id).exclude(user_id=device.user_id).delete()
    return device


async def remove_device(viewer: Viewer, device_id: int) -> None:
    """Tell a device of one's own no more.

    Raises:
        NotFound: when there is none of this number.
    """
    if not await Subscription.filter(id=device_id, user_id=viewer.id).delete():
        raise NotFound()


async def _is_push_service(endpoint: str) -> bool:
    """Whether an address is encrypted, or the one that the operator named."""
    own = urlsplit((await site_settings(SiteSettings)).push_service)
    asked = urlsplit(endpoint)
    named = bool(own.netloc) and (asked.scheme, asked.netloc) == (own.scheme, own.netloc)
    return bool(asked.netloc) and (asked.scheme == "https" or (asked.scheme == "http" and named))
