"""An SMTP server from the package aiosmtpd that keeps what it receives in memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.services.processes import free_port


@dataclass(slots=True)
class Smtp:
    """A running server and its letter box."""

    url: str
    """As CERCLE_SMTP_URL takes it."""
    messages: list[EmailMessage] = field(default_factory=list)
    arrival: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, seconds: float = 10) -> list[EmailMessage]:
        """Blocks until at least `count` messages have come, and returns all of them.

        Raises TimeoutError after `seconds`. Needed only where another process sends.
        """
        with self.arrival:
            if not self.arrival.wait_for(lambda: len(self.messages) >= count, seconds):
                raise TimeoutError(f"{len(self.messages)} of {count} messages came within {seconds} s")
            return list(self.messages)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd, in its own thread, for each message."""
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        with self.arrival:
            self.messages.append(message)
            self.arrival.notify_all()
        return "250 Message accepted for delivery"


@contextmanager
def smtp_server() -> Iterator[Smtp]:
    """Runs a server in a thread of this process, on a free port of 127.0.0.1."""
    port = free_port()
    smtp = Smtp(f"smtp://127.0.0.1:{port}")
    controller = Controller(smtp, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield smtp
    finally:
        controller.stop()
