"""One call of somebody else's function: with a time-out, a catch, a counter and a look at its answer."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from core.dispatch.answers import Kind, complaint_about
from core.dispatch.fences import InTime, ends_this_task
from core.dispatch.timings import Timings
from core.errors import PluginError

logger = logging.getLogger("cercle.hooks")


@dataclass(frozen=True, slots=True)
class HookFault:
    """One failed call.

    Args:
        plugin: who failed.
        hook: in which hook; with a space in it for what is no hook: method and path of a page, `job` and its name, a place.
        club_id: for which club, or None for the site.
        error: what was raised; `TimeoutError` when it took too long.
        traceback: the text of it.
    """

    plugin: str
    hook: str
    club_id: int | None
    error: BaseException
    traceback: str

    @property
    def reason(self) -> str:
        """What was raised, in one line."""
        try:
            said = str(self.error)
        except Exception:  # noqa: BLE001 - even that may fail
            said = ""
        return storable(said)[:500] or type(self.error).__name__


def storable(text: str) -> str:
    """A text without what neither a database nor a log can keep: NUL and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


FaultListener = Callable[[HookFault], Awaitable[None]]


@dataclass(slots=True)
class Call:
    """What is being called, for whoever notices something meanwhile.

    Args:
        hook: in which hook.
        club_id: for which club.
        noticed: faults, told when the call is over.
    """

    hook: str
    club_id: int | None
    noticed: list[HookFault] = field(default_factory=list)


_call: ContextVar[Call | None] = ContextVar("cercle_hook_call", default=None)


class Calls:
    """The calls of one process, their counters, and who is told of faults."""

    def __init__(self) -> None:
        self._listeners: list[FaultListener] = []
        self._reports: set[asyncio.Task[None]] = set()
        self.timings = Timings()

    def on_fault(self, listener: FaultListener) -> None:
        """Tell this listener about each fault."""
        self._listeners.append(listener)

    async def guarded(
        self,
        key: tuple[str, str],
        club_id: int | None,
        work: Callable[[], Any],
        seconds: float,
        kinds: tuple[Kind, ...] = (),
    ) -> Any:
        """What a function answers, or a `HookFault`.

        Args:
            key: whose function it is, and the hook it belongs to.
            club_id: the club it is about.
            work: the function; what it answers is awaited where it can be.
            seconds: that it may take.
            kinds: what it may answer, beside None; nothing for anything.
        """
        call, failed, started = Call(key[1], club_id), True, time.perf_counter()
        token = _call.set(call)
        try:
            value = work()
            if inspect.isawaitable(value):
                value = await InTime(value, seconds)
            if kinds and value is not None and (complaint := complaint_about(value, kinds)):
                raise PluginError(f"Answered {complaint}", plugin=key[0])
            failed = False
        except BaseException as error:
            if ends_this_task(error):
                raise
            value = HookFault(*key, club_id, error, traceback.format_exc(limit=-20))
            call.noticed.append(value)
        finally:
            _call.reset(token)
            self.timings.add(key, time.perf_counter() - started, failed)
        for fault in call.noticed:
            await self.report(fault)
        return value

    async def report(self, fault: HookFault) -> None:
        """Write a fault down, and tell whoever listens for faults."""
        logger.warning("Plugin %s failed in %s: %s", fault.plugin, fault.hook, storable(fault.traceback))
        for listener in self._listeners:
            try:
                await listener(fault)
            except Exception:
                logger.exception("Recording a fault failed")

    def notice(self, plugin: str, place: str, error: BaseException, text: str) -> None:
        """Write down what a plugin did wrong beside what it was asked for, such as a coroutine that it never awaited.

        Args:
            plugin: its name.
            place: where, for what happens in no hook, such as `views.py, line 7`.
            error: what was wrong.
            text: where, as a traceback says it.
        """
        if call := _call.get():
            call.noticed.append(HookFault(plugin, call.hook, call.club_id, error, text))
            return
        report = asyncio.get_running_loop().create_task(self.report(HookFault(plugin, place, None, error, text)))
        self._reports.add(report)
        report.add_done_callback(self._reports.discard)
