"""Operators: the first one by a one-time link, more by promotion, and never none."""

from __future__ import annotations

from datetime import UTC, datetime

from core import audit
from core.accounts.models import OneTimeLink, User
from core.accounts.queries import normal_email
from core.accounts.services import links
from core.accounts.services.hashing import check_strength, hash_password
from core.accounts.services.people import insert_user, normal_name, renew_stamp
from core.db import atomic, dialect, execute
from core.errors import Conflict
from core.i18n import gettext as _
from core.permissions import Asker


async def first_operator_link() -> str | None:
    """The address at which the first operator makes their account; None when there is an operator.

    Each call makes a new one and ends those before.
    """
    async with atomic():
        if await _has_operator():
            return None
        _number, secret = await links.make_link(links.FIRST_OPERATOR)
    return links.address_of("first_operator", token=secret)


async def make_first_operator(secret: str, email: str, name: str, password: str) -> User:
    """Make the first operator's account with the link that the start of the site printed.

    Raises:
        NotFound: when the link cannot be used.
        Conflict: when there is an operator already.
        Invalid: as `create_user`; the link stays good.
    """
    address, shown = normal_email(email), normal_name(name)
    await links.find_link(secret, links.FIRST_OPERATOR)
    check_strength(password, about=(address, shown))
    hashed = await hash_password(password)
    async with atomic():
        await links.use_link(secret, links.FIRST_OPERATOR)
        await OneTimeLink.filter(purpose=links.FIRST_OPERATOR, used_at=None).update(used_at=datetime.now(UTC))
        if await _has_operator():
            raise Conflict(_("This site has an operator already. Ask them to make you one."))
        return await insert_user(email=address, name=shown, password_hash=hashed, is_operator=True)


async def promote(user: User, *, actor: Asker | None) -> bool:
    """Make a user an operator; False when they are one. Their sessions end, since they rise in privilege.

    Args:
        actor: the operator who does it; None from the command line.
    """
    async with atomic():
        if not await User.filter(id=user.id, is_operator=False, is_active=True).update(is_operator=True):
            return False
        await renew_stamp(user, is_operator=True)
        await audit.record("accounts.operator_promoted", actor=actor, subject=user.handle)
    return True


async def demote(user: User, *, actor: Asker | None) -> None:
    """Take the operator's right away.

    Raises:
        Conflict: for the last operator.
    """
    async with atomic():
        await _change_unless_last(user, "is_operator")
        await renew_stamp(user, is_operator=False)
        await audit.record("accounts.operator_demoted", actor=actor, subject=user.handle)


async def deactivate(user: User, *, actor: Asker | None) -> None:
    """Close an account: nobody signs in with it any more, and all that was handed out for it ends. Content stays.

    Raises:
        Conflict: for the last operator.
    """
    async with atomic():
        await close_account(user)
        await audit.record("accounts.user_deactivated", actor=actor, subject=user.handle)


async def close_account(user: User) -> None:
    """End all that was handed out for an account, in the caller's transaction.

    Raises:
        Conflict: for the last operator.
    """
    await _change_unless_last(user, "is_active")
    await renew_stamp(user, is_active=False)


async def reactivate(user: User, *, actor: Asker | None) -> None:
    """Open a closed account again; its owner signs in with the password they had."""
    async with atomic():
        await User.filter(id=user.id).update(is_active=True)
        await audit.record("accounts.user_reactivated", actor=actor, subject=user.handle)
    user.is_active = True


async def _has_operator() -> bool:
    return await User.filter(is_operator=True, is_active=True).exists()


async def _change_unless_last(user: User, column: str) -> None:
    """Set a flag to false unless no operator would be left.

    The rows of all operators are locked first: two that remove each other at the same time must not both succeed.
    """
    await User.filter(is_operator=True, is_active=True).order_by("id").select_for_update()
    word = dialect().param
    sql = (
        f'UPDATE accounts_user SET "{column}" = {word(1)} WHERE id = {word(2)} AND (NOT is_operator OR NOT is_active '
        f"OR EXISTS (SELECT 1 FROM accounts_user o WHERE o.is_operator AND o.is_active AND o.id <> {word(3)}))"
    )
    if not await execute(sql, [False, user.id, user.id]):
        raise Conflict(_("The last operator stays: make somebody else one first."))
