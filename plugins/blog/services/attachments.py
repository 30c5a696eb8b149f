"""Pictures and files in the texts of posts: taken in before the post is saved, tied to it when it is."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta

from cercle import (
    INLINE_TYPES,
    Club,
    Invalid,
    Upload,
    Viewer,
    atomic,
    current_app,
    gettext,
    give_space,
    hold,
    media_type_of,
    release,
    store,
    take_space,
    thumbnail,
)
from plugins.blog.models import Attachment, Post

MAX_FILE = 50 * 1024 * 1024
MAX_UNTIED = 200
KEPT_UNTIED = timedelta(days=2)
BATCH = 100
_KEYS = re.compile(r"/blog/attachments/([A-Za-z0-9_-]{22})/")


async def attach_file(club: Club, file: Upload, *, actor: Viewer, limit: int) -> Attachment:
    """Take a file in that no post has yet.

    Args:
        club: where.
        file: as it streams.
        actor: who sends it.
        limit: the most bytes.

    Raises:
        TooLarge: when it is larger, or does not fit into the club.
        Invalid: when it says it is a picture and is none, or too many files wait for their post.
        Conflict: when the bytes are gone; they must be sent again.
    """
    if await Attachment.filter(club_id=club.id, uploader_id=actor.id, post_id=None).count() >= MAX_UNTIED:
        raise Invalid(gettext("You have sent many files that no post has yet. Save your post first."), field="file")
    storage = current_app().storage
    content_type = media_type_of(file.content_type)
    blob = await store(storage, file.chunks, limit=limit)
    if is_picture(content_type):
        await thumbnail(storage.read(blob.hash), width=16, height=16)
    async with atomic():
        await hold(blob.hash)
        await take_space(club.id, blob.size)
        return await Attachment.create(
            club_id=club.id,
            key=secrets.token_urlsafe(16),
            name=file.filename,
            hash=blob.hash,
            size=blob.size,
            content_type=content_type,
            uploader_id=actor.id,
        )


async def tie_attachments(post: Post, *, actor: Viewer) -> None:
    """Give a post the files in its text that the actor sent and no post has, in the transaction that saves it."""
    keys = set(_KEYS.findall(post.body))
    if keys:
        untied = Attachment.filter(club_id=post.club_id, uploader_id=actor.id, post_id=None, key__in=keys)
        await untied.update(post_id=post.id)


async def remove_untied() -> None:
    """Remove the files that no post was saved with for two days."""
    before = datetime.now(UTC) - KEPT_UNTIED
    while found := await Attachment.filter(post_id=None, created_at__lt=before).limit(BATCH):
        for file in found:
            await forget_attachment(file)


def is_picture(content_type: str) -> bool:
    """Whether browsers may show it within a text."""
    return content_type in INLINE_TYPES and content_type.startswith("image/")


def address_of(club: Club, file: Attachment) -> str:
    """The path of a file."""
    return current_app().urls.path("blog:attachments.show", club=club.slug, key=file.key, file=file.name)


def markdown_of(club: Club, file: Attachment) -> str:
    """How a text refers to a file: pictures are shown, others are links."""
    label = re.sub(r"([\[\]\\`*_<>])", r"\\\1", file.name)
    return f"{'!' if is_picture(file.content_type) else ''}[{label}]({address_of(club, file)})"


async def forget_attachment(file: Attachment) -> None:
    """Erase a file that no post has, and let its bytes go; one that a post has taken meanwhile stays."""
    async with atomic():
        if await Attachment.filter(id=file.id, post_id=None).delete():
            await release(file.hash)
            await give_space(file.club_id, file.size)
