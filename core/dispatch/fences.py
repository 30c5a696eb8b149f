"""How long somebody else's code may take, and what of its errors is its own: for hooks, jobs and pages of plugins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from contextlib import suppress
from typing import Any

GRACE = 1.0  # seconds in which what was told to end may tidy up


def ends_this_task(error: BaseException) -> bool:
    """Whether an error means that the running task itself is to end, and is nobody's fault.

    A plugin may raise anything, `SystemExit` and `CancelledError` included; those are faults of the plugin.
    """
    if isinstance(error, GeneratorExit):
        return True
    if not isinstance(error, asyncio.CancelledError):
        return False
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class InTime:
    """Waits for something, within a time: `await InTime(work, 5)`.

    It runs in the task of the caller, so that what answers at once costs next to nothing. When the time is over the work is
    told to end, as `asyncio.timeout` would; what does not listen is left behind a second later.

    Args:
        work: a coroutine or anything else that can be awaited.
        seconds: that it may take.

    Raises:
        TimeoutError: when it takes longer.
    """

    __slots__ = ("_cancelling", "_seconds", "_steps", "_strikes", "_task", "_timer")

    def __init__(self, work: Awaitable[Any], seconds: float) -> None:
        self._steps: Any = work.__await__()
        self._task: Any = None
        self._seconds = seconds
        self._strikes = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        try:
            waited = self._steps.send(None)
        except StopIteration as done:
            return done.value
        self._task = asyncio.current_task()
        self._cancelling = self._task.cancelling()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._strike)
        try:
            return (yield from self._rest(waited))
        except asyncio.CancelledError:
            if self._strikes and self._forgive() <= self._cancelling:
                raise TimeoutError(self._sentence()) from None
            raise
        finally:
            self._timer.cancel()
            self._forgive()

    def _rest(self, waited: Any) -> Generator[Any, Any, Any]:
        while True:
            try:
                sent = yield waited
            except BaseException as error:
                if self._strikes > 1:
                    self._leave_behind()
                    raise
                step = self._steps.throw, error
            else:
                step = self._steps.send, sent
            try:
                waited = step[0](step[1])
            except StopIteration as done:
                if self._strikes:
                    raise asyncio.CancelledError from None  # it swallowed the sign, and answered too late
                return done.value

    def _strike(self) -> None:
        self._strikes += 1
        self._task.cancel()
        self._timer = asyncio.get_running_loop().call_later(GRACE, self._strike)

    def _forgive(self) -> int:
        """Take our own cancellations back; answers how many others there are."""
        left = int(self._task.cancelling())
        while self._strikes:
            self._strikes -= 1
            left = self._task.uncancel()
        return left

    def _leave_behind(self) -> None:
        with suppress(BaseException):  # it may do anything but hold us up
            self._steps.close()

    def _sentence(self) -> str:
        return f"Took longer than {self._seconds:g} seconds"
