"""The files of the demo: papers and pictures of a made-up network, which lie beside this module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cercle import Club, Content, access_for, current_app
from plugins.files.models import Entry, Version
from plugins.files.queries import find_path
from plugins.files.services.uploads import put_at_path, receive

HERE = Path(__file__).parent
FILES = {
    "Réunions/Compte rendu du 12 novembre.md": ("compte-rendu.md", "member", 3),
    "Réunions/Participants 2026.csv": ("participants.csv", "owner", 8),
    "Modèles/Lettre de mission.txt": ("lettre-de-mission.txt", "owner", 47),
    "Images/Affiche rencontre d’automne.png": ("affiche.png", "owner", 26),
    "Images/Fond de présentation.jpg": ("fond.jpg", "member", 61),
}
"""What stands where: its source in this folder, who brought it, and how many days ago."""


async def seed(club: Club, cast: Mapping[str, Any]) -> None:
    """Put the files into a club; those that are there stay as they are."""
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)  # whatever the time, the same days
    for path, (source, person, days) in FILES.items():
        names = path.split("/")
        if await find_path(club, names) is None:
            await _put(club, names, (HERE / source).read_bytes(), cast.get(person) or cast["owner"])
            await _date_back(club, names, noon - timedelta(days=days))


async def _put(club: Club, names: list[str], content: bytes, person: Any) -> None:
    actor = await access_for(current_app(), club, user_id=person.id, name=person.name)
    arrived = await receive(club, _whole(content), name=names[-1], content_type="")
    await put_at_path(club, names[:-1], arrived, actor=actor, condition=lambda present: None)


async def _date_back(club: Club, names: list[str], moment: datetime) -> None:
    """As if the file, and the folder that it may be the first in, had been there since."""
    listed = await find_path(club, names)
    if listed is None:
        return
    file = await Entry.get(id=listed.id).only("id", "parent_id")
    await Entry.filter(id__in=(file.id, file.parent_id)).update(created_at=moment, updated_at=moment)
    await Version.filter(file_id=file.id).update(created_at=moment)
    dates = {"created_at": moment, "updated_at": moment, "published_at": moment}
    await Content.filter(plugin="files", kind="file", object_id=file.id).update(**dates)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
