"""What every store is, and what they share: blocks of a stream, work that is not left half-way, errors."""

from __future__ import annotations

import asyncio
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import ParamSpec, TypeVar

from core.errors import TooLarge, Unavailable
from core.i18n import filesize
from core.i18n import gettext as _

logger = logging.getLogger("cercle.storage")

TEMPORARY = "tmp"  # the folder of what has not arrived whole
_HASH = re.compile(r"[0-9a-f]{64}")
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Written:
    """What was stored: the SHA-256 in 64 hexadecimal digits, and the size in bytes."""

    hash: str
    size: int


@dataclass(frozen=True, slots=True)
class Staged(Written):
    """Bytes that have arrived whole and are not visible yet; `place()` makes them so, once."""

    place: Callable[[], Awaitable[None]]


class Storage(ABC):
    """A place for bytes. The same content is stored once; a hash never changes its bytes."""

    async def write(self, chunks: AsyncIterable[bytes], *, limit: int) -> Written:
        """Stores a stream without keeping it in memory. `core.storage.store` also writes the row of it.

        Args:
            chunks: the bytes, in pieces of any size.
            limit: the most bytes that are taken.

        Raises:
            TooLarge: when more arrive. Nothing is left behind then, or after any other error.
            Unavailable: when the disk is full or the store does not answer.
        """
        async with self.stage(chunks, limit=limit) as staged:
            await staged.place()
        return Written(staged.hash, staged.size)

    @abstractmethod
    def stage(self, chunks: AsyncIterable[bytes], *, limit: int) -> AbstractAsyncContextManager[Staged]:
        """Takes a stream in under a temporary name, gone at the end of the block. Errors as in `write`."""

    @abstractmethod
    def read(self, hash: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Yields the bytes from `start` up to, not including, `end`, in pieces of a few MiB at most.

        Raises:
            Unavailable: when the bytes are missing or the store does not answer.
        """

    @abstractmethod
    async def size(self, hash: str) -> int | None:
        """The number of bytes stored under this hash, or None when there are none."""

    @abstractmethod
    async def delete(self, hash: str) -> None:
        """Removes the bytes; fine when they are not there."""

    @abstractmethod
    async def sweep_temporary(self, older_than: timedelta) -> int:
        """Removes what killed processes left, last written longer ago than `older_than`; answers how many."""


def key_of(hash: str) -> str:
    if not _HASH.fullmatch(hash):
        raise ValueError(f"not a SHA-256 in hexadecimal digits: {hash!r}")
    return f"{hash[:2]}/{hash}"


async def in_blocks(chunks: AsyncIterable[bytes], size: int, limit: int) -> AsyncGenerator[bytes, None]:
    """The same bytes in blocks of at least `size`, so that a visit to a thread is worth it."""
    waiting: list[bytes] = []
    held = total = 0
    async for chunk in chunks:
        held += len(chunk)
        total += len(chunk)
        if total > limit:
            raise TooLarge(_("This is larger than the limit of %(limit)s.", limit=filesize(limit)))
        waiting.append(chunk)
        if held >= size:
            yield b"".join(waiting)
            waiting, held = [], 0
    if waiting:
        yield b"".join(waiting)


async def in_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    return await settled(asyncio.to_thread(function, *args, **kwargs))


async def settled(work: Awaitable[_T]) -> _T:
    """Waits for the end of what cannot be stopped half-way, even when cancelled, before passing that on.

    Without it, cleaning up after a cancelled upload would run beside the thread that still writes.
    """
    future = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait([future])
        if not future.cancelled():
            future.exception()
        raise


def missing(hash: str) -> Unavailable:
    logger.error("The bytes of blob %s are missing in the storage", hash)
    return Unavailable(_("The content of this file is missing. Please tell the operator."))
