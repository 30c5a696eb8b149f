"""Notices coroutines that a plugin makes and never awaits: `save(page)` where `await save(page)` was meant does nothing.

Python only warns of them, where nobody looks, when they are thrown away. That is mostly at once and in the frame that forgot
them, so the warning is given to the plugin whose code runs, or whose function it was.
"""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from core.dispatch.watchdog import Folders

Tell = Callable[[str, str, BaseException, str], None]
_WARN = "_warn_unawaited_coroutine"  # what CPython calls in `warnings`; where it is missing, nothing is noticed


@contextmanager
def noticing(folders: Folders, tell: Tell) -> Iterator[None]:
    """Tell of plugins' forgotten coroutines until the block is left.

    Args:
        folders: of the plugins.
        tell: called with the plugin, the place, an error that says what it is, and the stack as text.
    """
    usual = getattr(warnings, _WARN, None)
    if usual is None:
        yield
        return

    def warn(coroutine: Coroutine[Any, Any, Any]) -> None:
        code = getattr(coroutine, "cr_code", None)
        frame = _frame_of_plugin(sys._getframe(1), folders)
        plugin = folders.of_frame(frame) or (folders.of_path(code.co_filename) if code else None)
        if plugin is None:
            usual(coroutine)
            return
        name = getattr(coroutine, "__qualname__", "a coroutine")
        error = RuntimeError(f"The coroutine {name!r} was never awaited; write `await` before its call")
        text = "".join(traceback.format_stack(frame, limit=20)) + f"RuntimeError: {error}\n"
        tell(plugin, _place(frame, code), error, text)

    setattr(warnings, _WARN, warn)
    try:
        yield
    finally:
        setattr(warnings, _WARN, usual)


def _frame_of_plugin(frame: FrameType | None, folders: Folders) -> FrameType | None:
    while frame is not None and folders.of_path(frame.f_code.co_filename) is None:
        frame = frame.f_back
    return frame


def _place(frame: FrameType | None, code: Any) -> str:
    path, line = (frame.f_code.co_filename, frame.f_lineno) if frame else (code.co_filename, code.co_firstlineno)
    return f"{Path(path).name}, line {line}"
