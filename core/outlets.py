"""Outlets of mail: SMTP, or files in `data/mail/` where no server is set."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from aiosmtplib import SMTP, SMTPException

from core.addresses import read_address
from core.errors import SettingsError
from core.models import Mail
from core.settings import Settings

_ANSWER_SECONDS = 10.0  # for each answer of the server
_SEND_SECONDS = 30.0  # for one message, connecting included; well below the lease

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


def open_outlet(settings: Settings) -> Outlet:
    """The outlet that the settings ask for.

    Raises:
        SettingsError: when the sender is no address, or the SMTP address has no host.
    """
    try:
        read_address(settings.mail_from)
    except ValueError:
        raise SettingsError(f"CERCLE_MAIL_FROM: {settings.mail_from!r} is not an e-mail address") from None
    if settings.smtp_url is None:
        return FileOutlet(settings.data_dir / "mail", settings.mail_from)
    return SmtpOutlet(settings.smtp_url, settings.mail_from)


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The message of a row, the same each time.

    Args:
        sender: the From, as `Name <address>`.
    """
    message = EmailMessage(policy=SMTP_POLICY)
    origin = read_address(sender)
    message["From"] = origin
    message["To"] = read_address(mail.recipient)
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
        self._options = _smtp_options(url) | {"local_hostname": read_address(sender).domain}

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
