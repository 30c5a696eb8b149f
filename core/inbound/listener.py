"""The door for answers by mail: an SMTP server that takes what is sent to addresses which this site made, and nothing else.

It is meant to stand behind the operator's mail server, which keeps out spam and checks who sends. What it takes is stored when it
says so (250); what it cannot store now it wants again (4xx); what it never takes it says at once, to the server that
brings it (5xx), so that no mail goes to an address that somebody made up.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from core import current
from core.accounts.models import User
from core.children import MIB, SLOW, ChildFailed, run_child
from core.errors import SettingsError, TooMany, Unavailable
from core.inbound.addresses import Claim
from core.inbound.parsing import Letter
from core.limits import Rule

if TYPE_CHECKING:
    from core.app import Cercle

logger = logging.getLogger("cercle.inbound")

LARGEST_MAIL = MIB
PER_PERSON = Rule("inbound.person", "30 per hour")
PER_NEIGHBOUR = Rule("inbound.neighbour", "600 per minute")
GUESSES = Rule("inbound.guesses", "60 per 10 minutes")
_CONNECTIONS = 50
_RECIPIENTS = 5
_BYTES = 16 * LARGEST_MAIL  # of one connection
_IDLE_SECONDS = 60.0
_PARSE_SECONDS = 20.0
_TAKE_SECONDS = 45.0
_CLOSE_SECONDS = 5.0

_UNKNOWN = "550 5.1.1 This address takes no answers, or does not any more. Please answer on the site."
_STRANGER = "550 5.7.1 Only the person whom the mail was sent to can answer it, from the address it was sent to."
_LATER = "451 4.3.0 This cannot be stored now. Please try again later."
_OFTEN = "450 4.7.1 There are too many of these. Please try again later."
_UNREADABLE = "554 5.6.0 This mail cannot be read."
_TAKEN = "250 2.6.0 Thank you."
_DROPPED = "250 2.6.0 Thank you; nobody reads automatic mails here."


@asynccontextmanager
async def listening(app: Cercle) -> AsyncIterator[None]:
    """Listen where the settings say, if they do, until the block ends; mails that are being taken then get a few seconds.

    Raises:
        SettingsError: when somebody else listens there.
    """
    place = app.settings.inbound_place
    if place is None:
        yield
        return
    door = Door(app)
    try:
        server = await asyncio.get_running_loop().create_server(door.connection, *place, reuse_port=True)
    except OSError as error:
        raise SettingsError(
            f"CERCLE_INBOUND_LISTEN: cannot listen on {place[0]}:{place[1]}: {error.strerror}"
        ) from None
    try:
        yield
    finally:
        server.close()
        await door.close()


class Door:
    """What all connections share; also the handler that the SMTP server asks.

    Args:
        app: the application whose answers these are.
    """

    def __init__(self, app: Cercle) -> None:
        self._app = app
        self._open: set[Connection] = set()
        self._taking: set[asyncio.Task[object]] = set()

    def connection(self) -> Connection:
        """The protocol of a new connection."""
        return Connection(self, self._app)

    def is_full(self) -> bool:
        """Whether one more connection is one too many."""
        return len(self._open) > _CONNECTIONS

    def opened(self, connection: Connection) -> None:
        """A connection began."""
        self._open.add(connection)

    def closed(self, connection: Connection) -> None:
        """A connection ended."""
        self._open.discard(connection)

    async def close(self) -> None:
        """Let mails be taken that are complete, then end every connection."""
        if self._taking:
            await asyncio.wait(set(self._taking), timeout=_CLOSE_SECONDS)
        for one in list(self._open):
            one.end()
        await asyncio.sleep(0)

    async def handle_MAIL(  # noqa: N802 - the names of this and the next are those that aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Somebody begins a mail."""
        try:
            await self._app.limits.hit(PER_NEIGHBOUR, _neighbour(session))
        except TooMany:
            return _OFTEN
        envelope.mail_from, envelope.mail_options = address, options
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The mail is for this address: good only when it was made here, for somebody who is still here."""
        if len(envelope.rcpt_tos) >= _RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            if not await self._is_known(address):
                await self._app.limits.hit(GUESSES, _neighbour(session))
                return _UNKNOWN
        except TooMany:
            return _OFTEN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The mail is here: taken for each of its addresses, or for none that is not noted already."""
        task = cast("asyncio.Task[object]", asyncio.current_task())
        self._taking.add(task)
        try:
            return await self._answer(envelope)
        finally:
            self._taking.discard(task)

    async def handle_exception(self, error: Exception) -> str:
        """Whatever it is, the mail may come again."""
        logger.error("A mail could not be taken", exc_info=error)
        return _LATER

    async def _is_known(self, address: str) -> bool:
        with current.using(self._app):
            return await self._app.inbound.who_answers(address) is not None

    async def _answer(self, envelope: Envelope) -> str:
        if envelope.mail_from in (None, "", "<>"):  # nobody, so that nothing comes back for ever (RFC 5321, 4.5.5)
            return _DROPPED
        try:
            letter = await _parsed(cast("bytes", envelope.original_content))
        except ChildFailed as failure:
            return _LATER if failure.reason == SLOW else _UNREADABLE
        if letter["is_automatic"]:
            return _DROPPED
        answers = [await self._take(address, letter) for address in envelope.rcpt_tos]
        return next((answer for answer in answers if answer != _TAKEN), _TAKEN)

    async def _take(self, address: str, letter: Letter) -> str:
        with current.using(self._app):
            found = await self._app.inbound.who_answers(address)
            if found is None:
                return _UNKNOWN
            if not _is_from(letter, found[1]):
                return _STRANGER
            return await self._stored(*found, letter)

    async def _stored(self, claim: Claim, person: User, letter: Letter) -> str:
        try:
            await self._app.limits.hit(PER_PERSON, person.id)
            async with asyncio.timeout(_TAKE_SECONDS):
                await self._app.inbound.take(claim, person, letter)
        except TooMany:
            return _OFTEN
        except (Unavailable, TimeoutError) as error:
            logger.warning("An answer by mail waits: %r", error)
            return _LATER
        return _TAKEN


