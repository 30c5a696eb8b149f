"""Mail: the queue on both databases, the messages, real SMTP servers, a process killed while it sends."""

import asyncio
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tortoise import Tortoise

from core import current, mail, outlets
from core.addresses import parse_address
from core.db import AppTables, atomic, opened
from core.errors import Invalid, SettingsError
from core.i18n import Catalogues
from core.jobs import Job, Jobs
from core.mail import TRIES, deliver_due
from core.models import Mail
from core.outlets import FileOutlet, Outlet, SmtpOutlet, compose, open_outlet
from core.settings import Settings
from tests.services.processes import free_port
from tests.services.smtp import Smtp

TABLES = [AppTables("core", "core.models", None)]
SENDER = "Cercle Été <cercle@cercle.example>"
MINUTE = timedelta(minutes=1)


class Site:
    """The little of an application that mail needs."""

    def __init__(self) -> None:
        self.catalogues = Catalogues([])
        self.jobs = Jobs()


@pytest.fixture(autouse=True)
async def site() -> Site:
    site = Site()
    current.bind(cast(Any, site))
    return site


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    sqlite = request.param == "sqlite"
    url = f"sqlite://{tmp_path}/mail.db" if sqlite else request.getfixturevalue("postgres_url")
    async with opened(url, TABLES):
        await Tortoise.generate_schemas()
        yield url


@pytest.fixture
def outlet(smtp: Smtp) -> SmtpOutlet:
    return SmtpOutlet(smtp.url, SENDER)


async def queue(
    key: str = "k",
    recipient: str = "ana@cercle.example",
    subject: str = "Hello",
    headers: dict[str, str] | None = None,
    due_at: datetime | None = None,
) -> None:
    await mail.send(recipient, subject, "Text", key=key, headers=headers, due_at=due_at)


async def time_passes(by: timedelta) -> None:
    for row in await Mail.all():
        await Mail.filter(id=row.id).update(due_at=row.due_at - by)


# ------------------------------------------------------------------------------------------------- the queue


async def test_a_message_is_stored_and_sent_once(database: str, outlet: Outlet, smtp: Smtp) -> None:
    await queue()
    assert [await deliver_due(outlet), await deliver_due(outlet)] == [1, 0]
    assert [message["To"] for message in smtp.messages] == ["ana@cercle.example"]
    row = await Mail.get()
    assert (row.sent_at is not None, row.attempts, row.error) == (True, 1, "")


async def test_a_repeated_key_is_the_same_message(database: str) -> None:
    async with atomic():
        await queue(subject="First")
        await queue(subject="Second")
        await queue(key="other", subject="Other")
    assert [row.subject for row in await Mail.all().order_by("id")] == ["First", "Other"]


async def test_a_message_of_a_transaction_that_is_rolled_back_is_forgotten(database: str) -> None:
    async def change_mind() -> None:
        async with atomic():
            await queue()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_mind()
    assert await Mail.all().count() == 0


async def test_after_the_commit_a_job_delivers_it(database: str, outlet: Outlet, smtp: Smtp, site: Site) -> None:
    async def deliver() -> None:
        await deliver_due(outlet)

    site.jobs.register(Job("core.deliver_mail", deliver))
    await site.jobs.start(as_worker=True)
    async with atomic():
        await queue()
        assert await Mail.filter(sent_at=None).count() == 1
    await site.jobs.close()
    assert len(smtp.messages) == 1


async def test_a_message_leaves_when_it_is_due(database: str, outlet: Outlet) -> None:
    await queue(due_at=datetime.now(UTC) + MINUTE)
    assert await deliver_due(outlet) == 0
    await time_passes(MINUTE)
    assert await deliver_due(outlet) == 1


async def test_several_processes_send_each_message_once(database: str, outlet: Outlet, smtp: Smtp) -> None:
    for n in range(20):
        await queue(key=str(n), recipient=f"m{n}@cercle.example")
    sent = await asyncio.gather(*(deliver_due(outlet) for _ in range(4)))
    assert sum(sent) == 20
    assert sorted(message["To"] for message in smtp.messages) == sorted(f"m{n}@cercle.example" for n in range(20))


async def test_a_run_sends_no_more_than_its_limit(database: str, outlet: Outlet) -> None:
    for n in range(3):
        await queue(key=str(n))
    assert [await deliver_due(outlet, limit=2), await deliver_due(outlet, limit=2)] == [2, 1]


async def test_with_a_dead_server_a_message_waits_with_the_reason(database: str) -> None:
    await queue()
    await queue(key="another")
    assert await deliver_due(SmtpOutlet(f"smtp://127.0.0.1:{free_port()}", SENDER)) == 0
    first, second = await Mail.all().order_by("id")
    assert (first.attempts, second.attempts) == (1, 0)
    assert "Error connecting" in first.error
    wait = first.due_at - datetime.now(UTC)
    assert timedelta(seconds=50) < wait <= MINUTE


