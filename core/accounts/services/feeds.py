"""Feed tokens: let a feed reader in as its user, to read only. Computed, not stored, so they can be shown again."""

from __future__ import annotations

import hashlib
import hmac

from tortoise.expressions import F

from core import audit, current
from core.accounts.models import User
from core.accounts.viewer import Viewer, viewer_for
from core.db import atomic


def feed_token(user: User) -> str:
    """The user's feed token. It ends when they revoke it, or change password or address."""
    facts = f"cercle feed\0{user.id}\0{user.feed_generation}\0{user.stamp}"
    key = current.app().settings.secret_key.encode()
    return f"{user.id}-{hmac.new(key, facts.encode(), hashlib.sha256).hexdigest()}"


async def viewer_from_feed_token(token: str) -> Viewer | None:
    """Who reads the feed with this token, without their clubs; None when it is not good (any more)."""
    number = token.partition("-")[0]
    if not number.isascii() or not number.isdigit() or len(token) > 100 or len(number) > 9:
        return None
    user = await User.get_or_none(id=int(number), is_active=True)
    if user is None or not hmac.compare_digest(feed_token(user).encode(), token.encode("utf-8", "replace")):
        return None
    return viewer_for(user)


async def revoke_feeds(user: User) -> None:
    """End the user's feed token; the next one differs."""
    async with atomic():
        await User.filter(id=user.id).update(feed_generation=F("feed_generation") + 1)
        await audit.record("accounts.feeds_revoked", actor=viewer_for(user), subject=user.handle)
    await user.refresh_from_db(fields=["feed_generation"])
