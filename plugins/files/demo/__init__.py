"""The files of the demo: papers of a made-up network beside this module, and pictures that are drawn here."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from cercle import Club, Viewer, access_for, current_app
from plugins.files.queries import find_path
from plugins.files.services.uploads import put_at_path, receive

HERE = Path(__file__).parent
PAPERS = {
    "Réunions/Compte rendu du 12 novembre.md": ("compte-rendu.md", "member"),
    "Réunions/Participants 2026.csv": ("participants.csv", "owner"),
    "Modèles/Lettre de mission.txt": ("lettre-de-mission.txt", "owner"),
}
PICTURES = {
    "Images/Affiche rencontre d’automne.png": ((18, 84, 92), (240, 196, 120), "owner"),
    "Images/Fond de présentation.jpg": ((122, 62, 40), (246, 226, 200), "member"),
}


async def seed(club: Club, cast: Mapping[str, Any]) -> None:
    """Put the files into a club; those that are there, or were trashed and made again, stay as they are."""
    for path, (source, person) in PAPERS.items():
        await _put(club, path, (HERE / source).read_bytes(), cast.get(person) or cast["owner"])
    for path, (dark, light, person) in PICTURES.items():
        await _put(club, path, _picture(path, dark, light), cast.get(person) or cast["owner"])


async def _put(club: Club, path: str, content: bytes, person: Any) -> None:
    names = path.split("/")
    if await find_path(club, names) is not None:
        return
    actor: Viewer = await access_for(current_app(), club, user_id=person.id, name=person.name)
    arrived = await receive(club, _whole(content), name=names[-1], content_type="")
    await put_at_path(club, names[:-1], arrived, actor=actor, condition=lambda present: None)


def _picture(path: str, dark: tuple[int, int, int], light: tuple[int, int, int]) -> bytes:
    """Hills under a low sun, 1,200 by 800."""
    image = Image.new("RGB", (1200, 800), light)
    draw = ImageDraw.Draw(image)
    draw.ellipse((820, 120, 1020, 320), fill=_between(light, (255, 120, 60), 0.55))
    for layer in range(5):
        shade = _between(light, dark, 0.25 + layer * 0.18)
        top = 380 + layer * 80
        hills = [(x, top + ((x * (3 + layer)) % 260 - 130) ** 2 // 260) for x in range(0, 1201, 20)]
        draw.polygon([(0, 800), *hills, (1200, 800)], fill=shade)
    kept = io.BytesIO()
    image.save(kept, "PNG" if path.endswith(".png") else "JPEG", quality=85)
    return kept.getvalue()


def _between(one: tuple[int, int, int], other: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
