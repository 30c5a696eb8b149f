"""Changing the address, with proof on both ends.

The new address proves itself with a link. The old one is told when somebody asks and can stop it, and is told when it has changed
and can take it back for three days: whoever took over a session does not take over the account for good.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from tortoise.exceptions import IntegrityError

from core import audit
from core.accounts.models import Authenticator, Identity, OneTimeLink, Passkey, RecoveryCode, User
from core.accounts.queries import known_user, normal_email
from core.accounts.services import links
from core.accounts.services.factors import note_factor
from core.accounts.services.farewell import keep_account
from core.accounts.services.locked import refuse_locked
from core.accounts.services.notices import tell
from core.accounts.services.passwords import request_reset
from core.accounts.services.people import renew_stamp
from core.accounts.sessions import digest
from core.accounts.viewer import viewer_for
from core.db import atomic
from core.errors import Invalid
from core.i18n import N_
from core.i18n import gettext as _

SUSPECT = timedelta(hours=24)  # before the change: ways in that were added then go with it when it is taken back


async def request_email_change(user: User, email: str) -> None:
    """Send a link to the new address, with which the change is made, and one to the present address that stops it.

    The answer is the same when another account has that address; its owner is told instead.

    Raises:
        Invalid: when this is no address, the one they have, or it comes from the system that owns the account.
    """
    address = normal_email(email)
    if address == user.email:
        raise Invalid(_("This is your address already."), field="email")
    await refuse_locked(user, "email")
    taken = await known_user(address) is not None
    async with atomic():
        number, secret = await links.make_link(links.EMAIL, user=user, email=address)
        await links.send_mail(
            "email_taken" if taken else "email",
            N_("Your address on %(site)s"),
            to=address,
            locale=user.locale,
            key=str(number),
            name=user.name,
            url=links.address_of("email.confirm", token=secret),
        )
        _number, stop = await links.make_link(links.EMAIL_STOP, user=user, email=user.email)
        await tell(
            user,
            "email_asked",
            N_("Somebody asked to change your address on %(site)s"),
            email=address,
            url=links.address_of("email.stop", token=stop),
        )


async def stop_email_change(secret: str) -> User:
    """End the change that was asked for, with the link that went to the present address; the link is spent.

    Raises:
        NotFound: when the link cannot be used, as when the address has changed meanwhile.
    """
    async with atomic():
        user = _whose(await links.use_link(secret, links.EMAIL_STOP))
        await OneTimeLink.filter(user_id=user.id, purpose=links.EMAIL, used_at=None).update(used_at=datetime.now(UTC))
        await audit.record("accounts.email_change_stopped", actor=viewer_for(user), subject=user.handle)
    return user


async def confirm_email(user: User, secret: str) -> None:
    """Change the address with the link that was sent there, tell the old one, and sign the user out everywhere.

    Raises:
        NotFound: when the link cannot be used or is somebody else's.
        Invalid: when another account has taken the address since, or it comes from elsewhere by now.
    """
    await refuse_locked(user, "email")
    try:
        async with atomic():
            link = await links.use_link(secret, links.EMAIL)
            if link.user is None or link.user.id != user.id:
                raise links.dead_link()
            old = user.email
            await _set_email(user, link.email, "accounts.email_changed")
            await tell(
                user,
                "email_changed",
                N_("Your address on %(site)s has changed"),
                to=old,
                email=link.email,
                url=links.address_of("email.undo", token=await _way_back(user, old)),
            )
    except IntegrityError:
        raise Invalid(_("There is already an account with this address."), field="email") from None


async def find_way_back(secret: str) -> OneTimeLink:
    """The link that went to the old address, while it can be used. Looking spends nothing.

    Raises:
        NotFound: when it is unknown, used, expired, or the account is closed.
    """
    now = datetime.now(UTC)
    live = OneTimeLink.get_or_none(
        token_hash=digest(secret), purpose=links.EMAIL_UNDO, used_at=None, expires_at__gt=now
    )
    link = await live.select_related("user")
    if link is None or link.user is None or not link.user.may_sign_in:
        raise links.dead_link()
    return link


async def undo_email_change(secret: str) -> User:
    """Give an account its old address back, with the link that went there. The link is spent, and all that came after it.

    Everybody is signed out. The password ends (a link for a new one goes to the address), and so do recovery codes, and passkeys,
    authenticators and connections to other systems that were added on the day before the change or later. An account that is
    about to be deleted stays. Unlike other links this one outlives a new password: whoever took the account over could set one.

    Raises:
        NotFound: as `find_way_back`.
        Invalid: when another account has the address by now.
        Conflict: when the account is being erased already.
    """
    try:
        async with atomic():
            link = await find_way_back(secret)
            user, now = _whose(link), datetime.now(UTC)
            if not await OneTimeLink.filter(id=link.id, used_at=None).update(used_at=now):
                raise links.dead_link()
            younger = OneTimeLink.filter(user_id=user.id, purpose=links.EMAIL_UNDO, id__gt=link.id, used_at=None)
            await younger.update(used_at=now)
            if user.leaving_at is not None:
                await keep_account(user, actor=viewer_for(user))
            await _drop_ways_in(user, link.created_at - SUSPECT)
            await _set_email(user, link.email, "accounts.email_change_undone", password_hash=None)
            await request_reset(user.email)
    except IntegrityError:
        raise Invalid(_("There is already an account with this address."), field="email") from None
    return user


async def _set_email(user: User, address: str, action: str, **changes: object) -> None:
    old = user.email
    await renew_stamp(user, email=address, **changes)
    before, after = {"email": old}, {"email": address}
    await audit.record(action, actor=viewer_for(user), subject=user.handle, before=before, after=after)


async def _way_back(user: User, old: str) -> str:
    """Make the link for the old address. Those that went to addresses before stay good: the first owner's is the strongest."""
    secret = secrets.token_urlsafe(32)
    await OneTimeLink.create(
        token_hash=digest(secret),
        purpose=links.EMAIL_UNDO,
        user_id=user.id,
        stamp=user.stamp,
        email=old,
        expires_at=datetime.now(UTC) + links.LASTS[links.EMAIL_UNDO],
    )
    return secret


async def _drop_ways_in(user: User, since: datetime) -> None:
    for model in (Passkey, Authenticator, Identity):
        await model.filter(user_id=user.id, created_at__gte=since).delete()
    await RecoveryCode.filter(user_id=user.id).delete()  # nobody knows when they were made, and for whom
    await note_factor(user)


def _whose(link: OneTimeLink) -> User:
    if link.user is None:
        raise links.dead_link()
    return link.user