class Connection(SMTP):
    """One connection, with a limit on all that it sends.

    Args:
        door: where it came in.
        app: the application.
    """

    def __init__(self, door: Door, app: Cercle) -> None:
        super().__init__(
            door,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname=app.settings.inbound_address.rpartition("@")[2],
            ident="Cercle",
            timeout=_IDLE_SECONDS + _TAKE_SECONDS,
            command_call_limit=100,
            loop=asyncio.get_running_loop(),
        )
        self._door = door
        self._bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One more."""
        self._door.opened(self)
        super().connection_made(transport)
        if self._door.is_full():
            cast("asyncio.WriteTransport", transport).write(b"421 4.3.2 Too many connections\r\n")
            transport.close()

    def data_received(self, data: bytes) -> None:
        """A line without an end would fill the memory, so a connection that sends too much is cut."""
        self._bytes += len(data)
        if self._bytes > _BYTES:
            self.end()
            return
        super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        """One less."""
        self._door.closed(self)
        super().connection_lost(error)

    def end(self) -> None:
        """Cut it off."""
        if self.transport is not None:
            cast("asyncio.WriteTransport", self.transport).abort()


async def _parsed(content: bytes) -> Letter:
    found = await run_child("core.inbound.parsing", _once(content), {}, seconds=_PARSE_SECONDS, most=4 * MIB)
    return cast("Letter", json.loads(found))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _is_from(letter: Letter, person: User) -> bool:
    return letter["sender"].casefold() == person.email.casefold()


def _neighbour(session: Session) -> str:
    peer = session.peer
    return str(peer[0]) if isinstance(peer, tuple) else "unix"
