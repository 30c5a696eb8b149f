"""A folder of this machine as a store."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import aiofiles

from core.errors import SettingsError, Unavailable
from core.i18n import gettext as _
from core.settings import MIB
from core.stores.base import TEMPORARY, Staged, Storage, in_blocks, in_thread, key_of, missing

logger = logging.getLogger("cercle.storage")

BLOCK = MIB  # one visit to a thread hashes and writes, or reads, this much
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class LocalStorage(Storage):
    """Files in a folder: written under a temporary name, flushed to the disk, renamed.

    Args:
        folder: made when it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._temporary = self.folder / TEMPORARY
        try:
            self._temporary.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"CERCLE_STORAGE_URL: cannot make {self._temporary}: {error.strerror}") from None
        if not os.access(self._temporary, os.W_OK | os.X_OK):
            raise SettingsError(f"CERCLE_STORAGE_URL: {self._temporary} is not writable")

    @asynccontextmanager
    async def stage(self, chunks: AsyncIterable[bytes], *, limit: int) -> AsyncIterator[Staged]:
        incoming = await in_thread(_IncomingFile, self._temporary / uuid4().hex)
        try:
            with _room_needed():
                async for block in in_blocks(chunks, BLOCK, limit):
                    await in_thread(incoming.append, block)
                await in_thread(incoming.finish)
            hash = incoming.hash.hexdigest()

            async def place() -> None:
                with _room_needed():
                    await in_thread(_move, incoming.path, self._path(hash))

            yield Staged(hash, incoming.size, place)
        finally:
            await in_thread(incoming.discard)

    async def read(self, hash: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        try:
            async with aiofiles.open(self._path(hash), "rb") as file:
                if start:
                    await file.seek(start)
                while block := await file.read(BLOCK if end is None else max(0, min(BLOCK, end - start))):
                    start += len(block)
                    yield block
        except FileNotFoundError:
            raise missing(hash) from None

    async def size(self, hash: str) -> int | None:
        try:
            return (await in_thread(self._path(hash).stat)).st_size
        except FileNotFoundError:
            return None

    async def delete(self, hash: str) -> None:
        await in_thread(_remove, self._path(hash))

    async def sweep_temporary(self, older_than: timedelta) -> int:
        return await in_thread(_remove_older, self._temporary, datetime.now(UTC) - older_than)

    def _path(self, hash: str) -> Path:
        return self.folder / key_of(hash)


class _IncomingFile:
    """A file on its way in. Its methods are for threads; `append` hashes and writes in one visit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.hash = hashlib.sha256()
        self._file = path.open("xb")

    def append(self, block: bytes) -> None:
        self.hash.update(block)
        self._file.write(block)
        self.size += len(block)

    def finish(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


def _move(source: Path, target: Path) -> None:
    """Rename, and flush the folders, without which a power cut could undo the rename."""
    made = not target.parent.exists()
    target.parent.mkdir(exist_ok=True)
    source.replace(target)
    _flush_folder(target.parent)
    if made:
        _flush_folder(target.parent.parent)


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()
        _flush_folder(path.parent)


def _remove_older(folder: Path, limit: datetime) -> int:
    count = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime <= limit.timestamp():
                path.unlink()
                count += 1
    return count


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _room_needed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        logger.error("No room left in the storage: %s", error)
        raise Unavailable(_("There is no room left to store this file. Please tell the operator.")) from error
