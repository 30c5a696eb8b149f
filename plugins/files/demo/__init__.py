"""The files of the demo: papers and pictures of a made-up network, which lie beside this module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from cercle import Club, access_for, current_app
from plugins.files.queries import find_path
from plugins.files.services.uploads import put_at_path, receive

HERE = Path(__file__).parent
FILES = {
    "Réunions/Compte rendu du 12 novembre.md": ("compte-rendu.md", "member"),
    "Réunions/Participants 2026.csv": ("participants.csv", "owner"),
    "Modèles/Lettre de mission.txt": ("lettre-de-mission.txt", "owner"),
    "Images/Affiche rencontre d’automne.png": ("affiche.png", "owner"),
    "Images/Fond de présentation.jpg": ("fond.jpg", "member"),
}


async def seed(club: Club, cast: Mapping[str, Any]) -> None:
    """Put the files into a club; those that are there stay as they are."""
    for path, (source, person) in FILES.items():
        names = path.split("/")
        if await find_path(club, names) is None:
            await _put(club, names, (HERE / source).read_bytes(), cast.get(person) or cast["owner"])


async def _put(club: Club, names: list[str], content: bytes, person: Any) -> None:
    actor = await access_for(current_app(), club, user_id=person.id, name=person.name)
    arrived = await receive(club, _whole(content), name=names[-1], content_type="")
    await put_at_path(club, names[:-1], arrived, actor=actor, condition=lambda present: None)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