async def test_the_pauses_grow_and_after_twelve_tries_it_gives_up(database: str, tmp_path: Path) -> None:
    dead = SmtpOutlet(f"smtp://127.0.0.1:{free_port()}", SENDER)
    await queue()
    minutes = []
    for _ in range(TRIES):
        await deliver_due(dead)
        minutes.append(round(((await Mail.get()).due_at - datetime.now(UTC)) / MINUTE))
        await time_passes(timedelta(days=1))
    assert minutes[:4] == [1, 5, 15, 60]
    assert len(minutes) == 12
    assert await deliver_due(FileOutlet(tmp_path, SENDER)) == 0


async def test_a_message_that_cannot_be_composed_does_not_stop_the_others(
    database: str, outlet: Outlet, smtp: Smtp
) -> None:
    await queue(key="broken")
    await Mail.all().update(subject="two\nlines")
    await queue(key="fine")
    assert await deliver_due(outlet) == 1
    broken = await Mail.get(key="broken")
    assert (broken.sent_at, broken.attempts, "ValueError" in broken.error) == (None, 1, True)


async def test_what_old_messages_said_is_forgotten_and_later_that_they_were(database: str) -> None:
    now = datetime.now(UTC)
    ages = {"new": 0, "old": 2, "ancient": 31, "waiting": 31, "failed": 31}
    for key, days in ages.items():
        await queue(key=key)
        await Mail.filter(key=key).update(created_at=now - timedelta(days=days), sent_at=now - timedelta(days=days))
    await Mail.filter(key__in=("waiting", "failed")).update(sent_at=None)
    await Mail.filter(key="failed").update(attempts=TRIES)
    await mail.forget_old()
    left = dict(await Mail.all().values_list("key", "text"))
    assert left == {"new": "Text", "old": "", "waiting": "Text"}


SENDING = """
import asyncio, sys
from core.db import AppTables, opened
from core.mail import deliver_due
from core.outlets import SmtpOutlet

async def main():
    async with opened(sys.argv[1], [AppTables("core", "core.models", None)]):
        await deliver_due(SmtpOutlet(sys.argv[2], "cercle@cercle.example"))

asyncio.run(main())
"""


async def test_a_message_of_a_killed_process_is_sent_later_exactly_once(
    database: str, outlet: Outlet, smtp: Smtp
) -> None:
    await queue()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", SENDING, database, url)
        silent.setblocking(False)
        connection, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(silent), 30)
        process.kill()
        await process.wait()
        connection.close()
    assert await deliver_due(outlet) == 0
    assert (await Mail.get()).attempts == 1
    await time_passes(mail.LEASE)
    assert [await deliver_due(outlet), await deliver_due(outlet)] == [1, 0]
    assert len(smtp.messages) == 1


# ---------------------------------------------------------------------------------------------- the messages


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[None]:
    async with opened(f"sqlite://{tmp_path}/mail.db", TABLES):
        await Tortoise.generate_schemas()
        yield


async def test_a_message_has_both_texts_and_all_its_headers(sqlite: None) -> None:
    await mail.send(
        '"Martin, Élodie" <elodie@cercle.example>',
        "Réunion à l’été",
        "Voilà",
        "<p>Voilà</p>",
        key="k",
        headers={"List-Unsubscribe": "<https://cercle.example/u>"},
    )
    sent = compose(await Mail.get(), SENDER).as_bytes()
    message = message_from_bytes(sent, policy=policy.default)
    assert [part.get_content().strip() for part in message.iter_parts()] == ["Voilà", "<p>Voilà</p>"]
    assert message.get_content_type() == "multipart/alternative"
    assert message["From"] == SENDER
    assert message["To"].addresses[0].display_name == "Martin, Élodie"
    assert message["To"].addresses[0].addr_spec == "elodie@cercle.example"
    assert message["Subject"] == "Réunion à l’été"
    assert message["List-Unsubscribe"] == "<https://cercle.example/u>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == (await Mail.get()).created_at.replace(microsecond=0)


async def test_the_message_id_stays_the_same_and_says_nothing(sqlite: None) -> None:
    await queue(key="invite:17")
    row = await Mail.get()
    first, second = compose(row, SENDER)["Message-ID"], compose(row, SENDER)["Message-ID"]
    assert first == second
    assert first.endswith("@cercle.example>")
    assert "invite" not in first


async def test_a_long_subject_is_cut(sqlite: None) -> None:
    await queue(subject="x" * 201)
    assert (await Mail.get()).subject == "x" * 199 + "…"


