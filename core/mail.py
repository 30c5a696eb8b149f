"""Mail: a queue in the database, and the outlets of the messages: SMTP, or files in `data/mail/` without it.

`send()` stores a message with the change it tells of; after the commit a job delivers it. A message is
claimed before it goes out, so two processes do not send it twice. When one is killed before it could note
the server's yes, the message goes out again, with the same Message-ID.

Messages of one bundle that wait leave as one: who claims the first of them has the others join it in one statement. What has
joined stays with it, also when it is tried again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address

from aiosmtplib import SMTPRecipientsRefused
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core import current
from core.addresses import MAX_ADDRESS, is_one_line, parse_address
from core.db import after_commit, atomic
from core.errors import Invalid
from core.i18n import gettext as _
from core.models import Mail
from core.outlets import Outlet, OutletAwayError, Post, compose

logger = logging.getLogger("cercle.mail")

RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 120, 240, 480, 720, 720, 720, 720))
TRIES = len(RETRY_AFTER) + 1
LEASE = timedelta(minutes=2)
_MAX_SUBJECT = 200
_OWN_HEADERS = frozenset(
    ("from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version", "auto-submitted")
)
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")

MayLeave = Callable[[Mail], Awaitable[bool]]


class NotYetError(Exception):
    """A message, and what joined it, has to wait longer.

    Args:
        until: when it may be asked again.
    """

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


async def send(
    recipient: str,
    subject: str,
    text: str,
    html: str = "",
    *,
    key: str,
    headers: Mapping[str, str] | None = None,
    due_at: datetime | None = None,
) -> None:
    """Put a message into the queue, in the caller's transaction where there is one; see `letter` for arguments and errors."""
    await queue([letter(recipient, subject, text, html, key=key, headers=headers, due_at=due_at)])


def letter(
    recipient: str,
    subject: str,
    text: str,
    html: str = "",
    *,
    key: str,
    headers: Mapping[str, str] | None = None,
    due_at: datetime | None = None,
    bundle: str = "",
    facts: Mapping[str, object] | None = None,
) -> Mail:
    """Make a message, which `queue` takes.

    Args:
        recipient: an address, alone or as `Name <address>`.
        subject: one line; cut at 200 characters.
        text: the plain text.
        html: the same as HTML, for readers that prefer it.
        key: what the message is about, for example `invite:17`; a second one with it is the same message.
        headers: more of them, for example `List-Unsubscribe`.
        due_at: when it may leave; now by default.
        bundle: messages of one bundle that still wait when the first of them is due leave with it.
        facts: what `may_leave` wants to know, in what JSON can hold.

    Raises:
        Invalid: when the recipient is no address, or a header or the subject is more than one line.
        ValueError: when a header is one that the queue sets itself, or the key is longer than 120 characters.
    """
    if not 0 < len(key) <= 120:
        raise ValueError(f"The key of a mail has 1 to 120 characters: {key!r}")
    return Mail(
        key=key,
        recipient=_stored(parse_address(recipient)),
        subject=_shortened(_one_line(subject)),
        text=text,
        html=html,
        headers=_checked(headers or {}),
        due_at=due_at or datetime.now(UTC),
        bundle=bundle,
        facts=dict(facts) if facts is not None else None,
    )


async def queue(letters: Sequence[Mail]) -> None:
    """Put messages into the queue, in the caller's transaction where there is one. Those whose keys are known stay out."""
    async with atomic():
        await Mail.bulk_create(letters, ignore_conflicts=True)
        after_commit(_hurry)


async def deliver_due(outlet: Outlet, *, limit: int = 100, may_leave: MayLeave | None = None) -> int:
    """Send what is due. Failures are tried again with growing pauses, twelve times in two days.

    Args:
        outlet: takes the messages.
        limit: how many messages at most.
        may_leave: asked right before a message goes out, which may have waited for days; a no removes it, and `NotYetError`
            puts it off. It may rewrite the message that it is given, for what joined it.

    Returns:
        How many were sent; those that joined another one count.
    """
    sent = 0
    with suppress(OutletAwayError):
        async with outlet.opened() as post:
            for due in await _due(limit):
                mail = await _claim(due)
                if mail is not None and await _is_wanted(mail, may_leave):
                    sent += await _deliver(mail, post, outlet.sender)
    return sent


