"""Login sessions: one row for each browser in which somebody is signed in."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from core import current
from core.accounts.models import LoginSession, User
from core.accounts.sessions import digest
from core.accounts.viewer import Viewer


async def start_session(
    user: User,
    *,
    device: str = "",
    network: str = "",
    methods: str = "",
    strong: bool = False,
    like: Viewer | None = None,
) -> str:
    """Sign a user in; the answer goes into the cookie and is stored nowhere.

    Args:
        user: who proved who they are just now.
        device: what the browser calls itself.
        network: where the request came from.
        methods: how they proved it, such as `password code`.
        strong: whether those were two factors, or a passkey.
        like: who had the session that this one follows, where nothing is proven anew: what was proven then counts.
    """
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    await LoginSession.create(
        token_hash=digest(secret),
        user_id=user.id,
        stamp=user.stamp,
        proven_at=(like.signed_in_at if like else None) or now,
        methods=(like.methods if like else methods)[:60],
        factor_at=like.factor_at if like else now if strong else None,
        seen_at=now,
        expires_at=now + timedelta(hours=current.app().settings.session_absolute_hours),
        device=device[:200],
        network=network[:64],
    )
    return secret


async def end_session(user_id: int, session_id: int) -> bool:
    """Sign a user out in one browser; False when there is no such session of theirs."""
    return bool(await LoginSession.filter(id=session_id, user_id=user_id).delete())


async def end_other_sessions(user_id: int, *, keep: int | None) -> int:
    """Sign a user out everywhere but in the session `keep`; answers in how many browsers."""
    return await LoginSession.filter(user_id=user_id).exclude(id=keep or 0).delete()
