"""Who takes which answers, and what becomes of one: stored once, or sent back with a sentence.

An answer and the note that it came are written in one transaction, and the mail server that brings it hears "yes" only after
that. A process that is killed before has stored nothing, and the same mail comes again; one that is killed after says yes then.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core import current, mail
from core.accounts.models import User
from core.db import atomic, dialect, rows
from core.errors import CercleError, Invalid, TooMany, Unavailable
from core.i18n import N_, gettext, speaking
from core.inbound.addresses import Addresses, Claim, mark_of
from core.jobs import Job
from core.models import Lease

if TYPE_CHECKING:
    from core.app import Cercle
    from core.inbound.parsing import Letter

logger = logging.getLogger("cercle.inbound")

KEPT = timedelta(days=30)
_NAME = "inbound:"
_SHOWN_TEXT = 5000
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that somebody sent by mail.

    Args:
        who: the person; the address was theirs and so was the sender. What they may do now is to be asked.
        club_id: the club that the address was made for, None for the site.
        about: what it was made for, in the provider's own word.
        text: what they wrote, as plain text, without what they quoted; never empty.
        message_id: of the mail, "" where it had none.
    """

    who: User
    club_id: int | None
    about: str
    text: str
    message_id: str


Take = Callable[[Reply], Awaitable[None]]


class Inbound:
    """The answers by mail of one application.

    Args:
        app: the application, with its settings and jobs.
    """

    def __init__(self, app: Cercle) -> None:
        self._app = app
        self._takers: dict[bytes, tuple[str, Take]] = {}
        base = app.settings.inbound_address
        self.addresses = Addresses(base, app.settings.secret_key) if base else None
        app.jobs.register(
            Job(
                "core.forget_replies",
                forget_old,
                every=timedelta(days=1),
                title=N_("Forget which answers came by mail"),
            )
        )

    def provide(self, name: str, take: Take) -> None:
        """Say who takes the answers to some addresses; in `site_started`.

        `take` runs in the transaction that notes the answer as taken, in the person's language, and writes through it only. It
        asks for the person's rights as they are now (`access_for`), and raises `Forbidden`, `Invalid` or another error of that
        kind to send the answer back with the sentence.

        Args:
            name: `<plugin>.<what>`, for example `comments.reply`.
            take: called with each answer.

        Raises:
            ValueError: when another name has the same mark.
        """
        known = self._takers.get(mark_of(name), (name, take))
        if known[0] != name:
            raise ValueError(f"{name} and {known[0]} cannot both take answers; please choose another name")
        self._takers[mark_of(name)] = (name, take)

    def address(self, name: str, about: str, person: User, *, club_id: int | None = None) -> str | None:
        """Where this person may send an answer; None where the site takes no mail.

        It ends when the person's password, address or factors change. Whoever has it and writes from the person's address
        answers in their name, so it belongs into a mail to that person and nowhere else.

        Args:
            name: of the provider.
            about: what is answered; at most 11 bytes, such as the number of a comment.
            person: who may answer.
            club_id: where it is.

        Raises:
            ValueError: when `about` is too long, or empty.
        """
        if self.addresses is None:
            return None
        return self.addresses.make(Claim(mark_of(name), person.id, club_id, about), person.stamp)

    async def addresses_of(
        self, name: str, about: str, people: Iterable[int], *, club_id: int | None = None
    ) -> dict[int, str]:
        """`address` for several people by their ids, such that `notify(…, reply_to=(await addresses_of(…)).get)` has each answer
        in their own name; empty where the site takes no mail.
        """
        if self.addresses is None:
            return {}
        ids = sorted(set(people))
        found: dict[int, str] = {}
        for start in range(0, len(ids), _AT_ONCE):
            for person in await User.filter(id__in=ids[start : start + _AT_ONCE]).only("id", "stamp"):
                found[person.id] = str(self.address(name, about, person, club_id=club_id))
        return found

    async def who_answers(self, address: str) -> tuple[Claim, User] | None:
        """Whose address this is, and for what; None when it is not good (any more) or nobody takes the answers."""
        claim = self.addresses.read(address) if self.addresses is not None else None
        if claim is None or self.addresses is None or claim.mark not in self._takers:
            return None
        person = await User.get_or_none(id=claim.user_id, is_active=True)
        return (claim, person) if person is not None and self.addresses.is_good(claim, person) else None

    async def take(self, claim: Claim, person: User, letter: Letter) -> None:
        """Give an answer to its taker, or send it back; a second time does nothing.

        Raises:
            Unavailable, TooMany: when it is worth trying again.
        """
        language = person.locale or self._app.settings.locale
        with current.using(self._app), speaking(language, person.timezone):
            note = _note(claim, letter)
            try:
                async with _noted_once(note) as is_new:
                    if is_new:
                        await self._hand_over(claim, person, letter)
            except (Unavailable, TooMany):
                raise
            except CercleError as error:
                async with _noted_once(note) as is_new:
                    if is_new:
                        await _send_back(person, letter, note, error.message)

    async def _hand_over(self, claim: Claim, person: User, letter: Letter) -> None:
        name, take = self._takers[claim.mark]
        if not letter["text"]:
            raise Invalid(gettext("There was no text in it above the mail that you answered."))
        await take(Reply(person, claim.club_id, claim.about, letter["text"], letter["message_id"]))
        logger.info("An answer for %s came by mail", name)
        if letter["attachments"]:
            await _say_what_is_missing(person, letter, note=_note(claim, letter))


