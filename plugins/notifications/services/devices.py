"""Browsers that may show messages, and the key by which push services know this site."""

from __future__ import annotations

import base64
import hashlib

from joserfc.jwk import ECKey

from cercle import Invalid, NotFound, Viewer, gettext
from plugins.notifications.models import SiteKey, Subscription

MOST = 20
"""So many devices of one person may be told."""
NAME = "vapid"


async def site_key() -> SiteKey:
    """The key of this site, made when it is first asked for; all processes agree on one."""
    found = await SiteKey.get_or_none(name=NAME)
    if found is None:
        await SiteKey.bulk_create([_new_key()], ignore_conflicts=True)
        found = await SiteKey.get(name=NAME)
    return found


async def add_device(viewer: Viewer, *, endpoint: str, key: str, secret: str, name: str) -> Subscription:
    """Let a browser be told; one that is known belongs to whoever says so last.

    Raises:
        Invalid: when what the browser sent cannot be used, or there are very many.
    """
    if not endpoint.startswith("https://") and not endpoint.startswith("http://"):
        raise Invalid(gettext("This browser names no address to which messages could go."), field="endpoint")
    if len(decoded(key)) != 65 or len(decoded(secret)) != 16:
        raise Invalid(gettext("This browser’s keys cannot be used."), field="key")
    digest = hashlib.sha256(endpoint.encode()).hexdigest()
    values = {"user_id": viewer.id, "endpoint": endpoint, "key": key, "secret": secret, "name": name}
    others = Subscription.filter(user_id=viewer.id).exclude(digest=digest)
    if await others.count() >= MOST:
        raise Invalid(gettext("%(most)s of your devices are told already. End one of them first.", most=MOST))
    await Subscription.bulk_create([Subscription(digest=digest, **values)], ignore_conflicts=True)
    await Subscription.filter(digest=digest).update(**values)
    return await Subscription.get(digest=digest)


async def remove_device(viewer: Viewer, device_id: int) -> None:
    """Tell a device of one's own no more.

    Raises:
        NotFound: when there is none of this number.
    """
    if not await Subscription.filter(id=device_id, user_id=viewer.id).delete():
        raise NotFound()


def decoded(text: str) -> bytes:
    """Bytes from base64url as browsers write it; empty for what is none."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def encoded(data: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _new_key() -> SiteKey:
    key = ECKey.generate_key("P-256")
    numbers = key.as_dict(private=False)
    point = b"\x04" + decoded(str(numbers["x"])).rjust(32, b"\0") + decoded(str(numbers["y"])).rjust(32, b"\0")
    return SiteKey(name=NAME, private_key=key.as_pem(private=True).decode(), public_key=encoded(point))
