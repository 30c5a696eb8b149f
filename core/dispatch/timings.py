"""How often hooks and jobs of plugins are called, how long they take and how often they fail: counted in memory, and
added to the table of all processes every minute and at close.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from core.db import CONNECTION, dialect
from core.models import HookTiming

logger = logging.getLogger("cercle.timings")

WRITE_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=30)
BATCH = 500
_COLUMNS = ("plugin", "hook", "hour", "calls", "faults", "seconds", "slowest")
Key = tuple[str, str]
"""A plugin and a hook, or a job as `job wiki.rebuild_links`."""


class Tally:
    """What was counted since it was written last.

    Args:
        calls: how many.
        faults: how many of them failed.
        seconds: all of them together.
        slowest: the longest one, in seconds.
    """

    __slots__ = ("calls", "faults", "seconds", "slowest")

    def __init__(self) -> None:
        self.calls = 0
        self.faults = 0
        self.seconds = 0.0
        self.slowest = 0.0


class Timings:
    """The counters of one process."""

    def __init__(self) -> None:
        self._tallies: dict[Key, Tally] = {}
        self._written_calls: Counter[Key] = Counter()
        self._written_faults: Counter[Key] = Counter()

    def add(self, key: Key, seconds: float, failed: bool) -> None:
        """Count a call.

        Args:
            key: the plugin and the hook.
            seconds: that it took.
            failed: whether it was a fault.
        """
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies.setdefault(key, Tally())
        tally.calls += 1
        tally.seconds += seconds
        if seconds > tally.slowest:
            tally.slowest = seconds
        if failed:
            tally.faults += 1

    @property
    def calls(self) -> Counter[Key]:
        """How many calls there were since this process started."""
        return self._written_calls + Counter({key: tally.calls for key, tally in self._tallies.items()})

    @property
    def faults(self) -> Counter[Key]:
        """How many of them failed."""
        return self._written_faults + Counter({key: tally.faults for key, tally in self._tallies.items()})

    async def write(self) -> None:
        """Add what was counted to the table; where that fails it is counted on."""
        taken, self._tallies = self._tallies, {}
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        waiting = sorted(taken.items())  # one order in all processes, so that none waits for another in a circle
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            try:
                await _add(batch, hour)
            except BaseException:
                self._take_back(waiting[start:])
                raise
            self._written_calls.update({key: tally.calls for key, tally in batch})
            self._written_faults.update({key: tally.faults for key, tally in batch})

    @asynccontextmanager
    async def written(self) -> AsyncIterator[None]:
        """Write every minute until the block is left, and once more then."""
        writing = asyncio.get_running_loop().create_task(self._write_regularly())
        try:
            yield
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing
            await self._write_logged()

    async def _write_regularly(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY.total_seconds())
            await self._write_logged()

    async def _write_logged(self) -> None:
        try:
            await self.write()
        except Exception:
            logger.warning("The timings of hooks could not be written; the next try adds them", exc_info=True)

    def _take_back(self, lost: list[tuple[Key, Tally]]) -> None:
        for key, tally in lost:
            later = self._tallies.setdefault(key, Tally())
            later.calls += tally.calls
            later.faults += tally.faults
            later.seconds += tally.seconds
            later.slowest = max(later.slowest, tally.slowest)


async def forget_old_timings() -> None:
    """Drop what is older than thirty days."""
    await HookTiming.filter(hour__lt=datetime.now(UTC) - KEPT).delete()


async def _add(batch: list[tuple[Key, Tally]], hour: datetime) -> None:
    """One statement, whatever other processes add at the same time."""
    from tortoise.connection import get_connection

    words, values, places = dialect(), list[object](), list[str]()
    for (plugin, hook), tally in batch:
        row = (plugin[:40], hook[:80], hour, tally.calls, tally.faults, tally.seconds, tally.slowest)
        values += row
        numbers = range(len(values) - len(row) + 1, len(values) + 1)
        places.append(f"({', '.join(words.param(number) for number in numbers)})")
    table = HookTiming._meta.db_table
    sums = ", ".join(f'"{name}" = {table}."{name}" + excluded."{name}"' for name in ("calls", "faults", "seconds"))
    slowest = f'CASE WHEN excluded."slowest" > {table}."slowest" THEN excluded."slowest" ELSE {table}."slowest" END'
    sql = (
        f"INSERT INTO {table} ({', '.join(_COLUMNS)}) VALUES {', '.join(places)} "
        f'ON CONFLICT (plugin, hook, hour) DO UPDATE SET {sums}, "slowest" = {slowest}'
    )
    await get_connection(CONNECTION).execute_query(sql, values)
