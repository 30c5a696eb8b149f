"""Deleting an account: closed for everybody at once, erased some days later, and until then its owner may change their mind.

While somebody is leaving, `is_active` is false, so that all that asks for active people (lists, mail, the last owner of a club)
does without them. `User.may_sign_in` lets them in all the same, to one page: see `core.accounts.views.leave`.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q

from core import audit, current
from core.accounts.models import User
from core.accounts.services import links
from core.accounts.services.leaving import erase_person, held_account, is_being_erased, reasons_to_stay
from core.accounts.services.operators import close_account
from core.accounts.settings import SiteSettings
from core.db import atomic
from core.errors import Conflict, NotFound
from core.i18n import N_, language, speaking
from core.i18n import gettext as _
from core.permissions import Asker
from core.plugin_settings import site_settings

ERASE_JOB = "accounts.erase_leavers"
REMIND_BEFORE = timedelta(days=1)
AGAIN = timedelta(days=1)
AT_ONCE = 50
logger = logging.getLogger("cercle.accounts")


async def begin_leaving(
    user: User, *, actor: Asker | None, reason: str = "", leaves_works: bool = True, days: int | None = None
) -> datetime:
    """Close an account and say when it is erased; answers that time. Who is leaving already goes on as they were.

    Sessions, tokens, feeds and links end at once, and nobody is shown the person any more. They are told by mail.

    Args:
        user: who goes.
        actor: who does it: themself, or an operator; None from the command line.
        reason: why, when an operator does it; for the log and the mail. At most 300 characters are kept.
        leaves_works: whether what they gave to clubs stays, without their name; else what nobody built on is erased too.
        days: until it is erased; what the site's policy says unless given.

    Raises:
        Conflict: for the last operator, and for the last owner of a club; it says which.
        NotFound: when they are gone already.
    """
    wait = (await site_settings(SiteSettings)).leaving_days if days is None else days
    due = datetime.now(UTC) + timedelta(days=wait)
    async with atomic():
        present = await held_account(user)
        if present.leaving_at is not None:
            return present.leaving_at
        await close_account(present)
        if reasons := await reasons_to_stay(current.app(), present):
            raise Conflict(" ".join(reasons))
        await _set(user, is_active=False, leaving_at=due, leaves_works=leaves_works, stamp=present.stamp)
        after = {"leaving_at": due.isoformat(), "leaves_works": leaves_works, "reason": reason[:300]}
        await audit.record("accounts.leaving_begun", actor=actor, subject=user.handle, after=after)
        await _tell_begun(user, due, reason[:300], by_others=actor is None or actor.id != user.id)
        if wait == 0:
            await current.app().jobs.nudge(ERASE_JOB)
    return due


async def erase_now(user: User, *, actor: Asker | None, reason: str = "", leaves_works: bool | None = None) -> None:
    """Close an account and have it erased at once, also when it was to be erased later. A job does the erasing.

    Args:
        user: who goes.
        actor: who does it; None from the command line.
        reason: why; for the log and the mail.
        leaves_works: as for `begin_leaving`; None for what they chose, or that works stay.

    Raises:
        Conflict: as `begin_leaving`.
        NotFound: when they are gone already.
    """
    async with atomic():
        present = await held_account(user)
        if present.leaving_at is None:
            works = True if leaves_works is None else leaves_works
            await begin_leaving(user, actor=actor, reason=reason, leaves_works=works, days=0)
            return
        works = present.leaves_works if leaves_works is None else leaves_works
        await _set(user, leaving_at=min(present.leaving_at, datetime.now(UTC)), leaves_works=works)
        after = {"leaves_works": works, "reason": reason[:300]}
        await audit.record("accounts.leaving_hurried", actor=actor, subject=user.handle, after=after)
        await current.app().jobs.nudge(ERASE_JOB)


async def keep_account(user: User, *, actor: Asker | None) -> None:
    """Change of mind: the account is open again, unless operators suspended it besides. Its owner is told by mail.

    Args:
        user: who stays.
        actor: who does it: themself, or an operator.

    Raises:
        Conflict: when they are not leaving, or the erasure has begun.
        NotFound: when they are gone.
    """
    async with atomic():
        present = await held_account(user)
        if present.leaving_at is None:
            raise Conflict(_("This account is not about to be deleted."))
        if await is_being_erased(present):
            raise Conflict(_("This account is being erased already, it cannot be kept any more."))
        before = {"leaving_at": present.leaving_at.isoformat()}
        await _set(user, is_active=present.closed_at is None, leaving_at=None, leaves_works=True)
        await audit.record("accounts.leaving_ended", actor=actor, subject=user.handle, before=before)
        await _tell(user, "leaving_ended", N_("Your account on %(site)s stays"), present.leaving_at)


async def remind_leavers() -> None:
    """A mail to those whose account is erased within a day. Doing it twice sends nothing twice."""
    if (await site_settings(SiteSettings)).leaving_days < 2:
        return
    now, subject = datetime.now(UTC), N_("Your account on %(site)s will be deleted within a day")
    async for user in User.filter(leaving_at__gt=now, leaving_at__lte=now + REMIND_BEFORE, closed_at=None):
        due = user.leaving_at or now
        await _tell(user, "leaving_soon", subject, due, due=due)


async def erase_leavers() -> None:
    """Erase everybody whose time has come. Who cannot be erased is told why, as the operators are, and it is tried the next day.

    An erasure that a killed process left half-way goes on here; several processes do not harm each other.
    """
    began = datetime.now(UTC)
    while due := await User.filter(leaving_at__lte=began).order_by("leaving_at", "id").limit(AT_ONCE):
        for user in due:
            await _erase_or_put_off(user)


async def _erase_or_put_off(user: User) -> None:
    try:
        await erase_person(current.app(), user, actor=None, farewell=True, only_due=True)
    except NotFound:
        return  # they stay, or another process was faster
    except Conflict as error:
        logger.warning("Account %s could not be erased: %s", user.id, error.message)
        await _put_off(user, error.message)
    except Exception as error:  # rows of a plugin may hold on to the account; others must not wait for that
        logger.exception("Account %s could not be erased", user.id)
        await _put_off(user, type(error).__name__)


async def _put_off(user: User, reason: str) -> None:
    """The next day, and a mail about it at most once a week."""
    now = datetime.now(UTC)
    async with atomic():
        if not await User.filter(id=user.id, leaving_at__lte=now).update(leaving_at=now + AGAIN):
            return
        readers = await User.filter(Q(is_operator=True, is_active=True)).order_by("id")
        if not await is_being_erased(user):
            readers.insert(0, user)
        for reader in readers:
            with speaking(reader.locale or language(), reader.timezone):
                await links.send_mail(
                    "leaving_stuck",
                    N_("An account on %(site)s could not be deleted yet"),
                    to=reader.email,
                    locale=reader.locale,
                    key=f"{user.id}:{reader.id}:{now:%G%V}",
                    name=reader.name,
                    person=user.name,
                    is_own=reader.id == user.id,
                    reason=reason,
                    sign_in_url=links.address_of("sign_in"),
                )


async def _tell_begun(user: User, due: datetime, reason: str, *, by_others: bool) -> None:
    subject = N_("Your account on %(site)s will be deleted")
    await _tell(user, "leaving_begun", subject, due, due=due, reason=reason, by_others=by_others)


async def _tell(user: User, template: str, subject: str, time: datetime, **facts: object) -> None:
    """One mail of a kind for each date on which the account was to be erased."""
    with speaking(user.locale or language(), user.timezone):
        await links.send_mail(
            template,
            subject,
            to=user.email,
            locale=user.locale,
            key=f"{user.id}:{time:%Y%m%d%H%M%S%f}",
            name=user.name,
            sign_in_url=links.address_of("sign_in"),
            **facts,
        )


async def _set(user: User, **changes: object) -> None:
    await User.filter(id=user.id).update(**changes)
    user.update_from_dict(changes)
