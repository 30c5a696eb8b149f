"""What is left of a mail: what its author wrote anew, and whether an author wrote it."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.text import MIMEText

import pytest

from core.children import ChildFailed, run_child
from core.inbound.parsing import Letter, is_automatic, new_text, read

pytestmark = pytest.mark.anyio

ANSWERS = {
    "above, in English": "Yes.\nFine.\n\nOn Tue, 3 Mar 2026 at 10:12, Cercle <a@b.c> wrote:\n> Is it?\n> Bye\n",
    "above, in French": "Yes.\nFine.\n\nLe mar. 3 mars 2026 à 10:12, Cercle <a@b.c> a écrit :\n> Is it?\n",
    "introduced over two lines": "Yes.\nFine.\n\nLe mardi 3 mars 2026 à 10:12, Cercle\n<a@b.c> a écrit :\n> Is it?\n",
    "Outlook, in English": "Yes.\nFine.\n\n________________________________\nFrom: Cercle <a@b.c>\nSent: x\nTo: me\n\nIs it?",
    "Outlook, in French": "Yes.\nFine.\n\nDe : Cercle <a@b.c>\nEnvoyé : mardi\nÀ : moi\nObjet : Truc\n\nIs it?\n",
    "an old Outlook": "Yes.\nFine.\n\n-----Message d'origine-----\nDe : Cercle\n\nIs it?\n",
    "signed": "Yes.\nFine.\n\n-- \nZoe, secretary\n\nOn Tue, 3 Mar 2026, Cercle <a@b.c> wrote:\n> Is it?\n",
    "signed by a telephone": "Yes.\nFine.\n\nEnvoyé de mon iPhone\n\n> Le 3 mars 2026 à 10:12, Cercle a écrit :\n> \n> Is it?",
    "below": "On Tue, 3 Mar 2026 at 10:12, Cercle <a@b.c> wrote:\n> Is it?\n> Bye\n\nYes.\nFine.\n",
    "between": "On Tue, 3 Mar 2026 at 10:12, Cercle <a@b.c> wrote:\n> Is it?\nYes.\n> And?\nFine.\n",
    "without what it answers": "Yes.\r\nFine.\r\n",
    "quoted shortly below": "Yes.\nFine.\n> Is it?\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_only_what_is_new_is_left(answer: str) -> None:
    assert new_text(answer) == "Yes.\nFine."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Look:\n> a short quotation\nI agree.", "Look:\n> a short quotation\nI agree."),
        ("To: be\nor not to be", "To: be\nor not to be"),
        ("> Is it?\n> Bye", ""),
        ("On Tue, 3 Mar 2026 at 10:12, Cercle <a@b.c> wrote:\n> Is it?\n", ""),
        ("-- \nZoe", ""),
        ("one\x00two\x1bthree\ud800four", "onetwothreefour"),
    ],
)
async def test_what_is_left_of_odd_answers(text: str, left: str) -> None:
    assert new_text(text) == left


def mail(body: str = "Yes.", subtype: str = "plain", **headers: str) -> EmailMessage:
    made = MIMEText(body, subtype, "utf-8")
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {
        "From": "=?utf-8?q?Zo=C3=A9?= <zoe@example.org>",
        "Message-ID": "<1@example.org>",
        **given,
    }.items():
        made[name] = value
    return message_from_bytes(made.as_bytes(), policy=policy.default)


async def test_a_mail_says_who_wrote_what() -> None:
    assert read(mail("Été.")) == {
        "sender": "zoe@example.org",
        "message_id": "<1@example.org>",
        "is_automatic": False,
        "text": "Été.",
        "attachments": 0,
    }


async def test_html_is_read_as_text_where_there_is_nothing_else() -> None:
    body = (
        "<style>p{}</style><div>Yes,&nbsp;<b>really</b>.</div><div>Fine.</div><div><br></div><div>On Tue, 3 Mar 2026, Cercle "
        "&lt;a@b.c&gt; wrote:<blockquote>Is it?<br>Bye</blockquote></div>"
    )
    assert read(mail(body, "html"))["text"] == "Yes, really.\nFine."


async def test_lines_that_a_program_broke_are_whole_again() -> None:
    made = mail("One line \nthat was \nbroken.\nAnother.\n> Is it? \n> Bye\n-- \nZoe")
    made.set_param("format", "flowed")
    assert read(made)["text"] == "One line that was broken.\nAnother."


async def test_files_are_counted_and_the_plain_text_is_preferred() -> None:
    made = EmailMessage()
    made["From"] = "zoe@example.org"
    made.set_content("Plain.")
    made.add_alternative("<p>HTML</p>", subtype="html")
    made.add_attachment(b"x", maintype="image", subtype="png", filename="a.png")
    found = read(message_from_bytes(made.as_bytes(), policy=policy.default))
    assert (found["text"], found["attachments"], found["message_id"]) == ("Plain.", 1, "")


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Auto-Submitted": "auto-generated; x=y"},
        {"Precedence": "bulk"},
        {"X-Autoreply": "yes"},
        {"List-Id": "<some.list>"},
        {"Return-Path": "<>"},
    ],
)
async def test_what_a_machine_sent_is_recognised(headers: dict[str, str]) -> None:
    assert is_automatic(mail(**headers))
    assert not is_automatic(mail(Auto_Submitted="no"))


@pytest.mark.parametrize("sender", ["", "a@example.org, b@example.org", "undisclosed:;"])
async def test_a_mail_of_nobody_or_of_several_has_no_sender(sender: str) -> None:
    assert read(mail(From=sender))["sender"] == ""


async def test_the_name_of_a_mail_carries_nothing_else() -> None:
    assert read(mail(Message_ID="<a b>\t<c>"))["message_id"] == ""
    assert read(mail(Message_ID=f"<{'x' * 300}@y>"))["message_id"] == ""


async def parsed(content: bytes) -> Letter:
    async def once() -> AsyncIterator[bytes]:
        yield content

    found: Letter = json.loads(await run_child("core.inbound.parsing", once(), {}, seconds=20))
    return found


async def test_the_child_reads_and_survives_what_is_no_mail() -> None:
    assert (await parsed(mail("Oui.").as_bytes()))["text"] == "Oui."
    assert (await parsed(os.urandom(100_000)))["sender"] == ""
    assert (await parsed(b""))["text"] == ""


async def test_a_mail_of_too_many_parts_is_refused() -> None:
    parts = b"".join(b"--x\r\n\r\na\r\n" for _ in range(1000))
    with pytest.raises(ChildFailed, match="large"):
        await parsed(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + parts + b"--x--\r\n")


async def test_parts_within_parts_without_end_are_refused() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(5000))
    with pytest.raises(ChildFailed, match=r"broken|large"):
        await parsed(nested)
