"""Uploads: bytes go into the storage as they arrive, and become files or versions in one transaction when all are there.

A broken upload leaves nothing: no row was written yet, and bytes without a row are collected.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import ClientDisconnect

from cercle import (
    Club,
    Conflict,
    Invalid,
    NotFound,
    TooLarge,
    Viewer,
    announce,
    atomic,
    clean_filename,
    current_app,
    gettext,
    hold,
    lock_club,
    media_type_of,
    no_space,
    require,
    sort_key,
    space_left,
    store,
    take_space,
    text_kind,
)
from plugins.files.events import FileUploaded, VersionUploaded
from plugins.files.models import ROOT, Entry, Version, name_key
from plugins.files.permissions import ORGANISE
from plugins.files.services.folders import ensure_path, occupant, refuse_depth
from plugins.files.services.publishing import TYPES, publish
from plugins.files.services.space import largest_upload, refuse_ending, too_large

ANY_TYPE = "application/octet-stream"
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})

Condition = Callable[[Entry | None], None]


@dataclass(frozen=True, slots=True)
class Arrived:
    """Bytes that are in the storage, and what they are to be called."""

    name: str
    hash: str
    size: int
    content_type: str


async def receive(club: Club, chunks: AsyncIterable[bytes], *, name: str, content_type: str) -> Arrived:
    """Put a stream into the storage. Not inside `atomic()`.

    Args:
        club: whose room it takes.
        chunks: the bytes.
        name: of the file, as the sender says; cleaned here.
        content_type: what the sender says it is; guessed from the name where nothing useful is said.

    Raises:
        TooLarge: past the limit of an upload, or past the room that is left.
        Invalid: when the sender breaks off, or the operator refuses files with such a name.
    """
    cleaned, most = clean_filename(name), await largest_upload()
    await refuse_ending(cleaned)
    try:
        blob = await store(current_app().storage, chunks, limit=min(most, space_left(club)))
    except TooLarge:
        raise (no_space(club) if space_left(club) < most else too_large(most)) from None
    except ClientDisconnect:
        raise cut_off() from None
    return Arrived(cleaned, blob.hash, blob.size, type_of(content_type, cleaned))


async def put_files(club: Club, arrived: Sequence[Arrived], *, folder: int, actor: Viewer) -> list[Entry]:
    """Make files of what has arrived, all or none; a name that is taken by a file gets a new version.

    Args:
        club: the club.
        arrived: from `receive`.
        folder: id of the folder, 0 for the top.
        actor: who sent them.

    Raises:
        NotFound: when there is no such folder.
        Conflict: when a name is taken by a folder.
        Forbidden: when a file of that name belongs to somebody else and the actor may not replace it.
        TooLarge: when there is no room.
    """
    async with atomic():
        await lock_club(club.id)
        await refuse_depth(club, folder, 0)
        # in the order of their hashes, so that two clubs that send the same files do not wait for each other
        return [await _put(club, one, folder, actor) for one in sorted(arrived, key=lambda one: one.hash)]


async def put_at_path(
    club: Club, folders: Sequence[str], arrived: Arrived, *, actor: Viewer, condition: Condition
) -> Entry:
    """Make a file, or a new version of it, at a path; missing folders are made. Errors as in `put_files`.

    Args:
        club: the club.
        folders: names from the top.
        arrived: from `receive`.
        actor: who sent it.
        condition: raises when the file that is there is not the one the sender knew.
    """
    async with atomic():
        folder = await ensure_path(club, folders, actor=actor)
        condition(await occupant(club, folder, arrived.name))
        return await _put(club, arrived, folder, actor)


async def put_version(
    club: Club, file_id: int, arrived: Arrived, *, actor: Viewer, condition: Condition | None = None, again_of: int = 0
) -> Entry:
    """Give a file a new version; it keeps its name, whatever the sent file was called. Errors as in `put_files`."""
    async with atomic():
        await lock_club(club.id)
        file = await Entry.get_or_none(club_id=club.id, id=file_id, is_file=True, slot=0)
        if file is None:
            raise NotFound()
        if condition is not None:
            condition(file)
        await _add_version(club, file, arrived, actor, again_of)
        return file


async def restore_version(club: Club, file_id: int, number: int, *, actor: Viewer) -> Entry:
    """Make an older version the current one again, as a new version. Errors as in `put_files`."""
    old = await Version.get_or_none(club_id=club.id, file_id=file_id, number=number)
    if old is None:
        raise NotFound()
    arrived = Arrived("", old.hash, old.size, old.content_type)
    return await put_version(club, file_id, arrived, actor=actor, again_of=number)


def cut_off() -> Invalid:
    """What becomes of an upload whose sender went away; hardly anybody is there to read it."""
    return Invalid(gettext("The upload was cut off. Please try again."))


def type_of(claimed: str, name: str) -> str:
    """The media type of a file: what was said, or a guess from the name where that says nothing."""
    said = media_type_of(claimed)
    return said if said != ANY_TYPE else (TYPES.guess_type(name, strict=True)[0] or ANY_TYPE)


async def _put(club: Club, arrived: Arrived, folder: int, actor: Viewer) -> Entry:
    present = await occupant(club, folder, arrived.name)
    if present is None:
        return await _add_file(club, arrived, folder, actor)
    if not present.is_file:
        raise Conflict(gettext("There is already a folder called “%(name)s” here.", name=present.name))
    await _add_version(club, present, arrived, actor)
    return present


async def _add_file(club: Club, arrived: Arrived, folder: int, actor: Viewer) -> Entry:
    now = datetime.now(UTC)
    file = await Entry.create(
        club_id=club.id,
        parent_id=folder or None,
        parent_key=folder or ROOT,
        is_file=True,
        name=arrived.name,
        name_key=name_key(arrived.name),
        sort_key=sort_key(arrived.name),
        author_id=actor.id,
        created_at=now,
        updated_at=now,
    )
    if await _save_version(club, file, arrived, actor, 0):
        await announce(FileUploaded(club_id=club.id, actor_id=actor.id, file_id=file.id, title=file.name))
    return file


async def _add_version(club: Club, file: Entry, arrived: Arrived, actor: Viewer, again_of: int = 0) -> None:
    require(actor, ORGANISE, file)
    await _save_version(club, file, arrived, actor, again_of)
    await announce(
        VersionUploaded(club_id=club.id, actor_id=actor.id, file_id=file.id, title=file.name, number=file.version)
    )


async def _save_version(club: Club, file: Entry, arrived: Arrived, actor: Viewer, again_of: int) -> bool:
    """The one place where bytes become part of a club: space counted, blob held, rows written. False for a file that waits."""
    await take_space(club.id, arrived.size)
    await hold(arrived.hash)
    file.version += 1
    file.hash, file.size, file.content_type = arrived.hash, arrived.size, arrived.content_type
    file.thumbnail_hash, file.updated_at = None, datetime.now(UTC)
    file.wants_text = bool(text_kind(file.name, file.content_type))
    await file.save()
    version = await Version.create(
        club_id=club.id,
        file=file,
        number=file.version,
        hash=arrived.hash,
        size=arrived.size,
        content_type=arrived.content_type,
        again_of=again_of,
        author_id=actor.id,
        wants_thumbnail=arrived.content_type in PICTURES,
        created_at=file.updated_at,
    )
    is_shown = await publish(club, file, text="")
    if version.wants_thumbnail:
        await current_app().jobs.nudge("files.make_thumbnail", version_id=version.id)
    if file.wants_text:
        await current_app().jobs.nudge("files.read_text", file_id=file.id)
    return is_shown
