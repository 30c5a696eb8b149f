"""`cercle doctor` finds what is wrong, says what to do, and finds nothing where nothing is."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cercle.testing import Village, opened_village, village_settings
from core.db import atomic
from core.doctor import Finding, examine
from core.models import Blob, Delivery, Mail, OutboxEvent
from core.storage import hold, store

HOUR = timedelta(hours=1)


async def found(village: Village, subject: str) -> list[tuple[str, str]]:
    """Level and text of what the doctor says of a subject."""
    return [(one.level, one.text) for one in await examine(village.app) if one.subject == subject]


async def test_a_healthy_site_has_no_error(village: Village) -> None:
    findings = await examine(village.app)
    assert [one for one in findings if one.level == "error"] == []
    assert Finding("ok", "outbox", "nothing waits") in findings
    assert Finding("ok", "operators", "1") in findings
    assert Finding("ok", "storage", "0 of the newest files are as they were stored") in findings


async def test_a_file_that_is_missing_or_damaged_is_named(village: Village) -> None:
    blobs = [await stored(village, data) for data in (b"whole", b"lost", b"spoilt")]
    folder = village.app.settings.data_dir / "blobs"
    await village.app.storage.delete(blobs[1].hash)
    next(folder.rglob(blobs[2].hash)).write_bytes(b"spoiled")
    report = await found(village, "storage")
    assert {level for level, _ in report} == {"error"}
    assert {text.split()[2] for _, text in report} == {blobs[1].hash, blobs[2].hash}


async def test_an_event_that_waits_too_long_is_counted(village: Village) -> None:
    event = await OutboxEvent.create(id=uuid.uuid4(), name="core.nothing", payload={})
    await OutboxEvent.filter(id=event.id).update(created_at=datetime.now(UTC) - HOUR)
    await Delivery.create(event=event, plugin="wiki", due_at=datetime.now(UTC))
    assert await found(village, "outbox") == [
        ("warn", "1 events wait for more than ten minutes, 1 deliveries are retried")
    ]


async def test_mail_that_fails_is_told_with_its_reason(village: Village) -> None:
    values: dict[str, Any] = {
        "recipient": "ada@example.org",
        "subject": "Hello",
        "text": "Hello",
        "due_at": datetime.now(UTC),
    }
    await Mail.create(key="one", **values)
    await Mail.create(key="two", **values, attempts=2, error="connection refused")
    assert await found(village, "mail") == [
        ("warn", "1 messages could not be sent yet (connection refused); look at CERCLE_SMTP_URL")
    ]


async def test_a_site_without_operator_is_told(village: Village) -> None:
    village.operator.is_operator = False
    await village.operator.save()
    ((level, text),) = await found(village, "operators")
    assert (level, text.startswith("nobody runs this site")) == ("warn", True)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("version", "level"), [((3, 51, 2), "warn"), ((3, 51, 3), "ok")])
async def test_an_old_sqlite_is_told(
    village: Village, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], level: str
) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", version)
    ((told, _),) = await found(village, "database")
    assert told == level


@pytest.fixture
async def far(database_url: str, tmp_path: Path) -> AsyncIterator[Village]:
    """A village that others reach over the network."""
    settings = village_settings(tmp_path / "data", database_url, base_url="http://cercle.example.org")
    async with opened_village(settings) as opened:
        yield opened


@pytest.mark.sqlite_only
async def test_a_site_for_others_without_https_or_mail_is_told(far: Village) -> None:
    ((level, text),) = await found(far, "address")
    assert (level, "is not https" in text) == ("warn", True)
    ((level, text),) = await found(far, "mail")
    assert (level, text.endswith("Set CERCLE_SMTP_URL")) == ("warn", True)


async def stored(village: Village, data: bytes) -> Blob:
    """A stored file that something needs."""

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    blob = await store(village.app.storage, chunks(), limit=100)
    async with atomic():
        await hold(blob.hash)
    return blob
