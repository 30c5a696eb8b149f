"""Jobs: work beside the requests, on taskiq; in this process, or on Redis streams when an address is given.

The database is the truth and a job only a nudge. A nudge may get lost; the sweep, at start and every minute,
runs each scheduled job that is due, so a killed process loses nothing. A job may run twice and
must be idempotent.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from contextvars import Context, copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, cast

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from taskiq import InMemoryBroker
from taskiq.abc.broker import AsyncBroker
from taskiq.exceptions import TaskiqError
from taskiq.kicker import AsyncKicker
from taskiq.receiver import Receiver
from taskiq_redis import RedisStreamBroker

from core.db import after_commit, in_atomic
from core.dispatch.fences import InTime, ends_this_task
from core.models import Lease

logger = logging.getLogger("cercle.jobs")
JobListener = Callable[[str, float, BaseException | None, str], Awaitable[None]]

SWEEP_EVERY = timedelta(minutes=1)
AT_ONCE = 8
GRACE = 10.0  # seconds that running jobs get at close
AFTER_A_FAULT = timedelta(minutes=10)  # how long a job with a longer period waits after it failed
_REDIS_PATIENCE = 2.0  # seconds for one nudge to reach Redis
_BACK_OFF = (0.2, 30.0)  # seconds between tries to reach Redis: first, longest
_EARLY = 0.1  # the share of its period that a job may come early, so that each sweep meets a job of one minute


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of background work.

    Args:
        name: `<part>.<verb>_<things>`, for example `wiki.rebuild_links`.
        run: does the work; idempotent. Its keyword arguments must survive JSON.
        every: the period of the sweep's runs, without arguments; None for a job that only nudges start.
        timeout: seconds after which it is cancelled.
        title: what it does, as operators read it (source language); its name stands there where it has none.
    """

    name: str
    run: Callable[..., Awaitable[None]]
    every: timedelta | None = None
    timeout: float = 60.0
    title: str = ""