@pytest.mark.parametrize("evil", ["Hi\r\nBcc: all@evil.example", "Hi\nX: y", "Hi\rX", "Hi\u2028X", "Hi\x85X", "Hi\x00"])
async def test_nothing_can_add_a_header(sqlite: None, evil: str) -> None:
    with pytest.raises(Invalid):
        await queue(subject=evil)
    with pytest.raises(Invalid):
        await queue(recipient=f"{evil} <ana@cercle.example>")
    with pytest.raises(Invalid):
        await queue(headers={"X-Club": evil})
    with pytest.raises(ValueError, match="header"):
        await queue(headers={evil: "x"})
    assert await Mail.all().count() == 0


@pytest.mark.parametrize("name", ["Bcc", "FROM", "content-type", "Message-ID", "To:", ""])
async def test_a_header_of_the_queue_itself_cannot_be_set(sqlite: None, name: str) -> None:
    with pytest.raises(ValueError, match="header"):
        await queue(headers={name: "x"})


@pytest.mark.parametrize("key", ["", "k" * 121])
async def test_a_key_without_a_fitting_length_is_refused(sqlite: None, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        await queue(key=key)


@pytest.mark.parametrize(
    "text, address",
    [
        ("ana@cercle.example", "ana@cercle.example"),
        (" ana@cercle.example ", "ana@cercle.example"),
        ("ana+wiki@cercle.example", "ana+wiki@cercle.example"),
        ("o'neill@cercle.example", "o'neill@cercle.example"),
        ("ana@localhost", "ana@localhost"),
        ("ana@élan.example", "ana@xn--lan-9la.example"),
        ("Ana Été <ana@cercle.example>", "ana@cercle.example"),
        ("<ana@cercle.example>", "ana@cercle.example"),
    ],
)
async def test_an_address_is_recognised(text: str, address: str) -> None:
    assert parse_address(text).addr_spec == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "@cercle.example",
        "ana@",
        "ana@@cercle.example",
        "ana@cercle..example",
        "ana@-cercle.example",
        ".ana@cercle.example",
        "a..na@cercle.example",
        "ana @cercle.example",
        "ana@cercle.example, bob@cercle.example",
        "ana@cercle.example bob@cercle.example",
        "<ana@cercle.example> <bob@cercle.example>",
        "été@cercle.example",
        "a" * 65 + "@cercle.example",
        "ana@" + ".".join(["a" * 60] * 5),
    ],
)
async def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_address(text)


# ----------------------------------------------------------------------------------------------- the outlets


async def test_without_a_server_messages_become_files(sqlite: None, tmp_path: Path) -> None:
    outlet = open_outlet(Settings(data_dir=tmp_path, mail_from=SENDER))
    await queue(subject="Voilà")
    assert await deliver_due(outlet) == 1
    (path,) = (tmp_path / "mail").iterdir()
    assert path.suffix == ".eml"
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["Subject"] == "Voilà"
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_message_written_twice_is_one_file(sqlite: None, tmp_path: Path) -> None:
    await queue()
    await deliver_due(FileOutlet(tmp_path / "mail", SENDER))
    await Mail.all().update(sent_at=None, due_at=datetime.now(UTC))
    await deliver_due(FileOutlet(tmp_path / "mail", SENDER))
    assert len(list((tmp_path / "mail").iterdir())) == 1


async def test_a_server_in_the_settings_is_used(tmp_path: Path) -> None:
    assert type(open_outlet(Settings(data_dir=tmp_path, smtp_url="smtp://127.0.0.1:2525"))) is SmtpOutlet


@pytest.mark.parametrize(
    "wrong, variable",
    [
        ({"mail_from": "nobody"}, "CERCLE_MAIL_FROM"),
        ({"mail_from": "a@b.example\nBcc: c@d.example"}, "CERCLE_MAIL_FROM"),
        ({"smtp_url": "smtp://"}, "CERCLE_SMTP_URL"),
        ({"smtp_url": "smtp://host:port"}, "CERCLE_SMTP_URL"),
    ],
)
async def test_wrong_settings_are_named(tmp_path: Path, wrong: dict[str, str], variable: str) -> None:
    settings = Settings(data_dir=tmp_path).model_copy(update=wrong)
    with pytest.raises(SettingsError, match=variable):
        open_outlet(settings)


