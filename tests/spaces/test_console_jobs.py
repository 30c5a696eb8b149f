"""Scheduled jobs in the console: when they ran, how it went, and running one now."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.jobs import usual_pause
from core.models import AuditEntry, Fault, HookTiming, Lease
from spaces.models import Club
from spaces.queries.machinery import JobLine, list_jobs

PAGE = "/admin/jobs"
NOTE = "spaces.note_activity"
EVERY = timedelta(minutes=5)


async def _line(village: Village, name: str = NOTE) -> JobLine:
    return next(line for line in await list_jobs(village.app.jobs.registered) if line.name == name)


async def test_a_job_that_never_ran_says_so(village: Village) -> None:
    await Lease.all().delete()

    line = await _line(village)

    assert (line.begun_at, line.next_at, line.is_running, line.runs, line.error) == (None, None, False, 0, "")
    assert "Has not run yet" in (await village.client(village.operator).get(PAGE)).text


async def test_the_last_run_follows_from_the_lease(village: Village) -> None:
    began = datetime.now(UTC) - timedelta(minutes=2)
    await Lease.create(name=f"job:{NOTE}", holder="x", until=began + usual_pause(EVERY))

    line = await _line(village)

    assert line.begun_at == began
    assert line.next_at == began + usual_pause(EVERY)
    assert not line.is_running


async def test_a_sweep_leaves_what_the_page_tells(village: Village) -> None:
    before = datetime.now(UTC)

    await village.app.jobs.sweep()

    line = await _line(village)
    assert line.begun_at is not None
    assert before - timedelta(seconds=1) <= line.begun_at <= datetime.now(UTC)


async def test_a_failed_run_shows_its_reason_until_one_goes_well(village: Village) -> None:
    began = datetime.now(UTC) - timedelta(seconds=30)
    await Lease.create(name=f"job:{NOTE}", holder="x", until=began + EVERY)
    fault = await Fault.create(
        plugin="spaces", hook=f"job {NOTE}", traceback="Traceback\nValueError: <i>no</i> clubs\n"
    )
    await Fault.filter(id=fault.id).update(at=began + timedelta(seconds=1))
    assert "ValueError: &lt;i&gt;no&lt;/i&gt; clubs" in (await village.client(village.operator).get(PAGE)).text
    assert (await _line(village)).begun_at == began

    await Lease.filter(name=f"job:{NOTE}").update(until=began + timedelta(seconds=20) + EVERY)

    assert (await _line(village)).error == ""


async def test_the_day_is_counted_over_all_processes(village: Village) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    facts: dict[str, Any] = {"plugin": "spaces", "hook": f"job {NOTE}", "calls": 2}
    await HookTiming.create(**facts, hour=hour, faults=1, seconds=3.0, slowest=2.0)
    await HookTiming.create(**facts, hour=hour - timedelta(hours=2), faults=0, seconds=1.0, slowest=0.6)
    await HookTiming.create(**facts, hour=hour - timedelta(hours=30), faults=0, seconds=99.0, slowest=99.0)

    line = await _line(village)

    assert (line.runs, line.faults, line.seconds, line.slowest) == (4, 1, 1.0, 2.0)
    assert "usually 1.0 s, at most 2.0 s" in (await village.client(village.operator).get(PAGE)).text


async def test_a_job_runs_when_it_is_told_to(village: Village) -> None:
    await Club.filter(id=village.club.id).update(members_counted=77)
    await Lease.bulk_create(
        [
            Lease(name=f"job:{job.name}", holder="x", until=datetime.now(UTC) + timedelta(hours=1))
            for job in village.app.jobs.registered
        ]
    )
    await village.app.jobs.start(as_worker=False)
    try:
        answer = await village.client(village.operator).post(f"{PAGE}/{NOTE}")
        async with asyncio.timeout(10):
            while (await Club.get(id=village.club.id)).members_counted == 77:
                await asyncio.sleep(0)
    finally:
        await village.app.jobs.close()

    assert answer.status_code == 303
    assert (await Club.get(id=village.club.id)).members_counted == 4
    assert (await AuditEntry.get(action="spaces.job_started")).subject == NOTE


async def test_every_scheduled_job_of_ours_says_in_words_what_it_does(village: Village) -> None:
    jobs = village.app.jobs.registered
    ours = [job for job in jobs if job.every is not None and not job.name.startswith("poll.")]
    await User.filter(id=village.operator.id).update(locale="fr")
    browser = village.client(village.operator)

    page = (await browser.get(PAGE)).text
    started = await browser.post(f"{PAGE}/{NOTE}")

    assert [job.name for job in ours if not job.title] == []
    assert "Compter les membres, les contenus et l’activité des clubs" in page
    assert [job.name for job in ours if f">{job.name}<" in page] == []
    assert "«\u00a0Compter les membres, les contenus et l’activité des clubs\u00a0»" in unescape(
        (await browser.get(PAGE)).text
    )
    assert started.status_code == 303


@pytest.mark.parametrize("name", ["spaces.make_export", "nothing", "x" * 3000, "%00", "..%2f"])
async def test_only_scheduled_jobs_are_run_by_hand(village: Village, name: str) -> None:
    answer = await village.client(village.operator).post(f"{PAGE}/{name}")

    assert answer.status_code == 404
    assert not await AuditEntry.filter(action="spaces.job_started").exists()


async def test_nobody_but_operators_runs_jobs(village: Village) -> None:
    answer = await village.client(village.owner).post(f"{PAGE}/{NOTE}")

    assert answer.status_code == 403
    assert not await AuditEntry.filter(action="spaces.job_started").exists()
