"""The log of what plugins did wrong, for operators. It stays small, however often something fails."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from core.dispatch.calls import HookFault, storable
from core.dispatch.timings import Timings
from core.jobs import JobListener
from core.models import Fault

MOST_A_MINUTE = 20
KEPT = timedelta(days=30)
KEPT_EACH = 500
_PLACE = re.compile(r'File "([^"\n]+)", line (\d+)')
LONGEST = 8000  # characters of a traceback, its end


class FaultLog:
    """Writes faults into the table, so many a minute of one kind; more say nothing new.

    Args:
        needed: how many must be written, because something is decided by their number.
    """

    def __init__(self, needed: int) -> None:
        self._most = max(MOST_A_MINUTE, needed)
        self._minute = 0.0
        self._written: Counter[tuple[str, str, int | None]] = Counter()

    async def write(self, fault: HookFault) -> None:
        """Write one down."""
        if monotonic() - self._minute >= 60:
            self._minute = monotonic()
            self._written.clear()
        kind = (fault.plugin, fault.hook, fault.club_id)
        if self._written[kind] >= self._most:
            return
        self._written[kind] += 1
        text = storable(fault.traceback)[-LONGEST:]
        await Fault.create(
            plugin=fault.plugin[:40], club_id=fault.club_id, hook=storable(fault.hook)[:80], traceback=text
        )


def gist(text: str, folder: Path | None) -> str:
    """What a traceback comes to: its last line, and the deepest line of the plugin.

    Args:
        text: the traceback.
        folder: of the plugin.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    reason = lines[-1].strip()[:300] if lines else "unknown"
    found = _PLACE.findall(text) if folder else []
    places = [(path, line) for path, line in found if path.startswith(f"{folder}{os.sep}")]
    return f"{reason} ({Path(places[-1][0]).name}, line {places[-1][1]})" if places else reason


def job_listener(timings: Timings, report: Callable[[HookFault], Awaitable[None]]) -> JobListener:
    """Counts the runs of jobs like calls of hooks, and writes down what failed.

    Args:
        timings: where they are counted, as `job` and the name.
        report: takes the fault.
    """

    async def ended(name: str, seconds: float, error: BaseException | None, text: str) -> None:
        plugin = name.partition(".")[0]
        timings.add((plugin, f"job {name}"), seconds, error is not None)
        if error is not None:
            await report(HookFault(plugin, f"job {name}", None, error, text))

    return ended


async def forget_old_faults() -> None:
    """Drop those older than thirty days, and of each plugin all but the latest five hundred."""
    await Fault.filter(at__lt=datetime.now(UTC) - KEPT).delete()
    for plugin in await Fault.all().distinct().values_list("plugin", flat=True):
        oldest = (
            await Fault.filter(plugin=plugin).order_by("-id").offset(KEPT_EACH).first().values_list("id", flat=True)
        )
        if oldest is not None:
            await Fault.filter(plugin=plugin, id__lte=oldest).delete()