CERTIFICATE = """
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeWOsyBo57enNUlDF
STxg6fpaBrrhYgbBuY0xlRuXubahRANCAARGhgXURZv/6GH/VVqBL0q4LM3ZxqaT
h4dIUNG9zPpUaA5LTArCzDWX99up7xGYyvOfjEkcQw/4oLJsehCpd4mq
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUfBjmbn51L2i+ryrg1/gIkpDA11EwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjIyMjEzN1oYDzIxMjYxMDI5
MjIyMTM3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARGhgXURZv/6GH/VVqBL0q4LM3ZxqaTh4dIUNG9zPpUaA5LTArCzDWX
99up7xGYyvOfjEkcQw/4oLJsehCpd4mqo28wbTAdBgNVHQ4EFgQU5DnZO1DKUqRV
7tgcjGfg+0JD7AgwHwYDVR0jBBgwFoAU5DnZO1DKUqRV7tgcjGfg+0JD7AgwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAPDiNXbFz6lKtRKf6k9h83mKmjf/2ZAlYlz9arbCR/oBAiEA
qzoLEG82ATx7ZUKBFZ8bdQEpYYp5WX7DwiZfpJkWWMs=
-----END CERTIFICATE-----
"""


class Gatekeeper:
    """An SMTP server's rules: who may sign in, which recipients exist; notes how the messages came."""

    def __init__(self) -> None:
        self.came: list[tuple[bool, bool]] = []
        self.connections = 0

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 No such mailbox"
        if address.startswith("later"):
            return "451 Greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        encrypted = bool(server.transport and server.transport.get_extra_info("sslcontext"))
        self.came.append((encrypted, bool(session.authenticated)))
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"us er", b"p@ss:/"), handled=False)


@contextmanager
def gated(folder: Path, *, starttls: bool = False, tls: bool = False) -> Iterator[tuple[int, Gatekeeper]]:
    pem = folder / "localhost.pem"
    pem.write_text(CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    rules, port = Gatekeeper(), free_port()
    controller = Controller(
        rules,
        hostname="127.0.0.1",
        port=port,
        ssl_context=context if tls else None,
        tls_context=context if starttls else None,
        authenticator=rules.authenticate,
        auth_require_tls=not tls,
    )
    controller.start()
    try:
        yield port, rules
    finally:
        controller.stop()


async def test_the_connection_is_encrypted_when_the_server_offers_it(sqlite: None, tmp_path: Path) -> None:
    with gated(tmp_path, starttls=True) as (port, rules):
        await queue()
        await deliver_due(SmtpOutlet(f"smtp://us%20er:p%40ss%3A%2F@127.0.0.1:{port}", SENDER))
    assert rules.came == [(True, True)]


async def test_the_connection_is_encrypted_from_the_start_with_smtps(sqlite: None, tmp_path: Path) -> None:
    with gated(tmp_path, tls=True) as (port, rules):
        await queue()
        await deliver_due(SmtpOutlet(f"smtps://us%20er:p%40ss%3A%2F@127.0.0.1:{port}", SENDER))
    assert rules.came == [(True, True)]


async def test_a_wrong_password_is_kept_as_the_reason(sqlite: None, tmp_path: Path) -> None:
    with gated(tmp_path, starttls=True) as (port, rules):
        await queue()
        await deliver_due(SmtpOutlet(f"smtp://user:secret@127.0.0.1:{port}", SENDER))
    error = (await Mail.get()).error
    assert "535" in error
    assert "secret" not in error
    assert rules.came == []


async def test_several_messages_share_a_connection(sqlite: None, tmp_path: Path) -> None:
    with gated(tmp_path) as (port, rules):
        for n in range(3):
            await queue(key=str(n))
        await deliver_due(SmtpOutlet(f"smtp://127.0.0.1:{port}", SENDER))
    assert (len(rules.came), rules.connections) == (3, 1)


async def test_a_recipient_refused_for_good_is_not_tried_again(sqlite: None, tmp_path: Path) -> None:
    with gated(tmp_path) as (port, rules):
        for recipient in ("nobody@cercle.example", "later@cercle.example", "ana@cercle.example"):
            await queue(key=recipient, recipient=recipient)
        assert await deliver_due(SmtpOutlet(f"smtp://127.0.0.1:{port}", SENDER)) == 1
    assert [row.attempts for row in await Mail.all().order_by("id")] == [TRIES, 1, 1]
    assert len(rules.came) == 1


@pytest.mark.parametrize(
    "url, start_tls, validate_certs",
    [
        ("smtp://user:pass@mail.example:587", True, True),
        ("smtp://mail.example", None, True),
        ("smtps://user:pass@mail.example", None, True),
        ("smtp://user:pass@localhost:1025", None, False),
        ("smtp://user:pass@[::1]:1025", None, False),
    ],
)
async def test_a_password_leaves_this_machine_encrypted_only(
    url: str, start_tls: bool | None, validate_certs: bool
) -> None:
    options = outlets._smtp_options(url)
    assert (options["start_tls"], options["validate_certs"]) == (start_tls, validate_certs)
