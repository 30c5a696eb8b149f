"""Folders: making them, and what every change of the tree has to look at. Everything here runs under `lock_tree`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cercle import (
    Club,
    Conflict,
    Invalid,
    NotFound,
    Viewer,
    announce,
    atomic,
    clean_filename,
    gettext,
    lock_club,
    sort_key,
)
from plugins.files.events import FolderCreated
from plugins.files.models import ROOT, Entry, name_key, numbered
from plugins.files.queries import trail

MAX_DEPTH = 30


async def create_folder(club: Club, name: str, *, parent: int, actor: Viewer) -> Entry:
    """Make a folder.

    Args:
        club: the club.
        name: cleaned like the name of a file.
        parent: id of the folder it goes into, 0 for the top.
        actor: who makes it.

    Raises:
        Conflict: when the name is taken.
        NotFound: when there is no such parent.
        Invalid: when folders are nested too deeply.
    """
    async with atomic():
        await lock_club(club.id)
        await refuse_depth(club, parent, 1)
        await refuse_taken(club, parent, clean_filename(name))
        return await _make(club, clean_filename(name), parent, actor)


async def ensure_path(club: Club, names: Sequence[str], *, actor: Viewer) -> int:
    """The id of the folder at a path of names, with the missing ones made; 0 for no names. Inside `atomic()`.

    Raises:
        Conflict: when a file is in the way.
        Invalid: when the path is too deep.
    """
    if len(names) > MAX_DEPTH:
        raise _too_deep()
    await lock_club(club.id)
    parent = ROOT
    for name in map(clean_filename, names):
        found = await occupant(club, parent, name)
        if found is not None and found.is_file:
            raise Conflict(gettext("“%(name)s” is a file, not a folder.", name=found.name))
        parent = found.id if found else (await _make(club, name, parent, actor)).id
    return parent


async def occupant(club: Club, parent: int, name: str) -> Entry | None:
    """What has this name in a folder."""
    return await Entry.get_or_none(club_id=club.id, parent_key=parent, slot=0, name_key=name_key(name))


async def refuse_taken(club: Club, parent: int, name: str, *, but: int = 0) -> None:
    """Refuse a name that something else than `but` has in this folder.

    Raises:
        Conflict: naming it.
    """
    found = await occupant(club, parent, name)
    if found is not None and found.id != but:
        raise Conflict(gettext("There is already something called “%(name)s” in this folder.", name=found.name))


async def free_name(club: Club, parent: int, name: str) -> str:
    """The name itself, or `name (2)` and so on when it is taken."""
    wanted, number = name, 1
    while await occupant(club, parent, wanted) is not None:
        number += 1
        wanted = numbered(name, number)
    return wanted


async def refuse_depth(club: Club, parent: int, height: int) -> list[int]:
    """Refuse to nest too deeply; answers the ids from the top down to the folder `parent`.

    Raises:
        NotFound: when `parent` is not a folder that is in use.
        Invalid: when something `height` levels high does not fit below it.
    """
    steps = await trail(club, parent) if parent != ROOT else []
    if steps and steps[-1].is_file:
        raise NotFound()
    if len(steps) + height > MAX_DEPTH:
        raise _too_deep()
    return [step.id for step in steps]


async def _make(club: Club, name: str, parent: int, actor: Viewer) -> Entry:
    now = datetime.now(UTC)
    folder = await Entry.create(
        club_id=club.id,
        parent_id=parent or None,
        parent_key=parent,
        is_file=False,
        name=name,
        name_key=name_key(name),
        sort_key=sort_key(name),
        author_id=actor.id,
        created_at=now,
        updated_at=now,
    )
    await announce(FolderCreated(club_id=club.id, actor_id=actor.id, folder_id=folder.id, title=name))
    return folder


def _too_deep() -> Invalid:
    return Invalid(gettext("Folders can be nested %(most)s deep at most.", most=MAX_DEPTH), field="folder")
