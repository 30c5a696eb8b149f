"""Mails over a real connection: an answer is stored once, and everything else is refused, dropped or sent back."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from core.accounts.services.people import renew_stamp
from core.errors import Forbidden, SettingsError, Unavailable
from core.inbound import listener
from core.inbound.listener import listening
from core.limits import Rule
from core.models import Lease, Mail
from tests.inbound.conftest import PostOffice, sent_back, texts
from tests.services.processes import free_port

pytestmark = pytest.mark.anyio

DYING = """
import asyncio, os, signal, sys
from pathlib import Path
from cercle.testing import opened_village
from core.inbound.listener import listening
from core.inbound.replies import Inbound
from tests.inbound.conftest import NAME, PostOffice, open_settings

folder, database_url, port, moment = sys.argv[1:]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with opened_village(open_settings(Path(folder), database_url, int(port))) as village:
        office, known = PostOffice(village, int(port)), Inbound.take
        async def take(reply):
            await office.take(reply)
            if moment == "before":
                die()
        async def taken(*given):
            await known(*given)
            die()
        Inbound.take = taken
        village.app.inbound.provide(NAME, take)
        async with listening(village.app):
            print("ready", flush=True)
            await asyncio.Event().wait()

asyncio.run(main())
"""


async def flood(writer: asyncio.StreamWriter, size: int) -> None:
    """Send so many bytes without a line end."""
    for _ in range(size // 65536):
        writer.write(b"x" * 65536)
        await writer.drain()


async def test_an_answer_is_taken_with_all_that_is_known_of_it(office: PostOffice) -> None:
    member = office.village.member
    said = await office.send(office.letter(member, "Oui, bien sûr.\n\n> Est-ce vrai ?\n"), office.address(member))

    reply = office.replies[0]
    assert (said, await texts()) == ("2.6.0 Thank you.", ["Oui, bien sûr."])
    assert (reply.who.id, reply.club_id, reply.about) == (member.id, office.village.club.id, "17")
    assert (reply.message_id, reply.text) == ("<1@example.org>", "Oui, bien sûr.")
    assert await sent_back() == []


async def test_the_same_mail_is_one_answer_and_another_is_another(office: PostOffice) -> None:
    member = office.village.member
    address, letter = office.address(member), office.letter(member)

    await asyncio.gather(*(office.send(letter, address) for _ in range(3)))
    await office.send(letter, address)
    once = await texts()
    await office.send(office.letter(member, "No.", Message_ID="<2@example.org>"), address)
    await office.send(letter, office.address(member, "18"))

    assert (once, await texts()) == (["Yes."], ["Yes.", "No.", "Yes."])


async def test_a_mail_without_a_name_is_known_by_what_it_says(office: PostOffice) -> None:
    member = office.village.member
    letter = office.letter(member)
    del letter["Message-ID"]
    for _ in range(2):
        await office.send(letter, office.address(member))
    assert await texts() == ["Yes."]


async def test_one_mail_may_answer_two_things(office: PostOffice) -> None:
    member = office.village.member
    await office.send(office.letter(member), office.address(member, "1"), office.address(member, "2"))
    assert [reply.about for reply in office.replies] == ["1", "2"]


async def test_nobody_answers_with_the_address_of_somebody_else(office: PostOffice) -> None:
    member = office.village.member
    for sender in (office.village.owner.email, f"{member.email}, a@example.org", ""):
        with pytest.raises(SMTPDataError) as refused:
            await office.send(office.letter(member, From=sender), office.address(member))
        assert (refused.value.code, refused.value.message.startswith("5.7.1 Only the person")) == (550, True)
    assert (await texts(), await sent_back()) == ([], [])


async def test_capitals_in_an_address_are_no_difference(office: PostOffice) -> None:
    member = office.village.member
    await office.send(office.letter(member, From=f"Me <{member.email.upper()}>"), office.address(member).upper())
    assert await texts() == ["Yes."]


async def test_addresses_that_were_not_made_here_are_refused_at_once(office: PostOffice) -> None:
    member = office.village.member
    ended = office.address(member)
    await renew_stamp(member)
    for address in ("reply@cercle.example", "somebody@example.org", "reply+abcdefgh@cercle.example", ended):
        with pytest.raises(SMTPRecipientsRefused) as refused:
            await office.send(office.letter(member), address)
        assert refused.value.recipients[0].code == 550
    assert await texts() == []


@pytest.mark.parametrize(
    "header",
    [{"Auto-Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"X-Autoreply": "yes"}, {"List-Id": "<a.b>"}],
)
async def test_automatic_mails_are_dropped(office: PostOffice, header: dict[str, str]) -> None:
    member = office.village.member
    said = await office.send(office.letter(member, **header), office.address(member))
    assert (said, await texts(), await sent_back()) == ("2.6.0 Thank you; nobody reads automatic mails here.", [], [])


async def test_a_mail_that_comes_back_is_dropped(office: PostOffice) -> None:
    member = office.village.member
    await office.send(office.letter(member), office.address(member), envelope="")
    assert (await texts(), await sent_back()) == ([], [])


async def test_an_answer_without_text_goes_back_once(office: PostOffice) -> None:
    member = office.village.member
    for _ in range(2):
        await office.send(office.letter(member, "> only\n> what they quote\n"), office.address(member))
    assert await sent_back() == [(member.email, "Your answer was not published")]
    assert "There was no text in it above the mail that you answered." in (await Mail.get()).text


async def test_what_a_provider_refuses_goes_back_with_the_sentence_and_nothing_is_stored(office: PostOffice) -> None:
    member = office.village.member
    office.error = Forbidden("This conversation is closed.")

    said = await office.send(office.letter(member, "A long answer."), office.address(member))

    letter = await Mail.get()
    assert (said, await texts(), letter.recipient) == ("2.6.0 Thank you.", [], member.email)
    assert "This conversation is closed." in letter.text
    assert "A long answer." in letter.text
    assert letter.headers == {"In-Reply-To": "<1@example.org>", "References": "<1@example.org>"}


async def test_a_mail_about_it_is_in_the_language_of_the_person(office: PostOffice) -> None:
    member = office.village.member
    member.locale = "fr"
    await member.save()
    await office.send(office.letter(member, "> rien"), office.address(member))
    assert await sent_back() == [(member.email, "Votre réponse n’a pas été publiée")]


async def test_files_are_left_out_with_a_word(office: PostOffice) -> None:
    member = office.village.member
    letter = office.letter(member)
    letter.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    await office.send(letter, office.address(member))
    assert await texts() == ["Yes."]
    assert await sent_back() == [(member.email, "Your answer is published without its files")]


@pytest.mark.parametrize("error", [Unavailable("Later."), RuntimeError("a broken plugin")])
async def test_what_cannot_be_stored_now_is_wanted_again(office: PostOffice, error: Exception) -> None:
    member = office.village.member
    office.error = error
    with pytest.raises(SMTPResponseException) as refused:
        await office.send(office.letter(member), office.address(member))
    assert (refused.value.code, await texts(), await sent_back()) == (451, [], [])

    office.error = None
    await office.send(office.letter(member), office.address(member))
    assert await texts() == ["Yes."]


async def test_a_person_may_not_flood(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "PER_PERSON", Rule("inbound.person", "2 per hour"))
    member, owner = office.village.member, office.village.owner
    for number in (1, 2):
        await office.send(office.letter(member, Message_ID=f"<{number}@x>"), office.address(member))
    with pytest.raises(SMTPDataError) as refused:
        await office.send(office.letter(member, Message_ID="<3@x>"), office.address(member))
    await office.send(office.letter(owner), office.address(owner))
    assert (refused.value.code, len(await texts())) == (450, 3)


async def test_nobody_tries_addresses_for_long(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "GUESSES", Rule("inbound.guesses", "2 per hour"))
    codes = []
    for number in range(3):
        with pytest.raises(SMTPRecipientsRefused) as refused:
            await office.send(office.letter(office.village.member), f"reply+{'a' * (40 + number)}@cercle.example")
        codes.append(refused.value.recipients[0].code)
    assert codes == [550, 550, 450]


async def test_a_mail_that_is_too_large_is_refused_before_it_is_read(office: PostOffice) -> None:
    member = office.village.member
    with pytest.raises(SMTPResponseException) as refused:
        await office.send(office.letter(member, "x\n" * 600_000), office.address(member))
    assert (refused.value.code, await texts()) == (552, [])


async def test_a_line_without_an_end_is_cut(office: PostOffice) -> None:
    member = office.village.member
    _, writer = await asyncio.open_connection("127.0.0.1", office.port)
    for line in ("EHLO x", "MAIL FROM:<a@example.org>", f"RCPT TO:<{office.address(member)}>", "DATA"):
        writer.write(f"{line}\r\n".encode())
    with pytest.raises(ConnectionError):
        await flood(writer, 64 * 2**20)
    assert await texts() == []


async def test_too_many_connections_are_turned_away(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "_CONNECTIONS", 2)
    kept = [await asyncio.open_connection("127.0.0.1", office.port) for _ in range(2)]
    greetings = [await reader.readline() for reader, _ in kept]
    reader, _ = await asyncio.open_connection("127.0.0.1", office.port)
    assert [line[:3] for line in (*greetings, await reader.readline())] == [b"220", b"220", b"421"]


async def test_nothing_is_offered_that_is_not_meant(office: PostOffice) -> None:
    async with SMTP(hostname="127.0.0.1", port=office.port, use_tls=False, start_tls=False) as client:
        await client.ehlo()
        assert sorted(client.esmtp_extensions) == ["8bitmime", "help", "size", "smtputf8"]
        assert client.esmtp_extensions["size"] == "1048576"


async def test_two_listeners_of_other_sites_do_not_share_a_port(office: PostOffice) -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    object.__setattr__(office.village.app.settings, "inbound_listen", f"127.0.0.1:{taken.getsockname()[1]}")
    with taken, pytest.raises(SettingsError, match="CERCLE_INBOUND_LISTEN"):
        async with listening(office.village.app):
            pass


async def test_what_came_is_forgotten_when_no_server_brings_it_again(office: PostOffice) -> None:
    member = office.village.member
    await office.send(office.letter(member), office.address(member))
    await office.village.app.jobs.run("core.forget_replies")
    kept = await Lease.filter(name__startswith="inbound:").count()
    await Lease.filter(name__startswith="inbound:").update(until=datetime(2020, 1, 1, tzinfo=UTC))
    await office.village.app.jobs.run("core.forget_replies")
    assert (kept, await Lease.filter(name__startswith="inbound:").count()) == (1, 0)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_killed_process_stores_an_answer_once(
    office: PostOffice, database_url: str, tmp_path: Path, moment: str
) -> None:
    """Before it was committed, or after that and before the server said yes: the same mail comes again, and is there once."""
    member, port = office.village.member, free_port()
    letter, address = office.letter(member), office.address(member)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DYING, str(tmp_path / "data"), database_url, str(port), moment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    ready = await process.stdout.readline()
    assert ready == b"ready\n", await process.communicate()
    with pytest.raises(SMTPException):
        await office.send(letter, address, port=port)
    _, said = await process.communicate()
    assert process.returncode == -signal.SIGKILL, said.decode()
    killed = await texts()

    await office.send(letter, address)

    assert (killed, await texts()) == ([] if moment == "before" else ["Yes."], ["Yes."])
