"""An operator acts as somebody else, where the site allows it: with a reason, for a while, in the log, and the person is told."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from core import audit
from core.accounts.models import LoginSession, SignIn, User
from core.accounts.services.devices import shown_network
from core.accounts.services.notices import tell
from core.accounts.services.sign_ins import OK
from core.accounts.sessions import digest
from core.accounts.settings import SiteSettings
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import Forbidden, Invalid
from core.i18n import N_, clock, speaking
from core.i18n import gettext as _
from core.plugin_settings import site_settings

MINUTES = (15, 30, 60)
LONG_AGO = timedelta(days=3650)  # nothing that wants a fresh proof opens in such a session
WAY = "operator"  # what the history of sign-ins calls it


async def begin_acting(
    user: User, *, operator: Viewer, reason: str, minutes: int, device: str = "", network: str = ""
) -> str:
    """Open a session of somebody else for an operator; the answer goes into the cookie and is stored nowhere.

    Args:
        user: whom they act as.
        operator: who acts; they have just proved who they are.
        reason: why; the person reads it in a mail that leaves at once.
        minutes: one of `MINUTES`.
        device: what the operator's browser calls itself.
        network: where the request came from.

    Raises:
        Forbidden: where the site does not allow it, or for an operator, oneself, and an account that is not open.
        Invalid: without a reason, or for another time.
    """
    await _require_may_act(user, operator)
    if not reason.strip():
        raise Invalid(_("Please say why. The person reads it."), field="reason")
    if minutes not in MINUTES:
        raise Invalid(_("Please choose one of the listed values."), field="minutes")
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    until = now + timedelta(minutes=minutes)
    async with atomic():
        await LoginSession.create(
            token_hash=digest(secret),
            user_id=user.id,
            operator_id=operator.id,
            stamp=user.stamp,
            proven_at=now - LONG_AGO,
            methods=WAY,
            factor_at=operator.factor_at,
            seen_at=now,
            expires_at=until,
            device=device[:200],
            network=network[:64],
        )
        await SignIn.create(user_id=user.id, how=WAY, outcome=OK, device=device[:200], network=shown_network(network))
        facts = {"reason": reason[:300], "minutes": minutes}
        await audit.record("accounts.acting_begun", actor=operator, subject=user.handle, after=facts)
        with speaking(user.locale or "en", user.timezone):
            shown = clock(until)
        subject = N_("An operator acts in your name on %(site)s")
        await tell(user, "acted", subject, by=operator.name, until=shown, reason=reason)
    return secret


async def end_acting(viewer: Viewer) -> None:
    """End the session in which an operator acts as somebody."""
    async with atomic():
        if await LoginSession.filter(id=viewer.session_id, operator_id=viewer.operator_id).delete():
            await audit.record("accounts.acting_ended", actor=viewer, subject=viewer.handle)


async def end_all_acting() -> int:
    """End every session in which an operator acts as somebody; answers how many there were."""
    return await LoginSession.filter(operator_id__isnull=False).delete()


async def _require_may_act(user: User, operator: Viewer) -> None:
    if not (await site_settings(SiteSettings)).impersonation:
        raise Forbidden(_("On this site nobody acts as somebody else."))
    if not operator.is_operator or operator.operator_id is not None or operator.session_id is None:
        raise Forbidden(_("Only operators of the site may do this."))
    if user.id == operator.id or user.is_operator:
        raise Forbidden(_("Nobody acts as an operator."))
    if not user.is_active or user.leaving_at is not None:
        raise Forbidden(_("This account is not open."))
