"""Reads for the console's page of one plugin: where it is on, what it did wrong, how long it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.accounts.sessions import moment
from core.db import dialect, rows
from core.dispatch.faults import gist
from core.jobs import Job, usual_pause
from core.models import Fault, HookTiming, Lease
from spaces.models import ClubPlugin

LOOKED_AT = 200
SHOWN = 20


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """The same fault, as often as it happened lately.

    Args:
        hook: in which hook, page or job.
        reason: the last line of the traceback, and the line of the plugin that led to it.
        traceback: of the latest one.
        count: how many.
        at: when the latest was.
        club_ids: in which clubs.
    """

    hook: str
    reason: str
    traceback: str
    count: int
    at: datetime
    club_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Timing:
    """How a hook or a job did over a time. Seconds."""

    hook: str
    calls: int
    faults: int
    seconds: float
    slowest: float

    @property
    def mean(self) -> float:
        """Seconds of one call."""
        return self.seconds / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True)
class JobRun:
    """A job of a plugin.

    Args:
        job: the job.
        last: when it began the last time, as far as its lease tells; None when it never ran, or only when asked.
        next: when it runs again at the earliest.
        day: how it did within a day; None when it did not run.
    """

    job: Job
    last: datetime | None
    next: datetime | None
    day: Timing | None


async def count_states(plugin: str) -> Mapping[str, int]:
    """In how many clubs the plugin is `on`, `read_only`, `paused` or `off`; deleted clubs do not count."""
    sql = (
        "SELECT p.effective AS state, COUNT(*) AS clubs FROM spaces_club_plugin p JOIN spaces_club c ON c.id = p.club_id "
        f"WHERE p.plugin = {dialect().param(1)} AND c.deleted_at IS NULL GROUP BY p.effective"
    )
    return {str(row["state"]): int(row["clubs"]) for row in await rows(sql, [plugin])}


async def list_pauses(plugin: str, limit: int = 100) -> list[ClubPlugin]:
    """Where the plugin was paused after faults, the latest first."""
    paused = ClubPlugin.filter(plugin=plugin, paused_at__isnull=False, club__deleted_at=None)
    return await paused.order_by("-paused_at").limit(limit).select_related("club")


async def list_fault_groups(plugin: str, folder: Path | None) -> list[FaultGroup]:
    """What went wrong lately, the same things together, the latest first.

    Args:
        plugin: its name.
        folder: where its code is.
    """
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in await Fault.filter(plugin=plugin).order_by("-id").limit(LOOKED_AT):
        groups.setdefault((fault.hook, gist(fault.traceback, folder)), []).append(fault)
    return [_group(hook, reason, found) for (hook, reason), found in list(groups.items())[:SHOWN]]


async def read_timings(plugin: str, within: timedelta) -> list[Timing]:
    """How its hooks and jobs did within a time, the most costly first; up to a minute old."""
    words, since = dialect(), datetime.now(UTC) - within
    sql = (
        "SELECT hook, SUM(calls) AS calls, SUM(faults) AS faults, SUM(seconds) AS seconds, MAX(slowest) AS slowest "
        f"FROM {HookTiming._meta.db_table} WHERE plugin = {words.param(1)} AND hour > {words.param(2)} "
        "GROUP BY hook ORDER BY SUM(seconds) DESC, hook LIMIT 200"
    )
    found = await rows(sql, [plugin, since])
    return [
        Timing(str(row["hook"]), int(row["calls"]), int(row["faults"]), float(row["seconds"]), float(row["slowest"]))
        for row in found
    ]


async def list_job_runs(jobs: Sequence[Job], timings: Sequence[Timing]) -> list[JobRun]:
    """The jobs of a plugin with their last runs.

    Args:
        jobs: of the plugin.
        timings: of a day.
    """
    leases = {lease.name: lease for lease in await Lease.filter(name__in=[f"job:{job.name}" for job in jobs])}
    days = {timing.hook: timing for timing in timings}
    return [_run(job, leases.get(f"job:{job.name}"), days.get(f"job {job.name}")) for job in jobs]


def _group(hook: str, reason: str, found: Sequence[Fault]) -> FaultGroup:
    clubs = tuple(dict.fromkeys(int(fault.club_id) for fault in found if fault.club_id is not None))
    return FaultGroup(hook, reason, found[0].traceback, len(found), found[0].at, clubs)


def _run(job: Job, lease: Lease | None, day: Timing | None) -> JobRun:
    if lease is None or job.every is None:
        return JobRun(job, None, None, day)
    until = moment(lease.until)
    return JobRun(job, until - usual_pause(job.every) if until else None, until, day)
