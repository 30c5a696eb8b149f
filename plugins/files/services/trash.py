"""The trash: into it, out of it, and gone for good. A folder takes everything in it along, and brings it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tortoise.expressions import F

from cercle import (
    Club,
    Content,
    Forbidden,
    NotFound,
    Viewer,
    announce,
    atomic,
    can,
    club_settings,
    forget_content,
    gettext,
    give_space,
    lock_club,
    release,
    require,
    sort_key,
)
from plugins.files.events import EntryDeleted, EntryRestored, EntryTrashed, FileUploaded
from plugins.files.models import ROOT, Entry, Version, name_key
from plugins.files.permissions import DELETE, ORGANISE
from plugins.files.queries import below, in_trash
from plugins.files.services.entries import live_entry
from plugins.files.services.folders import free_name
from plugins.files.services.publishing import publish
from plugins.files.services.uploads import Condition
from plugins.files.settings import ClubSettings

_AT_ONCE = 500


async def trash_entry(club: Club, id: int, *, actor: Viewer, condition: Condition | None = None) -> Entry:
    """Put a file, or a folder with everything in it, into the trash.

    Args:
        club: the club.
        id: of the entry.
        actor: who does it; must be allowed to organise it, and what others put into it.
        condition: raises when the entry is not as the caller knew it.

    Raises:
        NotFound: when there is no such entry.
        Forbidden: when the actor may not, or a folder of theirs holds what belongs to others.
    """
    async with atomic():
        await lock_club(club.id)
        entry = await live_entry(club, id)
        require(actor, ORGANISE, entry)
        if condition is not None:
            condition(entry)
        ids = [entry.id] if entry.is_file else await _with_contents(club, entry.id)
        await _refuse_others(club, ids, actor)
        await _put_in(club, entry, ids, actor)
        return entry


async def restore_entry(club: Club, id: int, *, actor: Viewer) -> Entry:
    """Take out of the trash what was put there, with everything that went with it.

    It goes back into its folder, or to the top when that is gone or in the trash too; a name that is taken meanwhile
    becomes `name (2)`.

    Raises:
        NotFound: when this was not put into the trash.
        Forbidden: when the actor may not organise it.
    """
    async with atomic():
        await lock_club(club.id)
        entry = await _trashed(club, id)
        require(actor, ORGANISE, entry)
        await _take_out(club, entry, actor)
        return entry


async def hide_file(club: Club, id: int, *, actor: Viewer) -> None:
    """Put a file into the trash because a moderator hides it; in the trash already, it leaves the folder that it went with."""
    async with atomic():
        await lock_club(club.id)
        entry = await Entry.get_or_none(club_id=club.id, id=id, is_file=True)
        if entry is None:
            return
        if entry.slot:
            await Entry.filter(id=id).update(trash_root=id)
        else:
            await _put_in(club, entry, [id], actor)


async def show_file(club: Club, id: int, *, actor: Viewer, is_new: bool = False) -> None:
    """Take a file that was hidden out of the trash; of one that waited, plugins hear as of a new one."""
    async with atomic():
        await lock_club(club.id)
        entry = await Entry.get_or_none(club_id=club.id, id=id, trash_root=id)
        if entry is not None:
            await _take_out(club, entry, actor)
        if entry is not None and is_new:
            await announce(FileUploaded(club_id=club.id, actor_id=entry.author_id, file_id=id, title=entry.name))


async def delete_entry(club: Club, id: int, *, actor: Viewer) -> None:
    """Delete for good what was put into the trash: every version, and the space they took.

    Raises:
        NotFound: when this was not put into the trash.
        Forbidden: when the actor may not delete.
    """
    require(actor, DELETE, club)
    async with atomic():
        await lock_club(club.id)
        await _delete(club, await _trashed(club, id), actor.id)


async def empty_trash(club: Club, *, actor: Viewer) -> int:
    """Delete for good everything that is in the trash; answers how many things were put there."""
    require(actor, DELETE, club)
    roots = await in_trash(club).order_by("id").values_list("id", flat=True)
    count = 0
    for id in roots:
        try:
            await delete_entry(club, id, actor=actor)  # type: ignore[arg-type]
        except NotFound:  # somebody else was faster
            continue
        count += 1
    return count


async def empty_old_trash() -> None:
    """Delete for good what has been in the trash for longer than its club wants it.

    Where files are off or can only be read, and in archived clubs, everything stays.
    """
    trashed = Entry.filter(
        slot=F("trash_root"),
        club__deleted_at=None,
        club__archived_at=None,
        club__switches__plugin="files",
        club__switches__effective="on",
    )
    for club in await Club.filter(id__in=await trashed.distinct().values_list("club_id", flat=True)):
        days = (await club_settings(club, ClubSettings)).trash_days
        if days:
            await _empty_until(club, datetime.now(UTC) - timedelta(days=days))


async def _empty_until(club: Club, before: datetime) -> None:
    old = in_trash(club).filter(trashed_at__lt=before).order_by("trashed_at")
    for id in await old.values_list("id", flat=True):
        async with atomic():
            await lock_club(club.id)
            entry = await in_trash(club).get_or_none(id=id, trashed_at__lt=before)
            if entry is not None:  # nobody took it out meanwhile
                await _delete(club, entry, None)


async def _delete(club: Club, entry: Entry, actor_id: int | None) -> None:
    ids = await _group(entry.id)
    await delete_versions(club, ids)
    for some in _portions(ids):
        await forget_content(plugin="files", kind="file", object_ids=some)
        await Entry.filter(parent_key__in=some).update(parent_id=None, parent_key=ROOT)
    await Entry.filter(trash_root=entry.id).delete()
    await announce(EntryDeleted(club_id=club.id, actor_id=actor_id, entry_id=entry.id, title=entry.name))


async def _put_in(club: Club, entry: Entry, ids: Sequence[int], actor: Viewer) -> None:
    now = datetime.now(UTC)
    for some in _portions(ids):
        await Entry.filter(id__in=some).update(slot=F("id"), trashed_at=now, trash_root=entry.id)
    await _mark_content(ids, "trashed")
    await announce(EntryTrashed(club_id=club.id, actor_id=actor.id, entry_id=entry.id, title=entry.name))


async def _take_out(club: Club, entry: Entry, actor: Viewer) -> None:
    ids = await _group(entry.id)
    if not await Entry.exists(club_id=club.id, id=entry.parent_key, slot=0):
        entry.parent_id, entry.parent_key = None, ROOT
    name = await free_name(club, entry.parent_key, entry.name)
    entry.name, entry.name_key, entry.sort_key = name, name_key(name), sort_key(name)
    entry.slot, entry.trashed_at, entry.trash_root = 0, None, None
    await entry.save()
    await Entry.filter(trash_root=entry.id).update(slot=0, trashed_at=None, trash_root=None)
    await _mark_content(ids, "published")
    if entry.is_file:
        await publish(club, entry, touch=False)
    await announce(EntryRestored(club_id=club.id, actor_id=actor.id, entry_id=entry.id, title=entry.name))


async def _with_contents(club: Club, folder: int) -> list[int]:
    folders = [id for id, _ in await below(club, folder)]
    files: list[int] = []
    for some in _portions(folders):
        files += await Entry.filter(parent_key__in=some, slot=0, is_file=True).values_list("id", flat=True)  # type: ignore[arg-type]
    return folders + files


async def _refuse_others(club: Club, ids: Sequence[int], actor: Viewer) -> None:
    """The right of an author ends where a folder holds what others put there."""
    if can(actor, ORGANISE, club):
        return
    for some in _portions(ids):
        if await Entry.filter(id__in=some).exclude(author_id=actor.id).exists() or (
            await Entry.exists(id__in=some, author_id=None)
        ):
            raise Forbidden(
                gettext("Other people have put something into this folder, so it cannot go into the trash.")
            )


async def _trashed(club: Club, id: int) -> Entry:
    entry = await in_trash(club).get_or_none(id=id)
    if entry is None:
        raise NotFound()
    return entry


async def _group(root: int) -> list[int]:
    return list(await Entry.filter(trash_root=root).values_list("id", flat=True))  # type: ignore[arg-type]


async def delete_versions(club: Club, ids: Sequence[int]) -> None:
    """Delete all versions of these files and give their space back, in the transaction of the caller.

    Blobs are let go in the order of their hashes: another club's transaction may do the same, and neither may wait.
    """
    size, hashes = 0, []
    for some in _portions(ids):
        for version in await Version.filter(file_id__in=some).only("size", "hash", "thumbnail_hash"):
            size += version.size
            hashes += [hash for hash in (version.hash, version.thumbnail_hash) if hash]
        await Version.filter(file_id__in=some).delete()
    for hash in sorted(hashes):
        await release(hash)
    await give_space(club.id, size)


async def _mark_content(ids: Sequence[int], state: str) -> None:
    for some in _portions(ids):
        await Content.filter(plugin="files", kind="file", object_id__in=some).update(state=state)


def _portions(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
