"""The picture above a post: made small and harmless in a child process, stored by its content."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cercle import Conflict, atomic, current_app, gettext, hold, release, store, thumbnail
from plugins.blog.models import Post

MAX_UPLOAD = 20 * 1024 * 1024
SIDE = 1600
_MAX_STORED = 8 * 1024 * 1024


async def set_cover(post: Post, chunks: AsyncIterator[bytes]) -> None:
    """Give a post a cover.

    Args:
        post: the post.
        chunks: the bytes of an image.

    Raises:
        Invalid: when they are no image that can be shown.
        Conflict: when somebody else changed the cover at the same moment.
    """
    picture = await thumbnail(chunks, width=SIDE, height=SIDE)
    blob = await store(current_app().storage, _once(picture), limit=_MAX_STORED)
    async with atomic():
        await hold(blob.hash)
        await _replace(post, blob.hash, blob.size)


async def remove_cover(post: Post) -> None:
    """Take the cover of a post away."""
    async with atomic():
        await _replace(post, None, 0)
        await Post.filter(id=post.id).update(cover_alt="")


async def describe_cover(post: Post, text: str) -> None:
    """Say in words what the cover shows, for people who do not see it."""
    await Post.filter(id=post.id).update(cover_alt=text)


async def _replace(post: Post, hash: str | None, size: int) -> None:
    old = (await Post.get(id=post.id).only("id", "cover_hash")).cover_hash
    same = Post.filter(id=post.id, cover_hash=old) if old else Post.filter(id=post.id, cover_hash__isnull=True)
    if not await same.update(cover_hash=hash, cover_size=size):
        raise Conflict(gettext("Somebody else changed the cover at the same moment. Please try again."))
    if old:
        await release(old)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
