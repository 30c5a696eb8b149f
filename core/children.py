"""Runs what reads hostile bytes in a child process: no secrets, its own limits, few at once, dead when it takes too long.

The worker's side of this is `core.confined`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO
from weakref import WeakKeyDictionary

import core
from core.confined import REFUSED

logger = logging.getLogger("cercle.children")

AT_A_TIME = 2
MIB = 1024 * 1024
BROKEN, SLOW, STALLED = "broken", "slow", "stalled"
_COMPLAINT = 2000  # bytes of standard error that are kept

_Turns = dict[str, asyncio.Semaphore]
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turns] = WeakKeyDictionary()


class ChildFailed(Exception):
    """There is no result, because of what the child was given. `reason` is the worker's own word, or one of these.

    `broken`: it crashed, was killed by its limits or answered too much. `slow`: it had everything and took too long.
    `stalled`: it never got everything, because the source took too long.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def run_child(
    module: str,
    source: AsyncIterable[bytes] | IO[bytes],
    wanted: Mapping[str, object],
    *,
    seconds: float,
    most: int = 64 * MIB,
) -> bytes:
    """Give bytes to a worker and answer its result; waits while `AT_A_TIME` children of the same module run.

    Args:
        module: of the worker, which `python -m` runs; it reads standard input and writes standard output.
        source: the bytes, or an open file that the child reads by itself.
        wanted: what the worker is told besides, as JSON in its first argument.
        seconds: for the source to arrive and, once more, for the work.
        most: bytes that a result may have.

    Raises:
        ChildFailed: when there is no result, or more than `most`.
        OSError: when the machine starts no process now.
    """
    async with _turn(module):
        if not isinstance(source, AsyncIterable):
            async with _child(module, source, wanted) as child:
                return await _in_time(child, seconds, most)
        async with _child(module, subprocess.PIPE, wanted) as child:
            try:
                async with asyncio.timeout(seconds):
                    await _feed(child, source)
            except TimeoutError:
                raise ChildFailed(STALLED) from None
            return await _in_time(child, seconds, most)


@asynccontextmanager
async def _turn(module: str) -> AsyncIterator[None]:
    """Waits until fewer than `AT_A_TIME` children of this kind run for this event loop."""
    turns = _turns.setdefault(asyncio.get_running_loop(), {})
    async with turns.setdefault(module, asyncio.Semaphore(AT_A_TIME)):
        yield


@asynccontextmanager
async def _child(module: str, stdin: int | IO[bytes], wanted: Mapping[str, object]) -> AsyncIterator[Process]:
    """The worker, in an environment with nothing but the way to its code; dead at the end of the block."""
    root = str(Path(core.__file__).parents[1])
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-s", "-P", "-m", module, json.dumps(wanted)),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"},
    )
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await asyncio.shield(child.wait())


async def _feed(child: Process, source: AsyncIterable[bytes]) -> None:
    assert child.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it may have enough before it has read everything
        async for chunk in source:
            child.stdin.write(chunk)
            await child.stdin.drain()
    child.stdin.close()


async def _in_time(child: Process, seconds: float, most: int) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await _result(child, most)
    except TimeoutError:
        raise ChildFailed(SLOW) from None


async def _result(child: Process, most: int) -> bytes:
    assert child.stdout is not None
    assert child.stderr is not None
    (result, is_whole), (complaint, _) = await asyncio.gather(
        _read(child.stdout, most), _read(child.stderr, _COMPLAINT)
    )
    status = await child.wait()
    if status == 0 and result and is_whole:
        return result
    if status == REFUSED:
        raise ChildFailed(complaint.decode(errors="replace"))
    logger.warning("%r ended with %s: %r", child, status, complaint[-500:])
    raise ChildFailed(BROKEN)


async def _read(stream: asyncio.StreamReader, most: int) -> tuple[bytes, bool]:
    """The first `most` bytes, and whether that was all; reads to the end, so that nobody waits to be read."""
    kept, is_whole = bytearray(), True
    while chunk := await stream.read(64 * 1024):
        is_whole = is_whole and len(kept) + len(chunk) <= most
        kept += chunk[: most - len(kept)]
    return bytes(kept), is_whole
