"""Operators: the first one by a one-time link, more by promotion, and never none."""

from __future__ import annotations

from datetime import UTC, datetime

from core import audit, current
from core.accounts.models import LoginSession, OneTimeLink, SignInStep, User
from core.accounts.queries import normal_email
from core.accounts.services import links
from core.accounts.services.hashing import check_strength, hash_password
from core.accounts.services.notices import tell
from core.accounts.services.people import insert_user, normal_name, renew_stamp
from core.db import atomic, dialect, execute
from core.errors import Conflict
from core.i18n import N_
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


async def promote(user: User, *, actor: Asker | None, reason: str = "") -> bool:
    """Make a user an operator; False when they are one. Their sessions end, since they rise in privilege, and they are told.

    Args:
        actor: the operator who does it; None from the command line.
        reason: why, for the log and the person.
    """
    async with atomic():
        if not await User.filter(id=user.id, is_operator=False, is_active=True).update(is_operator=True):
            return False
        await renew_stamp(user, is_operator=True)
        await _note("accounts.operator_promoted", user, actor, reason, is_operator=(False, True))
        await tell(user, "operator_made", N_("You are an operator of %(site)s now"), reason=reason)
    return True


async def demote(user: User, *, actor: Asker | None, reason: str = "") -> None:
    """Take the operator's right away, and tell the person.

    Raises:
        Conflict: for the last operator.
    """
    async with atomic():
        await _change_unless_last(user, "is_operator")
        await renew_stamp(user, is_operator=False)
        await _note("accounts.operator_demoted", user, actor, reason, is_operator=(True, False))
        await tell(user, "operator_ended", N_("You are no operator of %(site)s any more"), reason=reason)


async def deactivate(user: User, *, actor: Asker | None, reason: str = "") -> None:
    """Suspend an account: nobody signs in with it any more, and all that was handed out for it ends. Content stays.

    Args:
        actor: the operator who does it; None from the command line.
        reason: why, for the log and for the mail to the person; at most 300 characters are kept.

    Raises:
        Conflict: for the last operator.
    """
    async with atomic():
        await close_account(user)
        closed: dict[str, object] = {"closed_at": datetime.now(UTC), "closed_reason": reason[:300]}
        await User.filter(id=user.id).update(**closed)
        user.update_from_dict(closed)
        await _note("accounts.user_deactivated", user, actor, reason, is_active=(True, False))
        await tell(user, "suspended", N_("Your account on %(site)s is suspended"), reason=reason)


async def close_account(user: User) -> None:
    """End all that was handed out for an account, in the caller's transaction.

    Raises:
        Conflict: for the last operator.
    """
    await _change_unless_last(user, "is_active")
    await renew_stamp(user, is_active=False)
    for hand_over in current.app().when_closed:
        await hand_over(user)


async def reactivate(user: User, *, actor: Asker | None, reason: str = "") -> None:
    """Open a suspended account again; its owner signs in as they did, and is told so. Who is leaving goes on leaving."""
    opened: dict[str, object] = {"closed_at": None, "closed_reason": "", "is_active": user.leaving_at is None}
    async with atomic():
        if not await User.filter(id=user.id, is_active=False, leaving_at=user.leaving_at).update(**opened):
            return
        user.update_from_dict(opened)
        await _note("accounts.user_reactivated", user, actor, reason, is_active=(False, True))
        await tell(user, "reinstated", N_("Your account on %(site)s is open again"), reason=reason)


async def sign_out(user: User, session_id: int | None = None, *, actor: Asker | None) -> int:
    """Sign somebody out in one browser, or in all; answers in how many.

    Args:
        user: whom.
        session_id: where; None for everywhere.
        actor: the operator; None from the command line.
    """
    theirs = LoginSession.filter(user_id=user.id)
    async with atomic():
        count = await (theirs if session_id is None else theirs.filter(id=session_id)).delete()
        if count:
            await audit.record("accounts.sessions_ended", actor=actor, subject=user.handle, after={"sessions": count})
    return count


async def sign_out_everybody(*, actor: Asker | None) -> int:
    """End every login session of every person, sessions in which operators act as somebody included; answers how many.

    Tokens, app passwords and feeds stay; what a sign-in has begun ends too.

    Args:
        actor: the operator; None from the command line.
    """
    async with atomic():
        await SignInStep.all().delete()
        count = await LoginSession.all().delete()
        await audit.record("accounts.all_sessions_ended", actor=actor, subject="", after={"sessions": count})
    return count


async def _note(action: str, user: User, actor: Asker | None, reason: str, **changes: tuple[object, object]) -> None:
    before = {name: was for name, (was, _now) in changes.items()}
    after = {name: now for name, (_was, now) in changes.items()}
    if reason:
        after["reason"] = reason[:300]
    await audit.record(action, actor=actor, subject=user.handle, before=before, after=after)


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
