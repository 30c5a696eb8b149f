"""Feed tokens: let a feed reader in as its user, to read only.

One is computed, not stored, so that the pages of plugins can show it again. Others have a name and belong to one feed reader
each: they are shown once, and one ends without the others.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

from tortoise.expressions import F, Q

from core import audit, current
from core.accounts.models import ApiToken, User
from core.accounts.services.tokens import FEED_PREFIX
from core.accounts.sessions import SEEN_EVERY, digest
from core.accounts.viewer import Viewer, viewer_for
from core.db import atomic


def feed_token(user: User) -> str:
    """The user's feed token. It ends when they revoke it, or change password or address."""
    facts = f"cercle feed\0{user.id}\0{user.feed_generation}\0{user.stamp}"
    key = current.app().settings.secret_key.encode()
    return f"{user.id}-{hmac.new(key, facts.encode(), hashlib.sha256).hexdigest()}"


async def viewer_from_feed_token(token: str) -> Viewer | None:
    """Who reads the feed with this token, without their clubs; None when it is not good (any more)."""
    if len(token) > 100:
        return None
    if token.startswith(FEED_PREFIX):
        return await _named(token)
    number = token.partition("-")[0]
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    user = await User.get_or_none(id=int(number), is_active=True)
    if user is None or not hmac.compare_digest(feed_token(user).encode(), token.encode("utf-8", "replace")):
        return None
    return viewer_for(user)


async def revoke_feeds(user: User) -> None:
    """End all of the user's feed tokens, with a name and without; the next ones differ."""
    async with atomic():
        await User.filter(id=user.id).update(feed_generation=F("feed_generation") + 1)
        named = await ApiToken.filter(user_id=user.id, kind="feed").delete()
        before = {"named": named}
        await audit.record("accounts.feeds_revoked", actor=viewer_for(user), subject=user.handle, before=before)
    await user.refresh_from_db(fields=["feed_generation"])


async def _named(token: str) -> Viewer | None:
    now = datetime.now(UTC)
    live = Q(expires_at=None) | Q(expires_at__gt=now)
    row = await ApiToken.get_or_none(live, token_hash=digest(token), kind="feed").select_related("user")
    if row is None or row.stamp != row.user.stamp or not row.user.is_active:
        return None
    if row.seen_at is None or now - row.seen_at > SEEN_EVERY:
        await ApiToken.filter(id=row.id).update(seen_at=now)
    return viewer_for(row.user)
