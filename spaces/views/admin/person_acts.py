"""What an operator may do with an account, each with the words of the page that asks why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.accounts.models import User
from core.accounts.services import begin_leaving, deactivate, demote, erase_now, keep_account, promote, reactivate
from core.accounts.services.factor_reset import reset_factors
from core.accounts.services.passwords import send_reset
from core.i18n import N_
from core.permissions import Asker


@dataclass(frozen=True, slots=True)
class Act:
    """Something that an operator may do with an account.

    Args:
        do: does it.
        title: the heading of its page, and the words of its button.
        text: what will happen.
        said: what has happened.
        fits: whether it can be done with an account as it is.
        icon: of its button.
        is_grave: whether a reason must be given.
        asks_why: whether a reason may be given: the log and the mail to the person have a place for it.
    """

    do: Callable[[User, Asker, str], Awaitable[object]]
    title: str
    text: str
    said: str
    fits: Callable[[User], bool]
    icon: str = ""
    is_grave: bool = True
    asks_why: bool = True


async def _suspend(user: User, actor: Asker, reason: str) -> None:
    await deactivate(user, actor=actor, reason=reason)


async def _reinstate(user: User, actor: Asker, reason: str) -> None:
    await reactivate(user, actor=actor, reason=reason)


async def _promote(user: User, actor: Asker, reason: str) -> None:
    await promote(user, actor=actor, reason=reason)


async def _demote(user: User, actor: Asker, reason: str) -> None:
    await demote(user, actor=actor, reason=reason)


async def _reset(user: User, actor: Asker, reason: str) -> None:
    await send_reset(user, actor=actor)


async def _remove_factors(user: User, actor: Asker, reason: str) -> None:
    await reset_factors(user, actor=actor, reason=reason)


async def _delete(user: User, actor: Asker, reason: str) -> None:
    await begin_leaving(user, actor=actor, reason=reason)


async def _erase(user: User, actor: Asker, reason: str) -> None:
    await erase_now(user, actor=actor, reason=reason)


async def _keep(user: User, actor: Asker, reason: str) -> None:
    await keep_account(user, actor=actor)


ACTS: dict[str, Act] = {
    "reset": Act(
        _reset,
        N_("Send a link for a new password"),
        N_("%(name)s gets a mail with a link that works once, for 30 minutes. A second factor is still asked for."),
        N_("A link for a new password is on its way to %(name)s."),
        lambda user: user.is_active,
        "key-round",
        is_grave=False,
        asks_why=False,
    ),
    "factors": Act(
        _remove_factors,
        N_("Remove the second factors"),
        N_(
            "Passkeys, authenticator app and recovery codes of %(name)s go, and all sessions and tokens end. "
            "Make sure that it is they who asks."
        ),
        N_("The second factors of %(name)s are removed."),
        lambda user: user.has_factor,
        "smartphone",
    ),
    "promote": Act(
        _promote,
        N_("Make an operator"),
        N_("%(name)s can then run the site: see all accounts, change plugins and settings, and make other operators."),
        N_("%(name)s is an operator now, and has to sign in again."),
        lambda user: user.is_active and not user.is_operator,
        "shield",
        is_grave=False,
    ),
    "demote": Act(
        _demote,
        N_("Take the operator's right away"),
        N_("%(name)s no longer runs the site. Account and clubs stay as they are."),
        N_("%(name)s is no operator any more."),
        lambda user: user.is_operator,
        "user-minus",
    ),
    "suspend": Act(
        _suspend,
        N_("Suspend the account"),
        N_(
            "%(name)s cannot sign in any more; sessions, tokens, private feeds and links end at once. "
            "What they gave to clubs stays."
        ),
        N_("The account of %(name)s is suspended."),
        lambda user: user.is_active,
        "lock",
    ),
    "reinstate": Act(
        _reinstate,
        N_("Open the account again"),
        N_("%(name)s can sign in again as before. Tokens and private feeds have to be made anew."),
        N_("The account of %(name)s is open again."),
        lambda user: not user.is_active and (user.leaving_at is None or user.closed_at is not None),
        "rotate-ccw",
        is_grave=False,
    ),
    "keep": Act(
        _keep,
        N_("Keep the account"),
        N_("The account of %(name)s is then not deleted."),
        N_("The account of %(name)s is kept."),
        lambda user: user.leaving_at is not None,
        "rotate-ccw",
        is_grave=False,
        asks_why=False,
    ),
    "delete": Act(
        _delete,
        N_("Delete the account"),
        N_(
            "%(name)s is signed out everywhere and told by mail. "
            "Until the days that the site grants are over they may change their mind."
        ),
        N_("The account of %(name)s is closed and will be deleted."),
        lambda user: user.leaving_at is None,
        "trash-2",
    ),
    "erase": Act(
        _erase,
        N_("Delete the account now"),
        N_("The account of %(name)s is erased at once, for good. What they gave to clubs stays, without their name."),
        N_("The account of %(name)s is being erased."),
        lambda user: user.leaving_at is not None,
        "trash-2",
    ),
}
