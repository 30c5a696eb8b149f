"""Reads of what the machine does by itself: jobs, mails, events on their way to plugins. Only behind `site.operate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from core.accounts.sessions import moment
from core.db import dialect, rows
from core.jobs import AFTER_A_FAULT, Job, usual_pause
from core.mail import TRIES
from core.models import Delivery, Fault, Lease, Mail

LATELY = timedelta(hours=24)
MAIL_STATES = ("waiting", "failed", "sent")


@dataclass(frozen=True, slots=True)
class JobLine:
    """A scheduled job, over all processes.

    Args:
        name: `<part>.<verb>_<things>`.
        title: what it does (source language); "" where its part does not say.
        every: its period.
        begun_at: when it began last, as its lease tells; None before its first run.
        next_at: when it may begin next; None when it is due.
        is_running: whether a process does it now.
        runs, faults: of the last 24 hours.
        seconds: how long a run takes on average.
        slowest: seconds of the longest run.
        error: the last line of what went wrong last time, "" when it went well.
    """

    name: str
    title: str
    every: timedelta
    begun_at: datetime | None
    next_at: datetime | None
    is_running: bool
    runs: int
    faults: int
    seconds: float
    slowest: float
    error: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Events that no plugin has been told of yet: how many, and since when the oldest waits."""

    events: int
    oldest: datetime | None
    deliveries: int


async def list_jobs(registered: Sequence[Job]) -> list[JobLine]:
    """The scheduled ones among these jobs, by name, in three queries."""
    names = [job.name for job in registered if job.every is not None]
    leases = {lease.name.removeprefix("job:"): lease for lease in await Lease.filter(name__startswith="job:")}
    timings = {row["hook"].removeprefix("job "): row for row in await _timings()}
    errors = await _latest_errors(names)
    made = [
        _line(job, job.every, leases.get(job.name), timings.get(job.name, {}), errors.get(job.name))
        for job in registered
        if job.every is not None
    ]
    return sorted(made, key=lambda line: line.name)


async def list_mails(*, state: str = "", to: str = "", before: int | None = None, limit: int = 50) -> list[Mail]:
    """The mail queue without its texts, newest first; one more than the limit when there are more.

    Args:
        state: one of `MAIL_STATES`, "" for all.
        to: part of an address.
        before: the id that the page before ended with.
        limit: how many.
    """
    wanted = Q() if before is None else Q(id__lt=before)
    if state:
        unsent = Q(sent_at=None)
        wanted &= {
            "waiting": Q(unsent, attempts__lt=TRIES),
            "failed": Q(unsent, attempts__gte=TRIES),
            "sent": ~unsent,
        }[state]
    if to:
        wanted &= Q(recipient__icontains=to)
    fields = ("id", "recipient", "subject", "created_at", "due_at", "sent_at", "attempts", "error")
    return await Mail.filter(wanted).order_by("-id").limit(limit + 1).only(*fields)


async def count_waiting() -> Waiting:
    """What is still to be told, in one query."""
    found = await rows(
        "SELECT COUNT(*) AS events, MIN(created_at) AS oldest, (SELECT COUNT(*) FROM core_delivery) AS deliveries "
        "FROM core_outbox_event WHERE delivered_at IS NULL"
    )
    return Waiting(int(found[0]["events"]), moment(found[0]["oldest"]), int(found[0]["deliveries"]))


async def list_deliveries(*, before: int | None = None, limit: int = 50) -> list[Delivery]:
    """What plugins failed to take, with its event, newest first; one more than the limit when there are more."""
    query = Delivery.all() if before is None else Delivery.filter(id__lt=before)
    return await query.order_by("-id").limit(limit + 1).select_related("event")


async def _timings() -> list[dict[str, Any]]:
    words = dialect()
    return await rows(
        "SELECT hook, SUM(calls) AS calls, SUM(faults) AS faults, SUM(seconds) AS seconds, MAX(slowest) AS slowest "
        f"FROM core_hook_timing WHERE hook LIKE 'job %' AND hour > {words.param(1)} GROUP BY hook",
        [datetime.now(UTC) - LATELY],
    )


async def _latest_errors(names: Sequence[str]) -> dict[str, Fault]:
    """The newest fault of each job, by its name."""
    parts = sorted({name.partition(".")[0] for name in names})
    found = await rows(
        "SELECT MAX(id) AS id FROM core_fault WHERE hook LIKE 'job %' "
        f"AND plugin IN ({', '.join(dialect().param(number) for number in range(1, len(parts) + 1)) or 'NULL'}) GROUP BY hook",
        parts,
    )
    faults = await Fault.filter(id__in=[row["id"] for row in found]) if found else []
    return {fault.hook.removeprefix("job "): fault for fault in faults}


def _line(job: Job, every: timedelta, lease: Lease | None, timing: dict[str, Any], fault: Fault | None) -> JobLine:
    now, begun, error = datetime.now(UTC), None, ""
    if lease is not None:
        begun = lease.until - usual_pause(every)
        after = lease.until - min(every, AFTER_A_FAULT)
        if fault is not None and fault.at >= min(begun, after):
            begun, error = after, _last_line(fault.traceback)
    running = begun is not None and begun > now
    calls = int(timing.get("calls") or 0)
    return JobLine(
        job.name,
        job.title,
        every,
        None if running else begun,
        lease.until if lease is not None and lease.until > now and not running else None,
        running,
        calls,
        int(timing.get("faults") or 0),
        float(timing.get("seconds") or 0) / max(calls, 1),
        float(timing.get("slowest") or 0),
        error,
    )


def _last_line(traceback: str) -> str:
    lines = [line.strip() for line in traceback.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
