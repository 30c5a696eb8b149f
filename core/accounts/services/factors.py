"""Whether somebody has a second factor, kept beside their account so that a sign-in need not look further."""

from __future__ import annotations

from core.accounts.factor_policy import owes_factor
from core.accounts.models import Authenticator, Passkey, RecoveryCode, User
from core.errors import Conflict
from core.i18n import gettext as _


async def note_factor(user: User) -> bool:
    """Set `has_factor` from what the person holds; call it inside the transaction that adds or removes a factor.

    A passkey or an authenticator is a factor; recovery codes stand in for one, are none, and end with the last.

    Returns:
        What holds now; `user.has_factor` says it too.
    """
    owned = await Passkey.filter(user_id=user.id).exists() or await Authenticator.filter(user_id=user.id).exists()
    await User.filter(id=user.id).update(has_factor=owned)
    if not owned:
        await RecoveryCode.filter(user_id=user.id).delete()
    user.has_factor = owned
    return owned


async def hold_account(user: User) -> None:
    """Take the account for the running transaction: a second change of it waits, and finds what this one did.

    Without it, two who each remove one of two factors would both see the other's, and a change that began before a new
    password could end after it.

    Raises:
        Conflict: when password, address or factors have changed since `user` was read.
    """
    if not await User.filter(id=user.id, stamp=user.stamp, is_active=True).update(has_factor=user.has_factor):
        raise Conflict(_("Your account was changed elsewhere at the same time. Please look and try again."))


async def keep_factor(user: User) -> None:
    """Refuse to leave somebody without a factor where the site wants one; inside the transaction, after `note_factor`.

    Raises:
        Conflict: when this was the last one.
    """
    if not user.has_factor and await wants_factor(user):
        raise Conflict(
            _("This site wants you to have a second factor. Set up another one first, then remove this one.")
        )


async def wants_factor(user: User) -> bool:
    """Whether the policy of the site is that this person has a second factor."""
    return await owes_factor(is_operator=user.is_operator)
