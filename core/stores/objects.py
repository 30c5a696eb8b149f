"""A bucket of an S3 store as a store."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError as ObjectStoreError
from obstore.store import S3Store

from core.errors import SettingsError, Unavailable
from core.i18n import gettext as _
from core.settings import GIB, MIB
from core.stores.base import (
    TEMPORARY,
    Staged,
    Storage,
    Written,
    in_blocks,
    in_thread,
    key_of,
    missing,
    settled,
)

logger = logging.getLogger("cercle.storage")

PART = 8 * MIB  # an object store takes at most 10,000 parts of a file: 80 GB
COPY_LIMIT = 5 * GIB  # the most that one CopyObject of S3 takes


class ObjectStorage(Storage):
    """Objects in a bucket of an S3 store.

    Files of up to one part are sent straight to their place; larger ones go to a temporary object that the
    store then copies by itself. The parts of an upload that a killed process left unfinished are invisible:
    a life-cycle rule of the bucket (`AbortIncompleteMultipartUpload`) removes them.

    Args:
        bucket: its name.
        prefix: the keys begin with it.
        copy_limit: the most bytes that the store copies by itself; beyond it they pass through here.
    """

    def __init__(self, bucket: str, prefix: str = "", *, copy_limit: int = COPY_LIMIT) -> None:
        self._copy_limit = copy_limit
        try:
            self._store = S3Store(
                bucket,
                prefix=prefix or None,
                client_options={
                    "allow_http": True,
                    "connect_timeout": "5s",
                    "read_timeout": "2m",
                    "timeout": "15m",
                },
                retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=30)},
            )
        except ObjectStoreError as error:
            raise SettingsError(f"CERCLE_STORAGE_URL: the AWS_ variables do not fit: {error}") from None

    @asynccontextmanager
    async def stage(self, chunks: AsyncIterable[bytes], *, limit: int) -> AsyncIterator[Staged]:
        blocks = in_blocks(chunks, PART, limit)
        first = await anext(blocks, b"")
        second = await anext(blocks, None)
        if second is None:
            yield self._staged_bytes(first, (await in_thread(hashlib.sha256, first)).hexdigest())
            return
        key = f"{TEMPORARY}/{uuid4().hex}"
        try:
            written = await self._send(key, _chained(first, second, blocks))
            yield self._staged_object(key, written)
        finally:
            with suppress(ObjectStoreError, FileNotFoundError):
                await settled(obstore.delete_async(self._store, key))

    async def read(self, hash: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        end = await self._size_or_missing(hash) if end is None else end
        while start < end:
            stop = min(start + PART // 2, end)
            with _answer_needed(hash):
                block = await obstore.get_range_async(self._store, key_of(hash), start=start, end=stop)
            if not block:
                return
            start += len(block)
            yield bytes(block)

    async def size(self, hash: str) -> int | None:
        try:
            with _answer_needed():
                return (await obstore.head_async(self._store, key_of(hash)))["size"]
        except FileNotFoundError:
            return None

    async def delete(self, hash: str) -> None:
        with suppress(FileNotFoundError), _answer_needed():
            await obstore.delete_async(self._store, key_of(hash))

    async def sweep_temporary(self, older_than: timedelta) -> int:
        limit, count = datetime.now(UTC) - older_than, 0
        with _answer_needed():
            async for batch in obstore.list(self._store, f"{TEMPORARY}/"):
                old = [item["path"] for item in batch if item["last_modified"] <= limit]
                for path in old:
                    await obstore.delete_async(self._store, path)
                count += len(old)
        return count

    async def _send(self, key: str, blocks: AsyncIterable[bytes]) -> Written:
        hash, size = hashlib.sha256(), 0
        with _answer_needed():
            writer = obstore.open_writer_async(self._store, key, buffer_size=PART, max_concurrency=2)
            try:
                async for block in blocks:
                    await in_thread(hash.update, block)
                    await settled(writer.write(block))
                    size += len(block)
            finally:
                await settled(writer.close())
        return Written(hash.hexdigest(), size)

    def _staged_bytes(self, content: bytes, hash: str) -> Staged:
        async def place() -> None:
            with _answer_needed():
                await obstore.put_async(self._store, key_of(hash), content, use_multipart=False)

        return Staged(hash, len(content), place)

    def _staged_object(self, key: str, written: Written) -> Staged:
        async def place() -> None:
            with _answer_needed():
                if written.size <= self._copy_limit:
                    await obstore.copy_async(self._store, key, key_of(written.hash))
                    return
                source = (await obstore.get_async(self._store, key)).stream(PART)
                await obstore.put_async(self._store, key_of(written.hash), source, chunk_size=PART, max_concurrency=2)

        return Staged(written.hash, written.size, place)

    async def _size_or_missing(self, hash: str) -> int:
        size = await self.size(hash)
        if size is None:
            raise missing(hash)
        return size


async def _chained(first: bytes, second: bytes, rest: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    yield first
    yield second
    async for block in rest:
        yield block


@contextmanager
def _answer_needed(hash: str = "") -> Iterator[None]:
    try:
        yield
    except ObjectStoreError as error:
        logger.error("The object store failed: %s", error)
        raise Unavailable(_("The file store does not answer at the moment. Please try again.")) from error
    except FileNotFoundError:
        if not hash:
            raise
        raise missing(hash) from None
