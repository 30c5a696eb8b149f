"""The mail queue in the console: found, tried again, taken out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core import mail
from core.mail import LEASE, TRIES, deliver_due
from core.models import AuditEntry, Mail
from core.outlets import open_outlet

QUEUE = "/admin/mail"


async def _queued(village: Village) -> dict[str, Mail]:
    for name in ("waiting", "failed", "sent"):
        await mail.send(f"{name}@example.org", f"About {name}", "text", key=f"test:{name}")
    await Mail.filter(key="test:failed").update(attempts=TRIES, error="SMTPRecipientsRefused: no such <b>box</b>")
    await Mail.filter(key="test:sent").update(sent_at=datetime.now(UTC))
    return {one.key.removeprefix("test:"): one for one in await Mail.filter(key__startswith="test:")}


@pytest.mark.parametrize("state", ["waiting", "failed", "sent"])
async def test_mails_are_found_by_state(village: Village, state: str) -> None:
    await _queued(village)

    page = (await village.client(village.operator).get(QUEUE, params={"state": state})).text

    assert [name for name in ("waiting", "failed", "sent") if f"About {name}" in page] == [state]


async def test_mails_are_found_by_address_and_wild_cards_are_letters(village: Village) -> None:
    await _queued(village)
    browser = village.client(village.operator)

    assert "About failed" in (await browser.get(QUEUE, params={"to": "FAILED@"})).text
    assert "About waiting" not in (await browser.get(QUEUE, params={"to": "FAILED@"})).text
    assert "Nothing found" in (await browser.get(QUEUE, params={"to": "%"})).text
    assert (await browser.get(f"{QUEUE}?to=%ED%A0%80&state={'x' * 500}")).status_code == 200
    assert (await browser.get(f"{QUEUE}?to=%00")).status_code == 404


async def test_what_a_server_said_is_text(village: Village) -> None:
    await _queued(village)

    page = (await village.client(village.operator).get(QUEUE)).text

    assert "no such &lt;b&gt;box" in page
    assert "<b>box" not in page


async def test_a_mail_that_was_given_up_leaves_when_it_is_tried_again(village: Village) -> None:
    row = (await _queued(village))["failed"]
    await Mail.filter(id=row.id).update(due_at=datetime.now(UTC) + timedelta(hours=12))

    answer = await village.client(village.operator).post(f"{QUEUE}/{row.id}/retry")

    assert answer.status_code == 303
    await deliver_due(open_outlet(village.app.settings))
    assert (await Mail.get(id=row.id)).sent_at is not None
    entry = await AuditEntry.get(action="spaces.mail_retried")
    assert (entry.actor_id, entry.subject, entry.before["attempts"]) == (village.operator.id, "About failed", TRIES)


async def test_all_that_were_given_up_are_tried_again_at_once(village: Village) -> None:
    rows = await _queued(village)

    await village.client(village.operator).post(QUEUE)

    assert (await Mail.get(id=rows["failed"].id)).attempts == 0
    assert (await AuditEntry.get(action="spaces.mails_retried")).after == {"mails": 1}


@pytest.mark.parametrize("act", ["retry", "delete"])
async def test_a_mail_on_its_way_is_left_alone(village: Village, act: str) -> None:
    row = (await _queued(village))["waiting"]
    due = datetime.now(UTC) + LEASE / 2
    await Mail.filter(id=row.id).update(attempts=1, due_at=due)

    await village.client(village.operator).post(f"{QUEUE}/{row.id}/{act}")

    left = await Mail.get(id=row.id)
    assert (left.attempts, left.due_at) == (1, due)
    assert not await AuditEntry.filter(action__startswith="spaces.mail").exists()


async def test_a_deleted_mail_never_leaves(village: Village) -> None:
    row = (await _queued(village))["waiting"]

    await village.client(village.operator).post(f"{QUEUE}/{row.id}/delete")

    assert not await Mail.filter(id=row.id).exists()
    assert (await AuditEntry.get(action="spaces.mail_deleted")).subject == "About waiting"


@pytest.mark.parametrize("act", ["retry", "delete"])
async def test_what_was_sent_or_is_gone_cannot_be_changed(village: Village, act: str) -> None:
    row, browser = (await _queued(village))["sent"], village.client(village.operator)

    assert (await browser.post(f"{QUEUE}/{row.id}/{act}")).status_code == 404
    assert (await browser.post(f"{QUEUE}/999999/{act}")).status_code == 404
    assert (await browser.post(f"{QUEUE}/{'9' * 40}/{act}")).status_code == 404
    assert await Mail.filter(id=row.id).exists()


async def test_a_long_queue_goes_on_page_by_page_with_its_filter(village: Village) -> None:
    for number in range(60):
        await mail.send("a@example.org", f"Letter {number:02}", "text", key=f"test:{number}")
    browser = village.client(village.operator)
    first = (await browser.get(QUEUE, params={"state": "waiting"})).text
    link = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

    second = (await browser.get(link)).text

    assert "state=waiting" in link
    assert ("Letter 59" in first, "Letter 59" in second, "Letter 00" in second) == (True, False, True)


async def test_the_queue_makes_the_same_queries_for_one_mail_and_for_many(village: Village) -> None:
    browser = village.client(village.operator)
    await mail.send("a@example.org", "One", "text", key="test:one")
    await browser.get(QUEUE)
    with village.queries() as few:
        await browser.get(QUEUE)
    for number in range(60):
        await mail.send("a@example.org", "More", "text", key=f"test:{number}")
    with village.queries() as many:
        await browser.get(QUEUE)

    assert many.count == few.count