async def forget_old() -> None:
    """Forget which answers came, when no server brings them again."""
    await Lease.filter(name__startswith=_NAME, until__lt=datetime.now(UTC)).delete()


@asynccontextmanager
async def _noted_once(note: str) -> AsyncIterator[bool]:
    """A transaction that notes an answer; whether nobody has before. Who notes the same at this moment is waited for."""
    words = dialect()
    marks = ", ".join(words.param(number) for number in range(1, 4))
    async with atomic():
        made = await rows(
            f"INSERT INTO core_lease (name, holder, until) VALUES ({marks}) ON CONFLICT (name) DO NOTHING RETURNING name",
            [_NAME + note, "", datetime.now(UTC) + KEPT],
        )
        yield bool(made)


def _note(claim: Claim, letter: Letter) -> str:
    """What makes an answer the same one: where it went, and the mail's own name or else all that it says."""
    named = letter["message_id"] or f"{letter['sender']}\0{letter['text']}"
    return hashlib.sha256(claim.payload + b"\0" + named.encode()).hexdigest()


async def _send_back(person: User, letter: Letter, note: str, reason: str) -> None:
    text = gettext(
        "Hello %(name)s,\n\nyour answer by mail was not published.\n\n%(reason)s", name=person.name, reason=reason
    )
    said = letter["text"][:_SHOWN_TEXT]
    if said:
        text += "\n\n" + gettext("This is what you wrote:") + "\n\n" + said
    await _write(person, gettext("Your answer was not published"), text, letter, note)


async def _say_what_is_missing(person: User, letter: Letter, *, note: str) -> None:
    text = gettext(
        "Hello %(name)s,\n\nyour answer by mail is published. Files that came with it are not: please bring them in on the site.",
        name=person.name,
    )
    await _write(person, gettext("Your answer is published without its files"), text, letter, note)


async def _write(person: User, subject: str, text: str, letter: Letter, note: str) -> None:
    """To the person's own address, from one that takes no answers: nothing that comes back to it makes another mail."""
    settings, named = current.app().settings, letter["message_id"]
    headers = {"In-Reply-To": named, "References": named} if named else {}
    text += f"\n\n{settings.site_name}\n{settings.base_url}\n"
    await mail.send(person.email, subject, text, key=f"{_NAME}{note}", headers=headers)