async def joined_to(mail: Mail) -> list[Mail]:
    """The messages that leave with this one, the oldest first."""
    return await Mail.filter(joined_id=mail.id).order_by("id") if mail.bundle else []


async def forget_old(*, text_after: timedelta = timedelta(days=1), all_after: timedelta = timedelta(days=30)) -> None:
    """Blank what sent messages said, since links in them may still open doors, and later drop the rows."""
    now = datetime.now(UTC)
    done = Q(sent_at__isnull=False) | Q(attempts__gte=TRIES)
    await Mail.filter(done, created_at__lt=now - all_after).delete()
    await Mail.filter(~Q(text="") | ~Q(html=""), sent_at__lt=now - text_after).update(text="", html="")


async def _hurry() -> None:
    with suppress(LookupError):  # outside of an application the sweep of the next one finds the message
        await current.app().jobs.nudge("core.deliver_mail")


async def _due(limit: int) -> list[Mail]:
    waiting = Mail.filter(sent_at=None, joined_id=None, attempts__lt=TRIES, due_at__lte=datetime.now(UTC))
    return await waiting.order_by("due_at", "id").limit(limit)


async def _claim(due: Mail) -> Mail | None:
    """The message that this process may send now: the one that is due, or the first of its bundle with all others."""
    now = datetime.now(UTC)
    if not due.bundle or due.attempts:
        waiting = Mail.filter(id=due.id, sent_at=None, attempts=due.attempts, due_at__lte=now)
        return due if await waiting.update(due_at=now + LEASE, attempts=due.attempts + 1) else None
    new = Mail.filter(bundle=due.bundle, sent_at=None, joined_id=None, attempts=0)
    first = await new.order_by("id").first()
    if first is None or not await new.filter(id=first.id).update(due_at=now + LEASE, attempts=1):
        return None
    await new.exclude(id=first.id).update(joined_id=first.id)
    return first


async def _is_wanted(mail: Mail, may_leave: MayLeave | None) -> bool:
    try:
        if may_leave is None or await may_leave(mail):
            return True
    except NotYetError as error:
        await _with_joined(mail).update(due_at=error.until, attempts=0, joined_id=None)
        return False
    await _with_joined(mail).delete()
    return False


def _with_joined(mail: Mail) -> QuerySet[Mail]:
    return Mail.filter(Q(id=mail.id) | Q(joined_id=mail.id)) if mail.bundle else Mail.filter(id=mail.id)


async def _deliver(mail: Mail, post: Post, sender: str) -> int:
    try:
        await post(compose(mail, sender))
    except OutletAwayError as error:
        logger.warning("The mail server takes no mail: %s", error)
        await _postpone(mail, error)
        raise
    except Exception as error:
        logger.warning("Mail %s was not sent", mail.id, exc_info=True)
        await _postpone(mail, error)
        return 0
    return await _with_joined(mail).update(sent_at=datetime.now(UTC), error="")


async def _postpone(mail: Mail, error: Exception) -> None:
    tries = TRIES if _is_final(error) else mail.attempts + 1
    pause = RETRY_AFTER[min(tries, len(RETRY_AFTER)) - 1]
    if tries >= TRIES:
        logger.error("Giving up mail %s after %s tries", mail.id, mail.attempts + 1)
    reason = f"{type(error).__name__}: {error}"[:500]
    await _with_joined(mail).update(due_at=datetime.now(UTC) + pause, attempts=tries, error=reason)


def _is_final(error: Exception) -> bool:
    """Whether the server refuses the recipient for good (5xx); repeating would only look like abuse."""
    return isinstance(error, SMTPRecipientsRefused) and all(refused.code >= 500 for refused in error.recipients)


def _stored(address: Address) -> str:
    """What fits the column: the address with its name, or else alone."""
    return str(address) if len(str(address)) <= MAX_ADDRESS else address.addr_spec


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    for name in headers:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS or name.lower().startswith("content-"):
            raise ValueError(f"Not a header that a mail may add: {name!r}")
    return {name: _one_line(value) for name, value in headers.items()}


def _one_line(text: str) -> str:
    """The text, when nothing in it could begin another header."""
    if not is_one_line(text):
        raise Invalid(_("“%(given)s” must be a single line.", given=text[:80]))
    return text


def _shortened(subject: str) -> str:
    return subject if len(subject) <= _MAX_SUBJECT else subject[: _MAX_SUBJECT - 1] + "…"
