"""Interrupts a plugin that keeps the event loop from turning: an endless loop, a sleep, a call that does not come back.

A time-out cannot end what never gives way, and all members would wait for one plugin. So a thread watches how often the
loop turns. When it has stood still for too long and the code that runs is a plugin's, the main thread is sent a signal
whose handler raises `Interrupted` right there: the hook becomes a fault like any other, the view an error page.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

logger = logging.getLogger("cercle.watchdog")

SIGNAL = getattr(signal, "SIGUSR1", None)
_TURNS_A_LIMIT = 4  # how many times within the limit the thread looks


class Interrupted(BaseException):
    """Raised in a plugin that does not give way; no `except Exception` in its loop may hold it up."""


class Folders:
    """Which code is whose.

    Args:
        plugins: the plugins' names by their folders.
    """

    def __init__(self, plugins: Mapping[Path, str]) -> None:
        self._plugins = {f"{folder}{os.sep}": name for folder, name in plugins.items()}

    def __bool__(self) -> bool:
        return bool(self._plugins)

    def of_path(self, path: str) -> str | None:
        """The plugin that a file belongs to."""
        return next((name for folder, name in self._plugins.items() if path.startswith(folder)), None)

    def of_frame(self, frame: FrameType | None) -> str | None:
        """The plugin whose code runs, however deep."""
        while frame is not None:
            if plugin := self.of_path(frame.f_code.co_filename):
                return plugin
            frame = frame.f_back
        return None


class Watchdog:
    """Watches the event loop of the main thread.

    Args:
        folders: of the plugins.
        seconds: that a plugin may keep the loop to itself.
    """

    def __init__(self, folders: Folders, seconds: float) -> None:
        self._folders = folders
        self._seconds = seconds
        self._turned = time.monotonic()
        self._done = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the running loop until the block is left. Does nothing outside of the main thread or without signals."""
        if SIGNAL is None or threading.current_thread() is not threading.main_thread() or not self._folders:
            yield
            return
        before = signal.signal(SIGNAL, self._interrupt)
        turning = asyncio.get_running_loop().create_task(self._turn())
        thread = threading.Thread(target=self._watch, name="cercle-watchdog", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            turning.cancel()
            thread.join()
            signal.signal(SIGNAL, before)

    async def _turn(self) -> None:
        while True:
            self._turned = time.monotonic()
            await asyncio.sleep(self._seconds / _TURNS_A_LIMIT)

    def _watch(self) -> None:
        main = threading.main_thread().ident or 0
        while not self._done.wait(self._seconds / _TURNS_A_LIMIT):
            still = time.monotonic() - self._turned
            if still > self._seconds and self._folders.of_frame(sys._current_frames().get(main)):
                signal.pthread_kill(main, SIGNAL)  # type: ignore[arg-type]

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """Runs in the main thread, between two instructions of whatever runs there."""
        still = time.monotonic() - self._turned
        if plugin := self._folders.of_frame(frame) if still > self._seconds else None:
            logger.error("Plugin %s kept every request waiting for %.1f s and was interrupted", plugin, still)
            self._turned = time.monotonic()  # give what comes after it the same time
            raise Interrupted(f"Kept every request waiting for {still:.1f} seconds")
