"""Mail: a queue in the database, and the outlets of the messages: SMTP, or files in `data/mail/` without it.

`send()` stores a message with the change it tells of; after the commit a job delivers it. A message is
claimed before it goes out, so two processes do not send it twice. When one is killed before it could note
the server's yes, the message goes out again, with the same Message-ID.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused
from tortoise.expressions import Q

from core import current
from core.db import after_commit, atomic
from core.errors import Invalid, SettingsError
from core.i18n import gettext as _
from core.models import Mail
from core.settings import Settings

logger = logging.getLogger("cercle.mail")

RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 120, 240, 480, 720, 720, 720, 720))
TRIES = len(RETRY_AFTER) + 1
LEASE = timedelta(minutes=2)
_ANSWER_SECONDS = 10.0  # for each answer of the server
_SEND_SECONDS = 30.0  # for one message, connecting included; well below the lease
_MAX_SUBJECT = 200
_MAX_RECIPIENT = 254  # RFC 5321, 4.5.3.1.3
_OWN_HEADERS = frozenset(
    ("from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version", "auto-submitted")
)
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_MAILBOX = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<address>[^<>\s]+)>|(?P<alone>[^<>\s]+)")
# a dot-atom of RFC 5322 before the @, host names after it
_ADDRESS = re.compile(
    r"(?=.{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    re.IGNORECASE,
)

Post = Callable[[EmailMessage], Awaitable[None]]


class OutletAwayError(Exception):
    """The server takes no mail at all right now; other messages need not be tried."""


class Outlet(Protocol):
    """A way out for messages. `sender` is the From of all of them."""

    sender: str

    def opened(self) -> AbstractAsyncContextManager[Post]:
        """Hold the way open for several messages.

        Raises:
            OutletAwayError: from the answered function, when no message would get through.
        """
        ...


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
    """Put a message into the queue, in the caller's transaction where there is one.

    Args:
        recipient: an address, alone or as `Name <address>`.
        subject: one line; cut at 200 characters.
        text: the plain text.
        html: the same as HTML, for readers that prefer it.
        key: what the message is about, for example `invite:17`; a second one with it is the same message.
        headers: more of them, for example `List-Unsubscribe`.
        due_at: when it may leave; now by default.

    Raises:
        Invalid: when the recipient is no address, or a header or the subject is more than one line.
        ValueError: when a header is one that the queue sets itself, or the key is longer than 120 characters.
    """
    if not 0 < len(key) <= 120:
        raise ValueError(f"The key of a mail has 1 to 120 characters: {key!r}")
    mail = Mail(
        key=key,
        recipient=_stored(parse_address(recipient)),
        subject=_shortened(_one_line(subject)),
        text=text,
        html=html,
        headers=_checked(headers or {}),
        due_at=due_at or datetime.now(UTC),
    )
    async with atomic():
        await Mail.bulk_create([mail], ignore_conflicts=True)
        after_commit(_hurry)


async def deliver_due(outlet: Outlet, *, limit: int = 100) -> int:
    """Send what is due. Failures are tried again with growing pauses, twelve times in two days.

    Args:
        limit: how many messages at most.

    Returns:
        How many were sent.
    """
    sent = 0
    with suppress(OutletAwayError):
        async with outlet.opened() as post:
            for mail in await _due(limit):
                if await _claim(mail):
                    sent += await _deliver(mail, post, outlet.sender)
    return sent


async def forget_old(*, text_after: timedelta = timedelta(days=1), all_after: timedelta = timedelta(days=30)) -> None:
    """Blank what sent messages said, since links in them may still open doors, and later drop the rows."""
    now = datetime.now(UTC)
    done = Q(sent_at__isnull=False) | Q(attempts__gte=TRIES)
    await Mail.filter(done, created_at__lt=now - all_after).delete()
    await Mail.filter(~Q(text="") | ~Q(html=""), sent_at__lt=now - text_after).update(text="", html="")


def open_outlet(settings: Settings) -> Outlet:
    """The outlet that the settings ask for.

    Raises:
        SettingsError: when the sender is no address, or the SMTP address has no host.
    """
    try:
        _parsed(settings.mail_from)
    except ValueError:
        raise SettingsError(f"CERCLE_MAIL_FROM: {settings.mail_from!r} is not an e-mail address") from None
    if settings.smtp_url is None:
        return FileOutlet(settings.data_dir / "mail", settings.mail_from)
    return SmtpOutlet(settings.smtp_url, settings.mail_from)


def parse_address(text: str) -> Address:
    """The address in `address` or `Name <address>`, with the host name in ASCII.

    Raises:
        Invalid: when it is none.
    """
    try:
        return _parsed(text)
    except ValueError:
        raise Invalid(_("“%(given)s” is not an e-mail address.", given=text[:80])) from None


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The message of a row, the same each time.

    Args:
        sender: the From, as `Name <address>`.
    """
    message = EmailMessage(policy=SMTP_POLICY)
    origin = _parsed(sender)
    message["From"] = origin
    message["To"] = _parsed(mail.recipient)
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at
    message["Message-ID"] = f"<{hashlib.sha256(mail.key.encode()).hexdigest()[:40]}@{origin.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


