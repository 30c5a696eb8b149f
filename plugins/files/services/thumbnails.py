"""Small pictures of the images among the files, made in a child process with limits."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

from cercle import Invalid, atomic, current_app, hold, store, thumbnail
from plugins.files.models import Entry, Version

SIDE = 480  # pixels
_MOST = 4 * 1024 * 1024

logger = logging.getLogger("cercle.files")


async def make_thumbnail(version_id: int) -> None:
    """Make the small picture of a version that waits for one; a file that is no image after all gets none.

    Doing it twice, or beside itself, changes nothing. When the storage does not answer, the version goes on waiting.
    """
    version = await Version.get_or_none(id=version_id, wants_thumbnail=True)
    if version is None:
        return
    storage = current_app().storage
    try:
        picture = await thumbnail(storage.read(version.hash), width=SIDE, height=SIDE)
    except Invalid as reason:
        logger.info("No thumbnail of version %s: %s", version_id, reason.message)
        await Version.filter(id=version_id).update(wants_thumbnail=False)
        return
    blob = await store(storage, _whole(picture), limit=_MOST)
    async with atomic():
        waiting = Version.filter(id=version_id, wants_thumbnail=True)
        if await waiting.update(wants_thumbnail=False, thumbnail_hash=blob.hash):
            await hold(blob.hash)
            await Entry.filter(id=version.file_id, version=version.number).update(thumbnail_hash=blob.hash)


async def versions_without_thumbnail(limit: int) -> list[int]:
    """Ids of versions that wait for a small picture, oldest first."""
    found = Version.filter(wants_thumbnail=True).order_by("id").limit(limit)
    return list(await found.values_list("id", flat=True))  # type: ignore[arg-type]


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
