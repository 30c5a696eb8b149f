"""Doing the erasures that are due: rows go in batches, so that a run that is killed half-way is simply followed by the next."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import UTC, datetime

from core import current
from core.db import atomic
from core.errors import CercleError
from core.storage import release
from spaces.models import Club, Erasure
from spaces.queries.erasing import EXPORT_KEPT, UNDECIDED, WHOLE, Kept, count_kept, is_off
from spaces.services.erasing import open_erasure, record, running_plugin, withdraw
from spaces.services.erasure_mail import tell_owners
from spaces.services.exports import is_wanted
from spaces.services.removal import remove_kept
from spaces.space import hold_switches
from spaces.switches import refresh

logger = logging.getLogger("cercle.erasing")

PASSES = 5  # how often it is looked whether something came in meanwhile


async def erase_now(club: Club, plugin: str) -> Erasure:
    """Erase at once what a plugin keeps in a club where it is off, for a command on the machine; answers with the report.

    Raises:
        NotFound: when no such plugin runs here.
        Conflict: when it is not off.
    """
    running_plugin(plugin)
    async with atomic():
        await hold_switches(club.id)
        erasure = await open_erasure(club, plugin, actor=None)
        await Erasure.filter(id=erasure.id).update(due_at=datetime.now(UTC))
    await _erase(erasure)
    return await Erasure.get(id=erasure.id)


async def erase_due() -> None:
    """Do every erasure that is due, and go on with those that were interrupted. One that fails keeps no other back."""
    due = Erasure.filter(done_at=None, withdrawn_at=None, due_at__lte=datetime.now(UTC))
    for erasure in await due.exclude(plugin=WHOLE).order_by("due_at", "id"):
        if current.app().parts.get(erasure.plugin) is None:
            continue
        try:
            await _erase(erasure)
        except Exception as error:
            logger.exception("Erasing %s in club %s failed", erasure.plugin, erasure.club_id)
            await note_failure(erasure.id, error)


async def forget_exports() -> None:
    """Let the exports go that nobody needs any more: of erasures that are withdrawn, done for a while, or never asked for."""
    before = datetime.now(UTC) - EXPORT_KEPT
    unasked = Erasure.filter(due_at=UNDECIDED, withdrawn_at=None, done_at=None, asked_at__lt=before)
    await unasked.update(withdrawn_at=datetime.now(UTC))
    held = Erasure.filter(export_hash__isnull=False)
    for erasure in [*await held.filter(done_at__lt=before), *await held.filter(withdrawn_at__isnull=False)]:
        async with atomic():
            if await Erasure.filter(id=erasure.id, export_hash=erasure.export_hash).update(export_hash=None):
                await release(str(erasure.export_hash))


class Done(Exception):
    """Another process was faster."""


async def _erase(erasure: Erasure) -> None:
    club = await _begin(erasure)
    if club is None:
        return

    async def note(table: str, rows: int, size: int, files: int) -> None:
        await count_in(erasure.id, table, rows, size, files)

    for _ in range(PASSES):
        with suppress(Done):
            await remove_kept(club.id, erasure.plugin, note)
        if not (await count_kept(club, erasure.plugin)).rows:
            await _finish(erasure, club)
            return
    raise CercleError(f"{erasure.plugin} still writes in the club {club.slug}")


async def _begin(erasure: Erasure) -> Club | None:
    """From here on nobody takes it back; answers the club, None when it is not to be done now."""
    club = await Club.get_or_none(id=erasure.club_id or 0)
    if club is None:
        await Erasure.filter(id=erasure.id, done_at=None).update(done_at=datetime.now(UTC))
        return None
    async with atomic():
        await hold_switches(club.id)
        fresh = await Erasure.get(id=erasure.id)
        if fresh.done_at or fresh.withdrawn_at or is_wanted(fresh):
            return None
        if fresh.begun_at is None:
            if not await is_off(club.id, fresh.plugin):
                await withdraw(fresh, None)
                return None
            await Erasure.filter(id=fresh.id).update(begun_at=datetime.now(UTC))
    return club


async def count_in(id: int, table: str, rows: int, size: int, files: int) -> None:
    """Count into the report, in the transaction that removes the rows; two that do so wait for each other.

    Raises:
        Done: when the erasure is done already.
    """
    if not await Erasure.filter(id=id, done_at=None).update(done_at=None):
        raise Done
    report = (await Erasure.get(id=id).only("id", "report")).report
    kept = Kept.of(report)
    kept.tables[table] = kept.tables.get(table, 0) + rows
    kept.size, kept.files = kept.size + size, kept.files + files
    await Erasure.filter(id=id).update(report={**report, **kept.as_report})


async def _finish(erasure: Erasure, club: Club) -> None:
    async with atomic():
        await hold_switches(club.id)
        if not await Erasure.filter(id=erasure.id, done_at=None).update(done_at=datetime.now(UTC)):
            return
        await refresh(club)
        done = await Erasure.get(id=erasure.id)
        kept = Kept.of(done.report)
        await Erasure.filter(id=done.id).update(report=kept.as_report)
        await record("done", done, club.id, None, after=kept.as_report)
        await tell_owners(done, club, kept)


async def note_failure(id: int, error: Exception) -> None:
    """Note for the console why the last try failed; there will be another."""
    async with atomic():
        report = (await Erasure.get(id=id).only("id", "report")).report
        await Erasure.filter(id=id).update(report={**report, "failed": f"{type(error).__name__}: {error}"[:300]})
