"""Makes safe images out of uploaded ones: re-encoded small, upright and without metadata, in a child process.

Decoders of images are where hostile files strike, so none runs here: `core.image_worker` decodes, with its
own limits on memory, time and pixels, and is killed when it takes too long.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Literal
from weakref import WeakKeyDictionary

import core
from core.errors import Invalid
from core.i18n import N_
from core.i18n import gettext as _
from core.image_worker import REFUSED

logger = logging.getLogger("cercle.images")

Format = Literal["webp", "jpeg", "png"]

AT_A_TIME = 2
SECONDS = 30.0
MAX_SIDE = 4096

_REASONS = {
    b"format": N_("This is not an image of a known kind. Please use JPEG, PNG, GIF, WebP or AVIF."),
    b"pixels": N_("This image is too large. Please make it smaller than 50 megapixels."),
    b"large": N_("This image is too large. Please use a file under 128 MB."),
    b"broken": N_("This image is damaged and cannot be read."),
}

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def thumbnail(
    source: Path | AsyncIterable[bytes],
    *,
    width: int,
    height: int,
    format: Format = "webp",
    crop: bool = False,
) -> bytes:
    """A small picture of an image; of an animation the first frame. Never larger than the original.

    Args:
        source: a file, or the bytes of one (at most 128 MB), such as `storage.read(hash)`.
        width: of the box it fits into, in pixels, 1 to 4096.
        height: of the box, in pixels, 1 to 4096.
        format: of the result.
        crop: fill the box and cut off what is over, as for faces, instead of fitting inside.

    Raises:
        Invalid: when it is no JPEG, PNG, GIF, WebP or AVIF image, damaged, over 50 megapixels, or takes over
            30 seconds.
    """
    wanted: dict[str, object] = {
        "width": _side(width),
        "height": _side(height),
        "crop": crop,
        "format": format,
    }
    async with _turn():
        try:
            async with asyncio.timeout(SECONDS):
                return await _converted(source, wanted)
        except TimeoutError:
            raise Invalid(_("This image takes too long to process.")) from None


async def reencode(
    source: Path | AsyncIterable[bytes],
    *,
    max_width: int = MAX_SIDE,
    max_height: int = MAX_SIDE,
    format: Format = "webp",
) -> bytes:
    """The image with nothing but its pixels, made smaller when it exceeds the box; else as `thumbnail`."""
    return await thumbnail(source, width=max_width, height=max_height, format=format)


async def _converted(source: Path | AsyncIterable[bytes], wanted: dict[str, object]) -> bytes:
    if not isinstance(source, Path):
        async with _child(subprocess.PIPE, wanted) as child:
            await _feed(child, source)
            return await _result(child)
    try:
        file = await asyncio.to_thread(source.open, "rb")
    except OSError:
        raise Invalid(_("This image cannot be read.")) from None
    with file:
        async with _child(file, wanted) as child:
            return await _result(child)


@asynccontextmanager
async def _turn() -> AsyncIterator[None]:
    """Waits until fewer than `AT_A_TIME` children run for this event loop."""
    turns = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_A_TIME))
    async with turns:
        yield


@asynccontextmanager
async def _child(stdin: int | IO[bytes], wanted: dict[str, object]) -> AsyncIterator[Process]:
    """The worker, in an environment with nothing but the way to its code; dead at the end of the block."""
    root = str(Path(core.__file__).parents[1])
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-s", "-P", "-m", "core.image_worker", json.dumps(wanted)),
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
    with suppress(BrokenPipeError, ConnectionResetError):  # it may refuse before it has read everything
        async for chunk in source:
            child.stdin.write(chunk)
            await child.stdin.drain()
    child.stdin.close()


async def _result(child: Process) -> bytes:
    result, complaint = await child.communicate()
    if child.returncode == 0 and result:
        return result
    if child.returncode != REFUSED:
        logger.warning("The image worker ended with %s: %r", child.returncode, complaint[-500:])
    raise Invalid(_(_REASONS.get(complaint, _REASONS[b"broken"])))


def _side(pixels: int) -> int:
    if not 1 <= pixels <= MAX_SIDE:
        raise ValueError(f"the sides of a box are 1 to {MAX_SIDE} pixels, not {pixels}")
    return pixels