class SmtpOutlet:
    """Sends through an SMTP server.

    The connection is encrypted when the server offers it (`smtp://`) or from the start (`smtps://`). A
    password leaves this machine only over an encrypted connection.

    Args:
        url: `smtp://user:password@host:587`.
        sender: the From of all messages.

    Raises:
        SettingsError: when the address has no host or a wrong port.
    """

    def __init__(self, url: str, sender: str) -> None:
        self.sender = sender
        self._options = _smtp_options(url) | {"local_hostname": _parsed(sender).domain}

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Post]:
        """See `Outlet.opened`. Connects at the first message."""
        client = SMTP(**self._options)
        try:
            yield partial(self._post, client)
        finally:
            if client.is_connected:
                with suppress(SMTPException, OSError):
                    await client.quit()

    async def _post(self, client: SMTP, message: EmailMessage) -> None:
        async with asyncio.timeout(_SEND_SECONDS):
            if not client.is_connected:
                await self._connect(client)
            await client.send_message(message)

    async def _connect(self, client: SMTP) -> None:
        try:
            await client.connect()
        except (SMTPException, OSError) as error:
            raise OutletAwayError(str(error)) from error


class FileOutlet:
    """Writes each message as an .eml file that mail programs open.

    Args:
        folder: made when the first message comes.
        sender: the From of all messages.
    """

    def __init__(self, folder: Path, sender: str) -> None:
        self.folder = folder
        self.sender = sender

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Post]:
        """See `Outlet.opened`."""
        yield self._post

    async def _post(self, message: EmailMessage) -> None:
        await asyncio.to_thread(self._write, message)

    def _write(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        when = message["Date"].datetime
        path = self.folder / f"{when:%Y%m%d-%H%M%S}-{message['Message-ID'][1:13]}.eml"
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(message.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)


async def _hurry() -> None:
    with suppress(LookupError):  # outside of an application the sweep of the next one finds the message
        await current.app().jobs.nudge("core.deliver_mail")


async def _due(limit: int) -> list[Mail]:
    waiting = Mail.filter(sent_at=None, attempts__lt=TRIES, due_at__lte=datetime.now(UTC))
    return await waiting.order_by("due_at", "id").limit(limit)


async def _claim(mail: Mail) -> bool:
    now = datetime.now(UTC)
    waiting = Mail.filter(id=mail.id, sent_at=None, attempts=mail.attempts, due_at__lte=now)
    return bool(await waiting.update(due_at=now + LEASE, attempts=mail.attempts + 1))


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
    await Mail.filter(id=mail.id).update(sent_at=datetime.now(UTC), error="")
    return 1


async def _postpone(mail: Mail, error: Exception) -> None:
    tries = TRIES if _is_final(error) else mail.attempts + 1
    pause = RETRY_AFTER[min(tries, len(RETRY_AFTER)) - 1]
    if tries >= TRIES:
        logger.error("Giving up mail %s after %s tries", mail.id, mail.attempts + 1)
    reason = f"{type(error).__name__}: {error}"[:500]
    await Mail.filter(id=mail.id).update(due_at=datetime.now(UTC) + pause, attempts=tries, error=reason)


def _is_final(error: Exception) -> bool:
    """Whether the server refuses the recipient for good (5xx); repeating would only look like abuse."""
    return isinstance(error, SMTPRecipientsRefused) and all(refused.code >= 500 for refused in error.recipients)


def _parsed(text: str) -> Address:
    """The address in a text. Raises ValueError when there is none."""
    found = _MAILBOX.fullmatch(text.strip())
    if found is None or not _is_one_line(text):
        raise ValueError(text)
    local, _at, domain = (found["address"] or found["alone"]).rpartition("@")
    address = f"{local}@{domain.encode('idna').decode()}"
    if len(address) > _MAX_RECIPIENT or not _ADDRESS.fullmatch(address):
        raise ValueError(text)
    return Address(display_name=_unquoted(found["name"] or ""), addr_spec=address)


def _unquoted(name: str) -> str:
    quoted = len(name) > 1 and name[0] == name[-1] == '"'
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if quoted else name


def _stored(address: Address) -> str:
    """What fits the column: the address with its name, or else alone."""
    return str(address) if len(str(address)) <= _MAX_RECIPIENT else address.addr_spec


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    for name in headers:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS or name.lower().startswith("content-"):
            raise ValueError(f"Not a header that a mail may add: {name!r}")
    return {name: _one_line(value) for name, value in headers.items()}


def _one_line(text: str) -> str:
    """The text, when nothing in it could begin another header."""
    if not _is_one_line(text):
        raise Invalid(_("“%(given)s” must be a single line.", given=text[:80]))
    return text


def _is_one_line(text: str) -> bool:
    return not any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in text)


def _shortened(subject: str) -> str:
    return subject if len(subject) <= _MAX_SUBJECT else subject[: _MAX_SUBJECT - 1] + "…"


def _smtp_options(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    host, port = _host_and_port(parts)
    encrypted = parts.scheme == "smtps"
    nearby = _is_this_machine(host)
    return {
        "hostname": host,
        "port": port,
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "use_tls": encrypted,
        "start_tls": True if parts.username and not encrypted and not nearby else None,
        "validate_certs": not nearby,
        "timeout": _ANSWER_SECONDS,
    }


def _host_and_port(parts: SplitResult) -> tuple[str, int | None]:
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"CERCLE_SMTP_URL: {error}") from None
    if not host:
        raise SettingsError("CERCLE_SMTP_URL: has no host; write smtp://user:password@host:587")
    return host, port


def _is_this_machine(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
