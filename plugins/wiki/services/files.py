"""Attachments of pages. The bytes are stored first; the row that refers to them is written in one transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath

from cercle import (
    INLINE_TYPES,
    Invalid,
    NotFound,
    Viewer,
    atomic,
    current_app,
    gettext,
    give_space,
    hold,
    media_type_of,
    release,
    take_space,
)
from plugins.wiki.models import Attachment, Page
from plugins.wiki.services.links import RENDER_JOB, take_tree

MIB = 1024 * 1024
MAX_FILE = 50 * MIB
MAX_FILES = 200


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file whose bytes are stored.

    Args:
        name: cleaned.
        hash, size: of its bytes.
        content_type: what it is said to be.
        key: for its address.
    """

    name: str
    hash: str
    size: int
    content_type: str
    key: str = field(default_factory=lambda: secrets.token_hex(12))


async def attach_file(page: Page, file: NewFile, *, actor: Viewer) -> Attachment:
    """Add a file to a page. Where there is one of the name already, it gets a number.

    Raises:
        NotFound: when the page is in the trash.
        Invalid: when the page has too many files.
        Conflict: when the bytes are gone; they must be sent again.
    """
    async with atomic():
        await take_tree(page.club_id)
        if not await Page.filter(id=page.id, trashed_at=None).update(stale_at=datetime.now(UTC)):
            raise NotFound()
        taken = {str(name) for name in await Attachment.filter(page_id=page.id).values_list("name", flat=True)}
        if len(taken) >= MAX_FILES:
            raise Invalid(gettext("A page can have at most %(most)s files.", most=MAX_FILES))
        await hold(file.hash)
        made = await add_file(page.club_id, page, file, free_name(file.name, taken), actor)
        await current_app().jobs.nudge(RENDER_JOB)
    return made


async def put_file(page: Page, file: NewFile, *, actor: Viewer) -> None:
    """Make a file of this name be these bytes, inside the transaction that writes the page."""
    present = await Attachment.get_or_none(page_id=page.id, name=file.name)
    if present is not None and present.hash == file.hash:
        await Attachment.filter(id=present.id).update(trashed_at=None, key=file.key)
        return
    await hold(file.hash)
    if present is None:
        await add_file(page.club_id, page, file, file.name, actor)
        return
    await release(present.hash)
    await give_space(page.club_id, present.size)
    await take_space(page.club_id, file.size)
    await Attachment.filter(id=present.id).update(
        hash=file.hash, size=file.size, content_type=file.content_type, key=file.key, trashed_at=None
    )


async def add_file(club_id: int, page: Page | None, file: NewFile, name: str, actor: Viewer) -> Attachment:
    """Write the row of a file whose bytes are held, inside a transaction; its name is free.

    Raises:
        TooLarge: when it does not fit into the club's quota.
    """
    await take_space(club_id, file.size)
    return await Attachment.create(
        club_id=club_id,
        page_id=page.id if page else None,
        key=file.key,
        name=name,
        hash=file.hash,
        size=file.size,
        content_type=media_type_of(file.content_type),
        uploader_id=actor.id,
    )


async def remove_file(attachment: Attachment) -> None:
    """Take a file from its page; it can be put back."""
    await _set_trashed(attachment, datetime.now(UTC))


async def put_back_file(attachment: Attachment) -> None:
    """Give a page a file back that was taken from it."""
    await _set_trashed(attachment, None)


def is_picture(content_type: str) -> bool:
    """Whether browsers may show it within a text."""
    return content_type in INLINE_TYPES and content_type.startswith("image/")


def free_name(name: str, taken: set[str]) -> str:
    """This name, or the first of `name-2.png`, `name-3.png`, … that is free."""
    path = PurePosixPath(name)
    numbered = (f"{path.stem[:180]}-{number}{path.suffix}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(other for other in numbered if other not in taken)


async def _set_trashed(attachment: Attachment, moment: datetime | None) -> None:
    async with atomic():
        await take_tree(attachment.club_id)
        await Attachment.filter(id=attachment.id).update(trashed_at=moment)
        await Page.filter(id=attachment.page_id).update(stale_at=datetime.now(UTC))
        await current_app().jobs.nudge(RENDER_JOB)