class Jobs:
    """The jobs of one application.

    Args:
        redis_url: where processes share their jobs; None to run them in this process.
        sweep_every: how often the loop looks for scheduled jobs that are due.
        grace: seconds that running jobs get at close before they are cancelled.
    """

    def __init__(
        self,
        redis_url: str | None = None,
        *,
        sweep_every: timedelta = SWEEP_EVERY,
        grace: float = GRACE,
    ) -> None:
        self._redis_url = redis_url
        self._sweep_every = sweep_every
        self._grace = grace
        self._registered: dict[str, Job] = {}
        self._holder = secrets.token_hex(8)
        self._broker: AsyncBroker | None = None
        self._context: Context = copy_context()
        self._finish = asyncio.Event()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting: set[str] = set()
        self._working: set[asyncio.Task[Any]] = set()
        self._helpers: set[asyncio.Task[Any]] = set()
        self._ended: JobListener | None = None

    def on_end(self, listener: JobListener) -> None:
        """Tell of each run that the sweep or a nudge started: the job's name, its seconds, its error and the traceback."""
        self._ended = listener

    @property
    def registered(self) -> tuple[Job, ...]:
        """All jobs, in the order of their registration."""
        return tuple(self._registered.values())

    def register(self, job: Job) -> None:
        """Make a job known; before `start()`.

        Raises:
            ValueError: when the name is taken.
            RuntimeError: after `start()`.
        """
        if self._broker is not None:
            raise RuntimeError(f"The job {job.name} was registered after the start")
        if job.name in self._registered:
            raise ValueError(f"Two jobs are called {job.name}")
        self._registered[job.name] = job

    def forget(self, part: str) -> None:
        """Drop the jobs of a part that turned out to be broken; before `start()`."""
        self._registered = {n: job for n, job in self._registered.items() if not n.startswith(f"{part}.")}

    async def start(self, as_worker: bool) -> None:
        """Begin to take nudges, and to sweep where jobs run: in workers with Redis, everywhere without.

        Jobs run in a copy of the context that this is called in, whatever the context of their nudge.

        Args:
            as_worker: run the jobs that other processes put on Redis. Without Redis it makes no difference.
        """
        self._context = copy_context()
        self._finish, self._slots = asyncio.Event(), asyncio.Semaphore(AT_ONCE)
        self._broker = self._open_broker()
        for name in self._registered:
            self._broker.register_task(self._task(name), task_name=name)
        if isinstance(self._broker, InMemoryBroker):
            await self._broker.startup()
        elif as_worker:
            self._broker.is_worker_process = True
            self._help(self._listen(self._broker))
        if as_worker or self._redis_url is None:
            self._help(self._sweep_regularly())

    async def close(self) -> None:
        """Take no more nudges, give running jobs the grace to end, cancel the rest."""
        broker, self._broker = self._broker, None
        if broker is None:
            return
        self._finish.set()
        try:
            async with asyncio.timeout(self._grace):
                await self._come_to_rest(broker)
        except TimeoutError:
            logger.warning("Jobs still ran after %.0f s of grace and were cancelled", self._grace)
        await _cancel(self._working | self._helpers)
        await broker.shutdown()

    async def nudge(self, name: str, **arguments: object) -> None:
        """Ask for a job to run soon; in `atomic()`, after the commit. Never waits for it and never raises.

        Args:
            name: of a registered job.
            arguments: for the job; only what JSON can carry.
        """
        if in_atomic():
            after_commit(lambda: self._nudge(name, arguments))
            return
        self._nudge(name, arguments)

    async def run(self, name: str, **arguments: object) -> None:
        """Run a job here and now, and wait for it.

        Raises:
            LookupError: when no such job is registered.
            TimeoutError: when it takes longer than its time-out.
        """
        job = self._registered.get(name)
        if job is None:
            raise LookupError(f"There is no job {name}")
        await InTime(job.run(**arguments), job.timeout)

    async def sweep(self) -> None:
        """Run every scheduled job that is due and that no other process runs; wait for all of them.

        Raises:
            BaseExceptionGroup: what went wrong beside the jobs, whose own errors are logged.
        """
        runs = [self._run_leased(job, every) for job, every in await self._due()]
        faults = [fault for fault in await asyncio.gather(*runs, return_exceptions=True) if fault]
        if faults:
            raise BaseExceptionGroup("A sweep could not run every job", faults)

    def _nudge(self, name: str, arguments: dict[str, object]) -> None:
        broker = self._broker
        if broker is None:
            return
        if name not in self._registered:
            logger.error("There is no job %s to nudge", name)
            return
        self._help(self._send(broker, name, arguments))

    async def _send(self, broker: AsyncBroker, name: str, arguments: dict[str, object]) -> None:
        key = repr((name, arguments))
        if key in self._waiting:
            return
        if isinstance(broker, InMemoryBroker):
            self._waiting.add(key)
        try:
            async with asyncio.timeout(_REDIS_PATIENCE):
                await AsyncKicker[Any, None](name, broker, {}).kiq(**arguments)
        except (TaskiqError, RedisError, OSError, TypeError, ValueError) as error:
            self._waiting.discard(key)
            logger.warning(
                "A nudge for %s got lost, the sweep will find its work: %r",
                name,
                error.__cause__ or error,
            )

    def _task(self, name: str) -> Callable[..., Coroutine[Any, Any, None]]:
        async def run(**arguments: object) -> None:
            await self._take(name, arguments)

        return run

    async def _take(self, name: str, arguments: dict[str, object]) -> None:
        """What a broker calls. A failed job counts as taken: the sweep knows better what is still to do."""
        async with self._working_slot():
            self._waiting.discard(repr((name, arguments)))
            await self._succeeds(name, arguments)

    async def _succeeds(self, name: str, arguments: dict[str, object]) -> bool:
        started, failed = monotonic(), None
        try:
            await self.run(name, **arguments)
        except BaseException as error:
            if ends_this_task(error):
                raise
            logger.exception("The job %s failed", name)
            failed = error
        if self._ended is not None:
            text = "".join(traceback.format_exception(failed)) if failed else ""
            await self._ended(name, monotonic() - started, failed, text)
        return failed is None

    async def _due(self) -> list[tuple[Job, timedelta]]:
        scheduled = [(job, job.every) for job in self._registered.values() if job.every is not None]
        leases = await Lease.filter(name__in=[_lease_name(job) for job, _ in scheduled])
        now = datetime.now(UTC)
        held = {lease.name for lease in leases if lease.until > now}
        return [(job, every) for job, every in scheduled if _lease_name(job) not in held]

    async def _run_leased(self, job: Job, every: timedelta) -> None:
        async with self._working_slot():
            started = await self._claim(job)
            if started is None:
                return
            wait = timedelta()
            try:
                wait = usual_pause(every) if await self._succeeds(job.name, {}) else min(every, AFTER_A_FAULT)
            finally:
                await self._release(job, started + wait)

    async def _claim(self, job: Job) -> datetime | None:
        """Take the lease of a job for as long as it may run; answers when, or None when it is taken."""
        now = datetime.now(UTC)
        fresh = Lease(name=_lease_name(job), holder="", until=now)
        await Lease.bulk_create([fresh], ignore_conflicts=True)
        until = now + timedelta(seconds=job.timeout) * 1.1
        won = await Lease.filter(name=fresh.name, until__lte=now).update(holder=self._holder, until=until)
        return now if won else None

    async def _release(self, job: Job, due_at: datetime) -> None:
        await Lease.filter(name=_lease_name(job), holder=self._holder).update(until=due_at)

    async def _sweep_regularly(self) -> None:
        while not self._finish.is_set():
            self._help(self._sweep_logged())
            await self._pause(self._sweep_every.total_seconds())

    async def _sweep_logged(self) -> None:
        try:
            await self.sweep()
        except Exception:
            logger.exception("A sweep failed; the next one will do its work")

    async def _listen(self, broker: AsyncBroker) -> None:
        """Take jobs from Redis, and come back when it does."""
        pause, longest = _BACK_OFF
        while not self._finish.is_set():
            receiver = Receiver(broker, max_async_tasks=AT_ONCE, validate_params=False)
            began = asyncio.get_running_loop().time()
            try:
                await receiver.listen(self._finish)
            except Exception:
                logger.warning("Redis does not answer; jobs wait", exc_info=True)
                lasted = asyncio.get_running_loop().time() - began
                pause = _BACK_OFF[0] if lasted > longest else min(pause * 2, longest)
                await self._pause(pause)

    async def _come_to_rest(self, broker: AsyncBroker) -> None:
        while self._helpers:
            await asyncio.wait(set(self._helpers))
        if isinstance(broker, InMemoryBroker):
            await broker.wait_all()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._finish.wait(), seconds)

    def _help(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, context=self._context.copy())
        self._helpers.add(task)
        task.add_done_callback(self._helpers.discard)

    @asynccontextmanager
    async def _working_slot(self) -> AsyncIterator[None]:
        """Wait for one of the slots; `close()` knows the running task while it waits and while it works."""
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._working.add(task)
        try:
            async with self._slots:
                yield
        finally:
            self._working.discard(task)

    def _open_broker(self) -> AsyncBroker:
        if self._redis_url is None:
            return InMemoryBroker(cast_types=False)
        longest = max((job.timeout for job in self._registered.values()), default=0.0)
        return RedisStreamBroker(
            self._redis_url,
            queue_name="cercle:jobs",
            consumer_group_name="cercle",
            consumer_id="0",
            maxlen=100_000,
            idle_timeout=int((longest + 60) * 1000),
            unacknowledged_lock_timeout=60,
            xread_count=AT_ONCE,
            socket_connect_timeout=_REDIS_PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )


def usual_pause(every: timedelta) -> timedelta:
    """How long after the start of a run that went well the next one may begin."""
    return every * (1 - _EARLY)


def _lease_name(job: Job) -> str:
    return f"job:{job.name}"


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
