"""Telling people by mail what was changed about their account, so that they notice what they did not do themselves."""

from __future__ import annotations

import secrets

from core.accounts.models import User
from core.accounts.services import links


async def tell(user: User, template: str, subject: str, *, to: str | None = None, **facts: object) -> None:
    """Mail a person in their language, as part of the transaction at hand.

    Args:
        user: whose account changed.
        template: name of the mail in `templates/mail/`; it gets `name`, `security_url` and the facts.
        subject: in English, marked with `N_`; `%(site)s` is the site's name.
        to: another address than the one they have now, such as the one they had before.
        facts: for the template.
    """
    await links.send_mail(
        template,
        subject,
        to=to or user.email,
        locale=user.locale,
        key=f"{user.id}:{secrets.token_hex(8)}",
        name=user.name,
        security_url=links.address_of("sessions"),
        **facts,
    )
