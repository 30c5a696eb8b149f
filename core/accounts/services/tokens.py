"""API tokens: secrets with which a script acts for its user."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from core import audit
from core.accounts.models import ApiToken, User
from core.accounts.sessions import digest
from core.accounts.viewer import viewer_for
from core.db import atomic
from core.errors import Invalid
from core.i18n import gettext as _

PREFIX = "cercle_"  # lets scanners of published code recognise a leaked one
SCOPES = ("read", "write")
MOST = 50  # for each user
LONGEST_DAYS = 3660


async def create_token(user: User, *, name: str, scopes: Sequence[str] = SCOPES, days: int | None = None) -> str:
    """Make a token; the answer is shown once and stored nowhere.

    Args:
        user: for whom it acts.
        name: what it is for, in the user's words.
        scopes: `read`, and `write` when it may change things.
        days: how long it works; None for ever.

    Raises:
        Invalid: for an unknown scope, a wrong number of days, no name, or more than 50 tokens.
    """
    _check(name, scopes, days)
    if await ApiToken.filter(user_id=user.id).count() >= MOST:
        raise Invalid(_("You have %(most)s tokens. Please revoke some first.", most=MOST), field="name")
    secret = PREFIX + secrets.token_urlsafe(32)
    async with atomic():
        await ApiToken.create(
            token_hash=digest(secret),
            user_id=user.id,
            name=name.strip(),
            scopes=" ".join(scope for scope in SCOPES if scope in scopes),
            stamp=user.stamp,
            expires_at=datetime.now(UTC) + timedelta(days=days) if days else None,
        )
        after = {"scopes": list(scopes), "days": days}
        await audit.record("accounts.token_created", actor=viewer_for(user), subject=name, after=after)
    return secret


async def revoke_token(user: User, token_id: int) -> bool:
    """End a token at once; False when the user has no such token."""
    async with atomic():
        token = await ApiToken.get_or_none(id=token_id, user_id=user.id)
        if token is None or not await ApiToken.filter(id=token_id).delete():
            return False
        await audit.record("accounts.token_revoked", actor=viewer_for(user), subject=token.name)
    return True


def _check(name: str, scopes: Sequence[str], days: int | None) -> None:
    if not 1 <= len(name.strip()) <= 80:
        raise Invalid(_("A token needs a name of at most 80 characters."), field="name")
    if not scopes or set(scopes) - set(SCOPES) or "read" not in scopes:
        raise Invalid(_("A token may read, or read and write."), field="scopes")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise Invalid(_("From 1 to %(most)s days, please.", most=LONGEST_DAYS), field="days")
