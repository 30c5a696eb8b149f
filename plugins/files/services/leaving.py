"""What somebody takes along of the files: a list of what they uploaded, and the bytes."""

from __future__ import annotations

from cercle import ExportFile, clubs_read_by, current_app, gettext
from plugins.files.models import Entry, Version


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
