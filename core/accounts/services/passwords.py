"""Passwords: checking one at sign-in, changing it, and a new one by mail.

An account that a provider owns gets no password here: who may come in is decided there. Only `change_password`, which the
machine's own command calls too, sets one nevertheless.
"""

from __future__ import annotations

from core import audit
from core.accounts.models import User
from core.accounts.queries import known_user, normal_email
from core.accounts.services import links
from core.accounts.services.devices import forget_devices
from core.accounts.services.hashing import check_strength, hash_password, verify_password
from core.accounts.services.locked import owner_of, owner_of_any
from core.accounts.services.people import renew_stamp
from core.accounts.viewer import viewer_for
from core.db import atomic
from core.errors import Conflict
from core.i18n import N_
from core.i18n import gettext as _
from core.permissions import Asker


async def check_password(email: str, password: str) -> User | None:
    """The active user with this address and password, or None. The work is the same in every case.

    Args:
        email: as typed.
        password: as typed; anything that cannot be a password is simply wrong.
    """
    user = await known_user(email)
    right, renewed = await verify_password(password, user.password_hash if user else None)
    if user is None or not right or not user.may_sign_in:
        return None
    if renewed:
        await User.filter(id=user.id, password_hash=user.password_hash).update(password_hash=renewed)
    return user


async def change_password(user: User, password: str) -> None:
    """Set a new password and sign the user out everywhere: sessions, API tokens, feeds and open links end.

    The caller starts a new session for the browser at hand. The user is told by mail.

    Raises:
        Invalid: when the password is not good enough.
    """
    check_strength(password, about=(user.email, user.name))
    hashed = await hash_password(password)
    async with atomic():
        await _set_password(user, hashed)


async def request_reset(email: str) -> None:
    """Send a link for a new password, or, with the same work, the news that this address has no account, or that a provider
    owns it.

    Raises:
        Invalid: when this is no address.
    """
    address = normal_email(email)
    user = await known_user(address)
    owner = await owner_of_any(user)
    able = user is not None and user.may_sign_in
    mail = "elsewhere" if able and owner else "reset" if able else "no_account"
    async with atomic():
        number, secret = await links.make_link(links.RESET, user=user if mail == "reset" else None, email=address)
        await links.send_mail(
            mail,
            N_("A new password for %(site)s"),
            to=address,
            locale=user.locale if user else "",
            key=str(number),
            name=user.name if user else "",
            system=owner.title if owner else "",
            sign_in_url=links.address_of("sign_in"),
            url=links.address_of("reset.edit", token=secret),
            minutes=int(links.LASTS[links.RESET].total_seconds() // 60),
        )


async def reset_link(user: User) -> str:
    """The address of a page that sets a new password once, within 30 minutes; for the site's own machine.

    Earlier ones end. Second factors stay.

    Raises:
        Conflict: when a provider owns the account.
    """
    await refuse_owned(user)
    async with atomic():
        _number, secret = await links.make_link(links.RESET, user=user)
        await audit.record("accounts.reset_link_made", actor=None, subject=user.handle)
    return links.address_of("reset.edit", token=secret)


async def send_reset(user: User, *, actor: Asker) -> None:
    """Send a person the link for a new password, as an operator who helps them; nobody else sees it.

    Args:
        user: whose account.
        actor: the operator.

    Raises:
        Conflict: when the account is closed, or a provider owns it.
    """
    if not user.is_active:
        raise Conflict(_("This account is closed."))
    await refuse_owned(user)
    async with atomic():
        number, secret = await links.make_link(links.RESET, user=user)
        await links.send_mail(
            "reset_offered",
            N_("A new password for %(site)s"),
            to=user.email,
            locale=user.locale,
            key=str(number),
            name=user.name,
            url=links.address_of("reset.edit", token=secret),
            minutes=int(links.LASTS[links.RESET].total_seconds() // 60),
        )
        await audit.record("accounts.reset_sent", actor=actor, subject=user.handle)


async def reset_password(secret: str, password: str) -> User:
    """Set a new password with a link from a mail, which is spent, and end everything as `change_password` does.

    Raises:
        NotFound: when the link cannot be used.
        Conflict: when a provider owns the account by now.
        Invalid: when the password is not good enough; the link stays good.
    """
    link = await links.find_link(secret, links.RESET, links.WELCOME)
    if link.user is None:
        raise links.dead_link()
    await refuse_owned(link.user)
    check_strength(password, about=(link.user.email, link.user.name))
    hashed = await hash_password(password)
    async with atomic():
        await links.use_link(secret, links.RESET, links.WELCOME)
        await _set_password(link.user, hashed)
    return link.user


async def refuse_owned(user: User) -> None:
    """Refuse to set a password here for an account that a provider owns.

    Raises:
        Conflict: naming the provider.
    """
    provider = await owner_of(user)
    if provider is not None:
        raise Conflict(_("%(system)s manages this account: the password is changed there.", system=provider.title))


async def _set_password(user: User, hashed: str) -> None:
    await renew_stamp(user, password_hash=hashed)
    await forget_devices(user.id)
    await audit.record("accounts.password_changed", actor=viewer_for(user), subject=user.handle)
    await links.send_mail(
        "password_changed",
        N_("Your password on %(site)s has changed"),
        to=user.email,
        locale=user.locale,
        key=user.stamp,
        name=user.name,
        reset_url=links.address_of("reset"),
    )
