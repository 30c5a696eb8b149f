"""Daily tidying: sessions, links, tokens and requests that nobody can use any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q

from core import current
from core.accounts.models import ApiToken, LoginSession, OneTimeLink, SignInStep, SignUpRequest
from core.accounts.services.devices import Browser, forget_old_devices
from core.accounts.services.farewell import ERASE_JOB, erase_leavers, remind_leavers
from core.accounts.services.leaving import forget_farewells
from core.accounts.services.sign_ins import forget_old_sign_ins, note_refusal
from core.accounts.services.signup import remind_operators
from core.accounts.services.takeouts import MAKE_JOB, MAKE_SECONDS, forget_old_takeouts, make_takeouts
from core.accounts.services.tokens import warn_of_ends
from core.i18n import N_
from core.jobs import Job

KEEP_LINKS = timedelta(days=7)
KEEP_TOKENS = timedelta(days=30)
KEEP_REQUESTS = timedelta(days=180)
KEEP_UNPROVEN = timedelta(days=2)  # requests whose address nobody proved


async def forget_old() -> None:
    """Delete what has ended. Doing it twice changes nothing."""
    now = datetime.now(UTC)
    idle = timedelta(hours=current.app().settings.session_idle_hours)
    await LoginSession.filter(expires_at__lt=now).delete()
    await LoginSession.filter(seen_at__lt=now - idle).delete()
    await OneTimeLink.filter(Q(expires_at__lt=now - KEEP_LINKS) | Q(used_at__lt=now - KEEP_LINKS)).delete()
    await ApiToken.filter(expires_at__lt=now - KEEP_TOKENS).delete()
    await SignUpRequest.filter(created_at__lt=now - KEEP_REQUESTS).delete()
    await SignUpRequest.filter(created_at__lt=now - KEEP_UNPROVEN, proven_at=None).delete()
    await SignInStep.filter(expires_at__lt=now).delete()
    await forget_old_sign_ins()
    await forget_old_devices()


async def note_wrong_password(user_id: int, agent: str, address: str, outcome: str, mark: str) -> None:
    """Put a wrong password into a history, beside the answer, which must not tell whether there is such an account.

    Args:
        user_id: whose account was tried, 0 for nobody's.
        agent: what the browser calls itself.
        address: the IP address that it was tried from.
        outcome: `wrong` or `limited`.
        mark: tells two nudges of the same kind apart.
    """
    await note_refusal(user_id, Browser(name=agent, address=address), "password", outcome)


jobs = (
    Job(
        "accounts.forget_old",
        forget_old,
        every=timedelta(days=1),
        title=N_("Forget sessions, links and tokens that have ended"),
    ),
    Job(
        "accounts.remind_operators",
        remind_operators,
        every=timedelta(days=1),
        title=N_("Remind operators of those who ask for an account"),
    ),
    Job("accounts.note_wrong_password", note_wrong_password),
    Job(
        MAKE_JOB,
        make_takeouts,
        every=timedelta(minutes=5),
        timeout=MAKE_SECONDS,
        title=N_("Make the copies of their data that people asked for"),
    ),
    Job(
        "accounts.forget_old_takeouts",
        forget_old_takeouts,
        every=timedelta(hours=1),
        title=N_("Delete copies of people’s data after their time"),
    ),
    Job(
        ERASE_JOB,
        erase_leavers,
        every=timedelta(hours=1),
        timeout=1800,
        title=N_("Erase accounts whose waiting time is over"),
    ),
    Job(
        "accounts.warn_of_token_ends",
        warn_of_ends,
        every=timedelta(days=1),
        title=N_("Tell people whose tokens end soon"),
    ),
    Job(
        "accounts.remind_leavers",
        remind_leavers,
        every=timedelta(hours=1),
        title=N_("Remind people whose account is deleted soon"),
    ),
    Job(
        "accounts.forget_farewells",
        forget_farewells,
        every=timedelta(hours=1),
        title=N_("Forget the last mails to people who are gone"),
    ),
)
