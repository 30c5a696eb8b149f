"""What somebody takes along of the files, the bytes included, and what they may want erased when their account is."""

from __future__ import annotations

from tortoise.expressions import Q

from cercle import (
    ExportFile,
    PersonHolding,
    announce,
    atomic,
    clubs_read_by,
    current_app,
    dialect,
    forget_content,
    gettext,
    holdings_by_club,
    lock_club,
    ngettext,
    rows,
)
from plugins.files.events import EntryDeleted
from plugins.files.models import Entry, Version
from plugins.files.services.trash import delete_versions

BATCH = 100
_THEIRS = "e.is_file AND EXISTS (SELECT 1 FROM files_version v WHERE v.file_id = e.id AND v.author_id = {})"
_ALONE = "NOT EXISTS (SELECT 1 FROM files_version v WHERE v.file_id = e.id AND COALESCE(v.author_id, 0) <> {})"


async def files_of_person(user_id: int) -> list[ExportFile]:
    """The folders that they made and every version of a file that they uploaded, in clubs where they read files."""
    clubs = {club.id: club.slug for club in await clubs_read_by(user_id, "files")}
    versions = await Version.filter(author_id=user_id, club_id__in=list(clubs)).order_by("id").select_related("file")
    made = await Entry.filter(author_id=user_id, club_id__in=list(clubs), is_file=False).order_by("id")
    folders = [{"club": clubs[one.club_id], "name": one.name, "made_at": one.created_at} for one in made]
    listed = [ExportFile("folders.json", folders, gettext("Folders you made"))] if folders else []
    if not versions:
        return listed
    facts = [
        {
            "club": clubs[one.club_id],
            "name": one.file.name,
            "version": one.number,
            "size": one.size,
            "type": one.content_type,
            "uploaded_at": one.created_at,
            "sha256": one.hash,
        }
        for one in versions
    ]
    read = current_app().storage.read
    return [
        *listed,
        ExportFile("files.json", facts, gettext("What you uploaded")),
        *(
            ExportFile(
                f"{clubs[one.club_id]}/{one.file.name}", read(one.hash), f"{clubs[one.club_id]}: {one.file.name}"
            )
            for one in versions
        ),
    ]


async def holdings_of_person(user_id: int) -> list[PersonHolding]:
    """The files of which they uploaded a version."""
    words = dialect()
    found = await rows(
        f"SELECT e.club_id, COUNT(*) AS files, SUM(CASE WHEN {_ALONE} THEN 1 ELSE 0 END) AS alone FROM files_entry e "
        f"WHERE {_THEIRS} GROUP BY e.club_id ORDER BY e.club_id".format(words.param(1), words.param(2)),
        [user_id] * 2,
    )
    counts = {row["club_id"]: (int(row["files"]), int(row["alone"])) for row in found}
    return await holdings_by_club(user_id, "files", counts, lambda count: ngettext("file", "files", count))


async def erase_works(user_id: int) -> None:
    """Erase the files of which they uploaded every version."""
    words, last = dialect(), 0
    sql = f"SELECT e.id FROM files_entry e WHERE {_THEIRS} AND {_ALONE} AND e.id > {{}} ORDER BY e.id LIMIT {BATCH}"
    query = sql.format(*(words.param(number) for number in range(1, 4)))
    while found := await rows(query, [user_id, user_id, last]):
        for entry in await Entry.filter(id__in=[row["id"] for row in found]).order_by("id").select_related("club"):
            await _erase(entry, user_id)
        last = found[-1]["id"]


async def _erase(entry: Entry, user_id: int) -> None:
    """Erase a file, when nobody has given it another version in the meantime."""
    async with atomic():
        await lock_club(entry.club_id)
        others = Version.filter(Q(author_id=None) | ~Q(author_id=user_id), file_id=entry.id)
        if await others.exists():
            return
        await delete_versions(entry.club, [entry.id])
        await forget_content(plugin="files", kind="file", object_ids=[entry.id])
        if await Entry.filter(id=entry.id).delete():
            await announce(EntryDeleted(club_id=entry.club_id, actor_id=None, entry_id=entry.id, title=entry.name))
