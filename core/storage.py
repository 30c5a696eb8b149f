"""Stored files: bytes by their SHA-256 in a `Storage`, and one `Blob` row each that counts who needs them.

Row and bytes live in two systems and may not part company, whatever is killed when. The rules:

* The row comes first and goes last, so there are never bytes without a row. `store` writes the row with a
  lease (an `unused_at` in the future), puts the bytes in place and then checks that it is still the same
  row. Only then is the row `placed`, and only a placed row can be held: nobody counts on bytes that an upload
  of somebody else, which may be killed, has yet to put in place.
* `collect` first claims a row without references by setting them to `CLAIMED`, then deletes the bytes, then
  the row. A claim is never taken back: who wants to store the same content meanwhile waits until the row is
  gone. So bytes are only deleted while nobody can count on them.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterable
from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q

from core.db import dialect, execute, in_atomic
from core.downloads import INLINE_TYPES, BlobResponse
from core.errors import Conflict, Unavailable
from core.i18n import gettext as _
from core.models import Blob
from core.stores import LocalStorage, ObjectStorage, Storage, Written, open_storage

__all__ = [
    "CLAIMED",
    "INLINE_TYPES",
    "BlobResponse",
    "LocalStorage",
    "ObjectStorage",
    "Storage",
    "Written",
    "collect",
    "hold",
    "open_storage",
    "release",
    "store",
    "verify",
]

logger = logging.getLogger("cercle.storage")

CLAIMED = -1  # the `references` of a row whose bytes are being deleted
_LEASE = timedelta(hours=1)  # longer than putting any file in place takes
_CLAIM_LIFETIME = timedelta(minutes=10)  # a claim older than this belongs to a killed process
_DELETE_SECONDS = 60
_PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.02
_PAGE = 200


async def store(storage: Storage, chunks: AsyncIterable[bytes], *, limit: int) -> Blob:
    """Stores a stream and answers its row. `hold` the hash in the transaction that saves what refers to it.

    Not inside `atomic()`: it would keep the transaction open for as long as the upload takes.

    Args:
        chunks: the bytes, in pieces of any size.
        limit: the most bytes that are taken.

    Raises:
        TooLarge: when more arrive.
        Unavailable: when there is no room, the store is silent, or the same content is just being deleted.
    """
    if in_atomic():
        raise RuntimeError("store() does not belong inside `async with atomic()`; call hold() there")
    async with storage.stage(chunks, limit=limit) as staged:
        blob = await _announced(staged.hash, staged.size)
        await staged.place()
        while not await _confirmed(blob):
            blob = await _announced(staged.hash, staged.size)
            if await storage.size(staged.hash) is None:
                raise _being_deleted()
    return blob


async def hold(hash: str) -> None:
    """Counts one more reference. Call it inside the `atomic()` that saves the reference.

    Raises:
        Conflict: when the blob is gone, being deleted, or its bytes are not in place.
    """
    count = await execute(
        _sql(
            'UPDATE core_blob SET "references" = "references" + 1, unused_at = NULL'
            ' WHERE hash = {} AND "references" >= 0 AND placed'
        ),
        [hash],
    )
    if not count:
        raise Conflict(_("The content of this file is no longer stored. Please upload it again."))


async def release(hash: str) -> None:
    """Counts one reference less. Call it inside the `atomic()` that deletes the reference.

    The bytes stay until `collect` finds that nobody has needed them for a while.
    """
    count = await execute(
        _sql(
            'UPDATE core_blob SET "references" = "references" - 1,'
            ' unused_at = CASE WHEN "references" = 1 THEN {} ELSE unused_at END'
            ' WHERE hash = {} AND "references" > 0'
        ),
        [_now(), hash],
    )
    if not count:
        logger.error("Blob %s was released more often than held", hash)


async def collect(storage: Storage, *, older_than: timedelta = timedelta(hours=24)) -> int:
    """Deletes the blobs that nobody has needed for `older_than`; answers how many.

    Safe to run beside uploads, beside itself and after having been killed. A blob whose bytes cannot be
    deleted now is left for the next time.
    """
    count, last = 0, ""
    while hashes := await _unused(older_than, after=last):
        for hash in hashes:
            if await Blob.filter(_collectable(older_than), hash=hash).update(references=CLAIMED, unused_at=_now()):
                count += await _finish(storage, hash)
        last = hashes[-1]
    return count


async def verify(storage: Storage, hash: str) -> bool:
    """Whether the stored bytes are there and still have this SHA-256. Reads all of them."""
    if await storage.size(hash) is None:
        return False
    found = hashlib.sha256()
    async for chunk in storage.read(hash):
        await asyncio.to_thread(found.update, chunk)
    return found.hexdigest() == hash


async def _announced(hash: str, size: int) -> Blob:
    """The row of this content, made when there is none, and safe from `collect` for the time of the lease."""
    upsert = _sql(
        'INSERT INTO core_blob (hash, size, "references", placed, created_at, unused_at)'
        " VALUES ({}, {}, 0, FALSE, {}, {})"
        " ON CONFLICT (hash) DO UPDATE SET unused_at ="
        ' CASE WHEN core_blob."references" = 0 THEN excluded.unused_at ELSE core_blob.unused_at END'
        ' WHERE core_blob."references" >= 0'
    )
    loop = asyncio.get_running_loop()
    give_up = loop.time() + _PATIENCE_SECONDS
    while loop.time() < give_up:
        await execute(upsert, [hash, size, _now(), _now() + _LEASE])
        blob = await Blob.get_or_none(hash=hash, references__gte=0)
        if blob is not None:
            return blob
        await asyncio.sleep(_PAUSE_SECONDS)
    raise _being_deleted()


async def _confirmed(blob: Blob) -> bool:
    """Ends the lease: the bytes are in place. The same row as before (by `created_at`) says that no `collect` was here since."""
    count = await execute(
        _sql(
            'UPDATE core_blob SET placed = TRUE, unused_at = CASE WHEN "references" = 0 THEN {} ELSE unused_at END'
            ' WHERE hash = {} AND created_at = {} AND "references" >= 0'
        ),
        [_now(), blob.hash, blob.created_at],
    )
    return count > 0


def _being_deleted() -> Unavailable:
    return Unavailable(_("The same content is just being deleted. Please try again in a few minutes."))


async def _unused(older_than: timedelta, *, after: str) -> list[str]:
    query = Blob.filter(_collectable(older_than), hash__gt=after).order_by("hash").limit(_PAGE)
    return [str(hash) for hash in await query.values_list("hash", flat=True)]


def _collectable(older_than: timedelta) -> Q:
    """No references for long enough, or claimed by a process that was killed before it was done."""
    limit = _now() - older_than
    unused = Q(Q(unused_at__lte=limit), Q(unused_at__isnull=True, created_at__lte=limit), join_type=Q.OR)
    abandoned = Q(references=CLAIMED, unused_at__lte=_now() - _CLAIM_LIFETIME)
    return Q(Q(unused, references=0), abandoned, join_type=Q.OR)


async def _finish(storage: Storage, hash: str) -> int:
    """The second half of deleting a claimed blob, limited to a time well inside the lifetime of the claim."""
    try:
        async with asyncio.timeout(_DELETE_SECONDS):
            await storage.delete(hash)
    except (OSError, TimeoutError, Unavailable):
        logger.exception("Blob %s could not be deleted; the next collection tries again", hash)
        return 0
    return await Blob.filter(hash=hash, references=CLAIMED).delete()


def _sql(text: str) -> str:
    """Fills each `{}` with the next placeholder of the open database's dialect."""
    words = dialect()
    return text.format(*(words.param(number) for number in range(1, text.count("{}") + 1)))


def _now() -> datetime:
    return datetime.now(UTC)
