"""Makes safe images out of uploaded ones: re-encoded small, upright and without metadata, in a child process.

Decoders of images are where hostile files strike, so none runs here: `core.image_worker` decodes, with its
own limits on memory, time and pixels, and is killed when it takes too long.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Mapping
from pathlib import Path
from typing import IO, Literal

from core.children import SLOW, STALLED, ChildFailed, run_child
from core.errors import Invalid
from core.i18n import N_
from core.i18n import gettext as _

Format = Literal["webp", "jpeg", "png"]

SECONDS = 30.0
MAX_SIDE = 4096

_WORKER = "core.image_worker"
_SLOW = N_("This image takes too long to process.")
_REASONS = {
    "format": N_("This is not an image of a known kind. Please use JPEG, PNG, GIF, WebP or AVIF."),
    "pixels": N_("This image is too large. Please make it smaller than 50 megapixels."),
    "large": N_("This image is too large. Please use a file under 128 MB."),
    "broken": N_("This image is damaged and cannot be read."),
    SLOW: _SLOW,
    STALLED: _SLOW,
}


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
    if not isinstance(source, Path):
        return await _converted(source, wanted)
    try:
        file = await asyncio.to_thread(source.open, "rb")
    except OSError:
        raise Invalid(_("This image cannot be read.")) from None
    with file:
        return await _converted(file, wanted)


async def reencode(
    source: Path | AsyncIterable[bytes],
    *,
    max_width: int = MAX_SIDE,
    max_height: int = MAX_SIDE,
    format: Format = "webp",
) -> bytes:
    """The image with nothing but its pixels, made smaller when it exceeds the box; else as `thumbnail`."""
    return await thumbnail(source, width=max_width, height=max_height, format=format)


async def _converted(source: AsyncIterable[bytes] | IO[bytes], wanted: Mapping[str, object]) -> bytes:
    try:
        return await run_child(_WORKER, source, wanted, seconds=SECONDS)
    except ChildFailed as failure:
        raise Invalid(_(_REASONS.get(failure.reason, _REASONS["broken"]))) from None


def _side(pixels: int) -> int:
    if not 1 <= pixels <= MAX_SIDE:
        raise ValueError(f"the sides of a box are 1 to {MAX_SIDE} pixels, not {pixels}")
    return pixels
