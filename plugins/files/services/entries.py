"""Renaming and moving, the same for files and folders."""

from __future__ import annotations

from datetime import UTC, datetime

from cercle import (
    Club,
    Invalid,
    NotFound,
    Viewer,
    announce,
    atomic,
    clean_filename,
    gettext,
    lock_club,
    require,
    sort_key,
    text_kind,
)
from plugins.files.events import EntryMoved, EntryRenamed
from plugins.files.models import Entry, name_key
from plugins.files.permissions import ORGANISE
from plugins.files.queries import below
from plugins.files.services.folders import refuse_depth, refuse_taken
from plugins.files.services.publishing import publish
from plugins.files.services.space import refuse_ending
from plugins.files.services.uploads import Condition


async def change_entry(
    club: Club,
    id: int,
    *,
    actor: Viewer,
    name: str | None = None,
    folder: int | None = None,
    condition: Condition | None = None,
) -> Entry:
    """Rename or move a file or folder, or both at once.

    Args:
        club: the club.
        id: of the entry.
        actor: who does it; must be allowed to organise it.
        name: the new name, cleaned here; None to keep it.
        folder: id of the folder it goes into, 0 for the top; None to stay.
        condition: raises when the entry is not as the caller knew it.

    Raises:
        NotFound: when there is no such entry or target folder.
        Forbidden: when the actor may not organise it.
        Conflict: when the name is taken there.
        Invalid: when a folder would end up inside itself, or too deep, or the operator refuses files with such a name.
    """
    async with atomic():
        await lock_club(club.id)
        entry = await live_entry(club, id)
        require(actor, ORGANISE, entry)
        if condition is not None:
            condition(entry)
        old_name, old_folder = entry.name, entry.parent_key
        wanted = old_name if name is None else clean_filename(name)
        target = old_folder if folder is None else folder
        if entry.is_file and wanted != old_name:
            await refuse_ending(wanted)
        if target != old_folder:
            await _refuse_place(club, entry, target)
        await refuse_taken(club, target, wanted, but=entry.id)
        await _save(club, entry, wanted, target)
        if wanted != old_name:
            await announce(
                EntryRenamed(club_id=club.id, actor_id=actor.id, entry_id=entry.id, title=wanted, old_title=old_name)
            )
        if target != old_folder:
            await announce(
                EntryMoved(club_id=club.id, actor_id=actor.id, entry_id=entry.id, title=wanted, folder_id=target)
            )
        return entry


async def live_entry(club: Club, id: int) -> Entry:
    """A file or folder that is in use, for changing it.

    Raises:
        NotFound: when there is none.
    """
    entry = await Entry.get_or_none(club_id=club.id, id=id, slot=0)
    if entry is None:
        raise NotFound()
    return entry


async def _refuse_place(club: Club, entry: Entry, target: int) -> None:
    height = 0 if entry.is_file else 1 + max(depth for _, depth in await below(club, entry.id))
    above = await refuse_depth(club, target, height)
    if entry.id in above:
        raise Invalid(gettext("A folder cannot be moved into itself."), field="folder")


async def _save(club: Club, entry: Entry, name: str, folder: int) -> None:
    if entry.is_file and text_kind(name, entry.content_type) != text_kind(entry.name, entry.content_type):
        entry.wants_text = True
    entry.name, entry.name_key, entry.sort_key = name, name_key(name), sort_key(name)
    entry.parent_id, entry.parent_key = folder or None, folder
    entry.updated_at = datetime.now(UTC)
    await entry.save()
    if entry.is_file:
        await publish(club, entry, touch=False)
