"""The history of tries to sign in, and the mails that it gives rise to: a new device, many wrong passwords."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.accounts.models import SignIn, User
from core.accounts.services import links
from core.accounts.services.devices import Browser, device_words, meet_again, network_words, remember_device
from core.db import atomic, execute
from core.i18n import N_, language, long_datetime, speaking
from core.i18n import gettext as _

OK = "ok"
WRONG = "wrong"
LIMITED = "limited"
FACTOR_WRONG = "factor_wrong"

HISTORY_LASTS = timedelta(days=180)
MOST_ROWS = 500  # of one account that went well, and as many that did not, so that strangers push nothing out
MANY_WRONG = 20  # wrong passwords in a day after which the owner is told
MANY_FACTORS = 5  # wrong codes in a day: whoever gives them knows the password
_DAY = timedelta(days=1)


async def note_sign_in(user: User, browser: Browser, how: str, *, is_familiar: bool = False) -> str:
    """Note that somebody was let in, and tell them by mail when it was with a browser that they have not used before.

    The very first sign-in of an account is no news.

    Args:
        user: who.
        browser: with what.
        how: the ways in which they proved who they are, such as `password` or `provider:club`.
        is_familiar: they were signed in with this browser already and only proved it again: no row, no mail.

    Returns:
        The secret for the browser's device cookie.
    """
    async with atomic():
        known = await meet_again(user, browser)
        secret = browser.secret if known else await remember_device(user, browser)
        if is_familiar:
            return secret
        is_first = await _arrives_first(user)
        is_new = not known and not is_first
        await _note(user.id, browser, how, OK, is_new_device=not known)
        if is_new:
            await _tell_of_device(user, browser, how)
    return secret


async def note_refusal(user_id: int, browser: Browser, how: str, outcome: str = WRONG) -> None:
    """Note a try that failed, and tell the owner once a day when there were many.

    Args:
        user_id: whose account was tried; 0, or one that is gone, notes nothing.
        browser: from where.
        how: the way that was tried, such as `password`, `code` or `passkey`.
        outcome: `WRONG`, `LIMITED` or `FACTOR_WRONG`.
    """
    user = await User.get_or_none(id=user_id)
    if user is None:
        return
    async with atomic():
        await _note(user.id, browser, how, outcome)
        wrong, codes = await _lately(user, WRONG), await _lately(user, FACTOR_WRONG)
        if wrong >= MANY_WRONG or codes >= MANY_FACTORS:
            await _tell_of_tries(user, codes or wrong, knows_password=codes >= MANY_FACTORS)


async def forget_old_sign_ins() -> None:
    """Drop what is older than 180 days, and what is more than 500 rows of an account. Doing it twice changes nothing."""
    await SignIn.filter(at__lt=datetime.now(UTC) - HISTORY_LASTS).delete()
    await execute(
        "DELETE FROM accounts_sign_in WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY user_id, "
        "CASE WHEN outcome = 'ok' THEN 1 ELSE 0 END ORDER BY id DESC) AS place FROM accounts_sign_in) ranked "
        f"WHERE place > {MOST_ROWS})"
    )


def how_words(how: str) -> str:
    """The ways of a proof in plain words: `password code` is "password and code"."""
    known = {
        "password": _("password"),
        "passkey": _("passkey"),
        "code": _("code from the app"),
        "recovery": _("recovery code"),
        "link": _("link by mail"),
        "invitation": _("invitation"),
        "sign_up": _("sign-up"),
        "operator": _("an operator who acts as you"),
    }
    words = [known.get(way) or (way.partition(":")[2] or way) for way in how.split()]
    return " + ".join(words)


async def _arrives_first(user: User) -> bool:
    now = datetime.now(UTC)
    if await User.filter(id=user.id, seen_at=None).update(seen_at=now):
        return True
    await User.filter(id=user.id).update(seen_at=now)
    return False


async def _note(user_id: int, browser: Browser, how: str, outcome: str, is_new_device: bool = False) -> None:
    await SignIn.create(
        user_id=user_id,
        how=how[:60],
        outcome=outcome,
        is_new_device=is_new_device,
        device=browser.name[:200],
        network=browser.network,
    )


async def _lately(user: User, outcome: str) -> int:
    return await SignIn.filter(user_id=user.id, outcome=outcome, at__gt=datetime.now(UTC) - _DAY).count()


async def _tell_of_device(user: User, browser: Browser, how: str) -> None:
    with speaking(user.locale or language(), user.timezone):
        facts = {
            "device": device_words(browser.name),
            "network": network_words(browser.network),
            "when": long_datetime(datetime.now(UTC)),
            "how": how_words(how),
        }
    await _mail(user, "new_device", N_("New sign-in to your account on %(site)s"), f"{user.id}:{_mark()}", **facts)


async def _tell_of_tries(user: User, count: int, *, knows_password: bool) -> None:
    kind = "code" if knows_password else "password"
    key = f"{user.id}:{kind}:{datetime.now(UTC).date()}"
    subject = N_("Somebody tries to get into your account on %(site)s")
    await _mail(user, "wrong_tries", subject, key, count=count, knows_password=knows_password)


async def _mail(user: User, template: str, subject: str, key: str, **facts: object) -> None:
    """Mail the owner; a second one with the same key is not sent."""
    await links.send_mail(
        template,
        subject,
        to=user.email,
        locale=user.locale,
        key=key,
        name=user.name,
        security_url=links.address_of("sessions"),
        history_url=links.address_of("sign_ins"),
        reset_url=links.address_of("reset"),
        **facts,
    )


def _mark() -> str:
    return f"{datetime.now(UTC):%Y%m%d%H%M%S%f}"
