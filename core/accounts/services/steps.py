"""Proofs that have begun: what the site remembers between a challenge and its answer. Each works once, in one browser."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tortoise.expressions import F

from core.accounts.models import SignInStep, User
from core.accounts.sessions import digest

LASTS = timedelta(minutes=10)


async def begin_step(purpose: str, *, user: User | None = None, facts: Mapping[str, object] | None = None) -> str:
    """Remember that a proof has begun.

    Args:
        purpose: what it is for, such as `factor`, `passkey` or `provider`; a step serves no other.
        user: whose account it opens, when that is known; the step dies when their stamp changes.
        facts: what the answer is held against: a challenge, a nonce, where the person wanted to go.

    Returns:
        The secret for the browser's cookie; it is stored nowhere.
    """
    secret = secrets.token_urlsafe(32)
    await SignInStep.create(
        token_hash=digest(secret),
        purpose=purpose,
        user_id=user.id if user else None,
        stamp=user.stamp if user else "",
        facts=dict(facts or {}),
        expires_at=datetime.now(UTC) + LASTS,
    )
    return secret


async def find_step(secret: str, purpose: str) -> SignInStep | None:
    """The step behind a secret, with its user, while it can be used; None when it is unknown, used, expired or outdated."""
    now = datetime.now(UTC)
    found = SignInStep.get_or_none(token_hash=digest(secret), purpose=purpose, used_at=None, expires_at__gt=now)
    step = await found.select_related("user")
    if step is None or step.user is None:
        return step
    return step if step.user.may_sign_in and step.user.stamp == step.stamp else None


async def count_try(step: SignInStep, most: int) -> bool:
    """Count one try to answer, before it is looked at; False when there were `most` already, also for many at once."""
    return bool(await SignInStep.filter(id=step.id, used_at=None, tries__lt=most).update(tries=F("tries") + 1))


async def spend_step(step: SignInStep) -> bool:
    """Use a step up; of several at the same time one gets True."""
    return bool(await SignInStep.filter(id=step.id, used_at=None).update(used_at=datetime.now(UTC)))
