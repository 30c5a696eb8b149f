"""Daily tidying: sessions, links, tokens and requests that nobody can use any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core import current
from core.accounts.models import ApiToken, LoginSession, OneTimeLink, SignUpRequest
from core.jobs import Job

KEEP_LINKS = timedelta(days=7)
KEEP_TOKENS = timedelta(days=30)
KEEP_REQUESTS = timedelta(days=180)


async def forget_old() -> None:
    """Delete what has ended. Doing it twice changes nothing."""
    now = datetime.now(UTC)
    idle = timedelta(hours=current.app().settings.session_idle_hours)
    await LoginSession.filter(expires_at__lt=now).delete()
    await LoginSession.filter(seen_at__lt=now - idle).delete()
    await OneTimeLink.filter(expires_at__lt=now - KEEP_LINKS).delete()
    await ApiToken.filter(expires_at__lt=now - KEEP_TOKENS).delete()
    await SignUpRequest.filter(created_at__lt=now - KEEP_REQUESTS).delete()


jobs = (Job("accounts.forget_old", forget_old, every=timedelta(days=1)),)
