"""Jobs: nudges, time-outs, the sweep with its leases, Redis, and a worker that is killed."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tortoise import Tortoise

from core.db import AppTables, atomic, in_atomic, opened
from core.jobs import Job, Jobs
from core.models import Lease
from tests.services.processes import free_port

TABLES = [AppTables("core", "core.models", None)]
MINUTE = timedelta(minutes=1)
who: ContextVar[str] = ContextVar("who", default="nobody")


class Notebook:
    """What jobs of a test wrote down, and a way to wait for it."""

    def __init__(self) -> None:
        self.lines: list[object] = []
        self._changed = asyncio.Event()

    async def write(self, line: object = "ran") -> None:
        self.lines.append(line)
        self._changed.set()

    async def fail(self) -> None:
        await self.write("failed")
        raise ZeroDivisionError

    async def hang(self) -> None:
        await self.write("began")
        try:
            await asyncio.Event().wait()
        finally:
            await self.write("cancelled")

    async def until(self, count: int) -> list[object]:
        async with asyncio.timeout(20):
            while len(self.lines) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.lines


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    sqlite = request.param == "sqlite"
    url = f"sqlite://{tmp_path}/jobs.db" if sqlite else request.getfixturevalue("postgres_url")
    async with opened(url, TABLES):
        await Tortoise.generate_schemas()
        yield url


@asynccontextmanager
async def started(*all_jobs: Jobs, as_worker: bool = True) -> AsyncIterator[None]:
    for jobs in all_jobs:
        await jobs.start(as_worker)
    try:
        yield
    finally:
        for jobs in all_jobs:
            await jobs.close()


def jobs_with(*known: Job, redis_url: str | None = None, grace: float = 10) -> Jobs:
    jobs = Jobs(redis_url, grace=grace)
    for job in known:
        jobs.register(job)
    return jobs


async def test_a_nudge_runs_the_job_beside_the_caller(database: str) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.write", notes.write))
    async with started(jobs):
        await jobs.nudge("a.write", line="x")
        assert notes.lines == []
        assert await notes.until(1) == ["x"]


async def test_equal_nudges_that_still_wait_become_one(database: str) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.write", notes.write))
    async with started(jobs):
        for line in ("x", "x", "y"):
            await jobs.nudge("a.write", line=line)
    assert notes.lines == ["x", "y"]


async def test_a_nudge_in_a_transaction_waits_for_the_commit(database: str) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.write", notes.write))
    async with started(jobs):
        async with atomic():
            await jobs.nudge("a.write", line="after")
            await notes.write("inside")
        assert await notes.until(2) == ["inside", "after"]


async def test_a_nudge_in_a_transaction_that_is_rolled_back_is_forgotten(database: str) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.write", notes.write))

    async def change_mind() -> None:
        async with atomic():
            await jobs.nudge("a.write")
            raise ZeroDivisionError

    async with started(jobs):
        with pytest.raises(ZeroDivisionError):
            await change_mind()
    assert notes.lines == []


async def test_a_job_runs_in_the_context_of_the_start_and_in_no_transaction(database: str) -> None:
    notes = Notebook()

    async def look() -> None:
        await notes.write((who.get(), in_atomic()))

    jobs = jobs_with(Job("a.look", look))
    who.set("the start")
    async with started(jobs):
        who.set("a request")
        async with atomic():
            await jobs.nudge("a.look")
        assert await notes.until(1) == [("the start", False)]


async def test_a_nudge_never_raises(database: str, caplog: pytest.LogCaptureFixture) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.write", notes.write))
    await jobs.nudge("a.write", line="too early")
    async with started(jobs):
        await jobs.nudge("a.unknown")
        await jobs.nudge("a.write", line=object())
    await jobs.nudge("a.write", line="too late")
    assert notes.lines == []
    assert [record.levelno for record in caplog.records if record.name == "cercle.jobs"] == [
        logging.ERROR,
        logging.WARNING,
    ]


async def test_a_failing_job_is_logged_with_its_traceback_and_stops_nothing(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.fail", notes.fail), Job("a.write", notes.write))
    async with started(jobs):
        await jobs.nudge("a.fail")
        await notes.until(1)
        await jobs.nudge("a.write")
        assert await notes.until(2) == ["failed", "ran"]
    assert "ZeroDivisionError" in caplog.text


async def test_a_job_is_cancelled_after_its_time_out(database: str) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.hang", notes.hang, timeout=0.01))
    async with started(jobs):
        await jobs.nudge("a.hang")
        assert await notes.until(2) == ["began", "cancelled"]


async def test_run_waits_for_the_job_and_raises_its_error(database: str) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.fail", notes.fail))
    with pytest.raises(ZeroDivisionError):
        await jobs.run("a.fail")
    with pytest.raises(LookupError):
        await jobs.run("a.unknown")


async def test_close_lets_a_running_job_end(database: str) -> None:
    notes, go = Notebook(), asyncio.Event()

    async def work() -> None:
        await notes.write("began")
        await go.wait()
        await notes.write("ended")

    jobs = jobs_with(Job("a.work", work))
    await jobs.start(as_worker=True)
    await jobs.nudge("a.work")
    await notes.until(1)
    go.set()
    await jobs.close()
    assert notes.lines == ["began", "ended"]


async def test_close_cancels_what_outlasts_the_grace(database: str) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.hang", notes.hang), grace=0.01)
    await jobs.start(as_worker=True)
    await jobs.nudge("a.hang")
    await notes.until(1)
    await jobs.close()
    assert notes.lines == ["began", "cancelled"]


async def test_two_jobs_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"a\.write"):
        jobs_with(Job("a.write", Notebook().write), Job("a.write", Notebook().write))


async def test_the_start_sweeps_the_scheduled_jobs_only(database: str) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.write", notes.write, every=MINUTE), Job("a.fail", notes.fail))
    async with started(jobs):
        await notes.until(1)
    assert notes.lines == ["ran"]


async def test_the_loop_sweeps_again_and_again(database: str) -> None:
    notes = Notebook()
    jobs = Jobs(sweep_every=timedelta(milliseconds=20))
    jobs.register(Job("a.write", notes.write, every=timedelta(milliseconds=20)))
    async with started(jobs):
        assert len(await notes.until(3)) >= 3


async def test_a_job_is_not_due_again_before_its_period_is_over(database: str) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.write", notes.write, every=MINUTE))
    await jobs.sweep()
    await jobs.sweep()
    assert notes.lines == ["ran"]
    await Lease.all().update(until=datetime.now(UTC))
    await jobs.sweep()
    assert notes.lines == ["ran", "ran"]


async def test_sweeps_of_several_processes_at_once_run_a_job_once(database: str) -> None:
    notes = Notebook()
    several = [jobs_with(Job("a.write", notes.write, every=MINUTE)) for _ in range(5)]
    await asyncio.gather(*(jobs.sweep() for jobs in several))
    assert notes.lines == ["ran"]


async def test_a_failed_job_is_tried_again_before_a_long_period_is_over(database: str) -> None:
    jobs = jobs_with(Job("a.fail", Notebook().fail, every=timedelta(days=1)))
    await jobs.sweep()
    assert (await Lease.get()).until < datetime.now(UTC) + timedelta(minutes=11)


async def test_a_job_that_the_end_of_its_process_cancelled_is_due_at_once(database: str) -> None:
    notes = Notebook()
    jobs = jobs_with(Job("a.hang", notes.hang, every=timedelta(days=1)), grace=0.01)
    await jobs.start(as_worker=True)
    await notes.until(1)
    await jobs.close()
    after = Notebook()
    await jobs_with(Job("a.hang", after.write, every=timedelta(days=1))).sweep()
    assert after.lines == ["ran"]


async def test_a_sweep_without_its_table_is_logged_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notes = Notebook()
    jobs = Jobs(sweep_every=timedelta(milliseconds=20))
    jobs.register(Job("a.write", notes.write, every=MINUTE))
    async with opened(f"sqlite://{tmp_path}/empty.db", TABLES), started(jobs):
        await jobs.nudge("a.write", line="still alive")
        await notes.until(1)
        await Tortoise.generate_schemas()
        assert await notes.until(2) == ["still alive", "ran"]


async def test_with_redis_a_worker_runs_what_another_process_nudges(database: str, redis_url: str) -> None:
    notes, none = Notebook(), Notebook()
    web = jobs_with(Job("a.write", none.write, every=MINUTE), redis_url=redis_url)
    worker = jobs_with(Job("a.write", notes.write), redis_url=redis_url)
    async with started(web, as_worker=False):
        await web.nudge("a.write", line="before the worker")
        async with started(worker):
            await notes.until(1)
            await web.nudge("a.write", line="after it")
            assert await notes.until(2) == ["before the worker", "after it"]
    assert none.lines == []


async def test_with_redis_each_nudge_goes_to_one_worker(database: str, redis_url: str) -> None:
    notes = Notebook()
    web, *workers = (jobs_with(Job("a.write", notes.write), redis_url=redis_url) for _ in range(3))
    async with started(web, as_worker=False), started(*workers):
        for n in range(20):
            await web.nudge("a.write", line=n)
        assert sorted(map(str, await notes.until(20))) == sorted(map(str, range(20)))


async def test_a_worker_goes_on_after_redis_lost_everything(database: str, redis_url: str) -> None:
    notes = Notebook()
    worker = jobs_with(Job("a.write", notes.write), redis_url=redis_url)
    async with started(worker), Redis.from_url(redis_url) as redis:
        await worker.nudge("a.write", line="before")
        await notes.until(1)
        await redis.flushall()
        await worker.nudge("a.write", line="after")
        assert await notes.until(2) == ["before", "after"]


async def test_without_redis_a_nudge_is_lost_and_the_sweep_does_its_work(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    notes = Notebook()
    away = f"redis://127.0.0.1:{free_port()}/0"
    jobs = jobs_with(Job("a.write", notes.write, every=MINUTE), redis_url=away, grace=0.1)
    async with started(jobs):
        await jobs.nudge("a.write", line="lost")
        assert await notes.until(1) == ["ran"]
    assert "got lost" in caplog.text


KILLED = """
import asyncio, sys
from datetime import timedelta
from core.db import AppTables, opened
from core.jobs import Job, Jobs

async def hang():
    print("began", flush=True)
    await asyncio.Event().wait()

async def main():
    async with opened(sys.argv[1], [AppTables("core", "core.models", None)]):
        jobs = Jobs()
        jobs.register(Job("a.work", hang, every=timedelta(minutes=1), timeout=float(sys.argv[2])))
        await jobs.start(as_worker=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_the_job_of_a_killed_worker_is_taken_over(database: str) -> None:
    command = (sys.executable, "-c", KILLED, database, "30")
    worker = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"began\n"
    worker.kill()
    await worker.wait()
    notes = Notebook()
    jobs = jobs_with(Job("a.work", notes.write, every=MINUTE, timeout=30))
    await jobs.sweep()
    assert notes.lines == []
    lease = await Lease.get()
    assert lease.until < datetime.now(UTC) + timedelta(seconds=34)
    await Lease.all().update(until=lease.until - timedelta(seconds=34))
    await jobs.sweep()
    assert notes.lines == ["ran"]
