"""Signing in with a link by mail, for people who do not have their password at hand. A second factor is still asked for."""

from __future__ import annotations

import json

from core import audit
from core.accounts.models import OneTimeLink, User
from core.accounts.queries import known_user, normal_email
from core.accounts.services import links
from core.accounts.services.locked import owner_of_any
from core.accounts.settings import SiteSettings
from core.accounts.viewer import viewer_for
from core.db import atomic
from core.errors import NotFound
from core.i18n import N_
from core.plugin_settings import site_settings


async def links_allowed() -> bool:
    """Whether the operators let people sign in with a link."""
    return (await site_settings(SiteSettings)).sign_in_links


async def send_sign_in_link(email: str, wanted: str = "/") -> None:
    """Send a link that signs in once within 15 minutes, or, with the same work, the news that there is no account, or that a
    provider owns it: who may come in is decided there.

    Args:
        email: as typed.
        wanted: the path where the person wanted to go.

    Raises:
        NotFound: when the site has no such links.
        Invalid: when this is no address.
    """
    await _require_allowed()
    address = normal_email(email)
    user = await known_user(address)
    owner = await owner_of_any(user)
    able = user is not None and user.may_sign_in
    mail = "elsewhere" if able and owner else "sign_in_link" if able else "no_link"
    async with atomic():
        opened = user if mail == "sign_in_link" else None
        number, secret = await links.make_link(
            links.SIGN_IN, user=opened, email=address, facts=json.dumps({"next": wanted})
        )
        await links.send_mail(
            mail,
            N_("Your link to %(site)s"),
            to=address,
            locale=user.locale if user else "",
            key=str(number),
            name=user.name if user else "",
            system=owner.title if owner else "",
            sign_in_url=links.address_of("sign_in"),
            url=links.address_of("sign_in_link.edit", token=secret),
            minutes=int(links.LASTS[links.SIGN_IN].total_seconds() // 60),
        )


async def find_sign_in_link(secret: str) -> tuple[OneTimeLink, User]:
    """The link behind a secret and whose it is. Looking spends nothing.

    Raises:
        NotFound: when it cannot be used.
    """
    await _require_allowed()
    link = await links.find_link(secret, links.SIGN_IN)
    if link.user is None:
        raise links.dead_link()
    return link, link.user


async def use_sign_in_link(secret: str) -> tuple[User, str]:
    """Spend a link; answers who proved their address with it, and where they wanted to go.

    Raises:
        NotFound: when it cannot be used.
    """
    link, user = await find_sign_in_link(secret)
    async with atomic():
        await links.use_link(secret, links.SIGN_IN)
        await audit.record("accounts.sign_in_link_used", actor=viewer_for(user), subject=user.handle)
    return user, str(json.loads(link.facts or "{}").get("next", "/"))


async def _require_allowed() -> None:
    if not await links_allowed():
        raise NotFound()
