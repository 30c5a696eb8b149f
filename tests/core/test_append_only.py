"""The audit log only grows, whoever asks the database to change it."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from cercle.testing import Village
from core import audit
from core.append_only import unguarded
from core.db import atomic, execute
from core.models import AuditEntry

FORGED: tuple[dict[str, Any], ...] = (
    {"actor_id": 1},
    {"actor_name": "Somebody Else"},
    {"club_id": None},
    {"action": "spaces.nothing"},
    {"subject": "another"},
    {"before": {"role": "guest"}},
    {"after": {}},
    {"subject": "another", "after": {}},
)


@pytest.fixture
async def entry(village: Village) -> AuditEntry:
    values: dict[str, Any] = {"subject": "guy", "before": {"role": "member"}, "after": {"role": "owner"}}
    async with atomic():
        await audit.record("spaces.role_changed", actor=None, club_id=village.club.id, **values)
    return await AuditEntry.get(action="spaces.role_changed")


@pytest.mark.parametrize("forged", FORGED, ids="-".join)
async def test_nothing_is_written_anew(entry: AuditEntry, forged: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="stay as they were written"):
        await AuditEntry.filter(id=entry.id).update(**forged)
    again = await AuditEntry.get(id=entry.id)
    assert (again.subject, again.before, again.after) == ("guy", {"role": "member"}, {"role": "owner"})


async def test_nothing_is_deleted(entry: AuditEntry) -> None:
    with pytest.raises(IntegrityError, match="stay as they were written"):
        await entry.delete()
    with pytest.raises(IntegrityError, match="stay as they were written"):
        await execute("DELETE FROM core_audit_entry")
    assert await AuditEntry.exists(id=entry.id)


async def test_a_person_who_is_erased_is_taken_out(entry: AuditEntry) -> None:
    assert await AuditEntry.filter(id=entry.id).update(subject="account 7", before={}, after={}, actor_name="") == 1
    with pytest.raises(IntegrityError):
        await AuditEntry.filter(id=entry.id).update(actor_name="Guy Again")


async def test_the_guard_is_back_after_a_backup_or_its_failure(entry: AuditEntry) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        await _restore_half_way()
    assert await AuditEntry.exists(id=entry.id)
    with pytest.raises(IntegrityError):
        await entry.delete()
    async with atomic(), unguarded():
        await execute("DELETE FROM core_audit_entry")
    async with atomic():
        await audit.record("spaces.role_changed", actor=None)
    with pytest.raises(IntegrityError):
        await AuditEntry.all().delete()


async def _restore_half_way() -> None:
    async with atomic(), unguarded():
        await execute("DELETE FROM core_audit_entry")
        raise RuntimeError("half-way")
