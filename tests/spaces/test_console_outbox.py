"""The outbox in the console: what waits, what plugins failed to take, trying it again and giving up."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from cercle.testing import Village
from core.models import AuditEntry, Delivery, OutboxEvent

PAGE = "/admin/outbox"
JOINED: dict[str, object] = {"user_id": 1, "role": "member"}


async def _late(village: Village, plugin: str = "wiki") -> Delivery:
    now = datetime.now(UTC)
    event = await OutboxEvent.create(
        id=uuid.uuid4(), name="spaces.member_joined", club_id=village.hidden.id, payload=JOINED, delivered_at=now
    )
    due = now + timedelta(hours=3)
    return await Delivery.create(event=event, plugin=plugin, attempts=2, due_at=due, error="ValueError: <b>no</b>")


async def test_an_empty_outbox_says_that_all_has_arrived(village: Village) -> None:
    await OutboxEvent.all().delete()

    assert "Everything has arrived" in (await village.client(village.operator).get(PAGE)).text


async def test_what_waits_is_told_with_its_reason(village: Village) -> None:
    await _late(village)
    await OutboxEvent.create(id=uuid.uuid4(), name="spaces.member_joined", club_id=None, payload={})

    page = (await village.client(village.operator).get(PAGE)).text

    assert "spaces.member_joined" in page
    assert "Cave" in page
    assert "tried 2 times" in page
    assert "ValueError: &lt;b&gt;no" in page
    assert "The oldest waits since" in page


async def test_a_delivery_is_made_again_at_once(village: Village) -> None:
    late = await _late(village)

    answer = await village.client(village.operator).post(f"{PAGE}/{late.id}/retry")

    assert answer.status_code == 303
    assert (await Delivery.get(id=late.id)).due_at <= datetime.now(UTC)
    await village.app.outbox.deliver_due()
    assert not await Delivery.filter(id=late.id).exists()
    assert (await AuditEntry.get(action="spaces.deliveries_retried")).after == {"deliveries": 1}


async def test_an_event_of_another_version_does_not_stop_the_others(village: Village) -> None:
    await OutboxEvent.create(id=uuid.uuid4(), name="spaces.member_joined", payload={"role": "member"})
    whole = await OutboxEvent.create(id=uuid.uuid4(), name="spaces.member_joined", payload=JOINED)

    await village.app.outbox.deliver_due()

    assert not await OutboxEvent.filter(delivered_at=None).exists()
    assert await OutboxEvent.filter(id=whole.id).exists()


async def test_all_deliveries_are_made_again(village: Village) -> None:
    for plugin in ("wiki", "blog", "files"):
        await _late(village, plugin)

    await village.client(village.operator).post(PAGE)

    assert await Delivery.filter(due_at__lte=datetime.now(UTC)).count() == 3
    assert (await AuditEntry.get(action="spaces.deliveries_retried")).after == {"deliveries": 3}


async def test_giving_up_is_logged_with_what_it_was(village: Village) -> None:
    late = await _late(village)

    await village.client(village.operator).post(f"{PAGE}/{late.id}/delete")

    assert not await Delivery.filter(id=late.id).exists()
    entry = await AuditEntry.get(action="spaces.delivery_dropped")
    assert (entry.subject, entry.club_id) == ("wiki", village.hidden.id)
    assert entry.before == {"event": "spaces.member_joined", "attempts": 2, "error": "ValueError: <b>no</b>"}


async def test_what_is_gone_is_not_found(village: Village) -> None:
    browser = village.client(village.operator)

    assert [(await browser.post(f"{PAGE}/77/{act}")).status_code for act in ("retry", "delete")] == [404, 404]
    assert (await browser.post(f"{PAGE}/{'9' * 30}/retry")).status_code == 404


async def test_nobody_but_operators_sees_the_outbox(village: Village) -> None:
    late = await _late(village)
    browser = village.client(village.owner)

    assert (await browser.get(PAGE)).status_code == 403
    assert (await browser.post(f"{PAGE}/{late.id}/delete")).status_code == 403
    assert await Delivery.filter(id=late.id).exists()


async def test_the_outbox_makes_the_same_queries_for_one_and_for_many(village: Village) -> None:
    browser = village.client(village.operator)
    await _late(village)
    await browser.get(PAGE)
    with village.queries() as few:
        await browser.get(PAGE)
    for _ in range(60):
        await _late(village)
    with village.queries() as many:
        page = (await browser.get(PAGE)).text

    assert many.count == few.count
    assert "before=" in page
