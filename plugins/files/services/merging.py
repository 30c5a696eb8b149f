"""When a club goes into another one: what it had at the top goes into a folder with its name."""

from __future__ import annotations

from datetime import UTC, datetime

from cercle import Club, clean_filename, dialect, execute, sort_key
from plugins.files.models import ROOT, Entry, name_key
from plugins.files.services.folders import free_name


async def gather_in_folder(source: Club, target: Club) -> None:
    """Make the folder in the club that stays, and put everything into it that stands at the top; nothing where that is empty."""
    if not await Entry.exists(club_id=source.id, parent_key=ROOT):
        return
    now, name = datetime.now(UTC), await free_name(target, ROOT, clean_filename(source.name))
    folder = await Entry.create(
        club_id=target.id,
        is_file=False,
        name=name,
        name_key=name_key(name),
        sort_key=sort_key(name),
        created_at=now,
        updated_at=now,
    )
    word = dialect().param
    await execute(
        f"UPDATE files_entry SET club_id = {word(1)}, parent_id = {word(2)}, parent_key = {word(3)} "
        f"WHERE club_id = {word(4)} AND parent_key = {ROOT}",
        [target.id, folder.id, folder.id, source.id],
    )
