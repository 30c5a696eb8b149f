"""What the tests of files share: a club's shelf, as the API and the database show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.models import Blob
from plugins.files.models import Entry, Version
from spaces.models import Club, Content


@dataclass(slots=True)
class Shelf:
    """The files of the village's club."""

    village: Village
    _scripts: dict[int, httpx.AsyncClient] = field(default_factory=dict)

    base: str = "/c/atelier/files"
    api: str = "clubs/atelier/files"

    def script(self, person: User | None) -> httpx.AsyncClient:
        """A script of this person."""
        key = person.id if person else 0
        return self._scripts.setdefault(key, self.village.api(person))

    async def put(
        self, path: str, content: bytes = b"hello", *, by: User | None = None, **headers: str
    ) -> httpx.Response:
        """Send bytes to a path through the API."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        script = self.script(by or self.village.member)
        return await script.put(f"{self.api}/content/{path}", content=content, headers=names)

    async def file(
        self, path: str, content: bytes = b"hello", *, by: User | None = None, **headers: str
    ) -> dict[str, Any]:
        """A file at a path, as the API shows it."""
        answer = await self.put(path, content, by=by, **headers)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def folder(self, name: str, parent: int = 0, *, by: User | None = None) -> int:
        """A folder; answers its id."""
        script = self.script(by or self.village.member)
        answer = await script.post(f"{self.api}/folders", json={"name": name, "parent": parent})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    async def used(self) -> int:
        """What the club's counter says."""
        return int((await Club.get(id=self.village.club.id)).storage_used)

    async def set_quota(self, quota: int) -> None:
        """How many bytes the club may keep."""
        await Club.filter(id=self.village.club.id).update(quota=quota)

    async def names(self) -> list[str]:
        """The names of everything in use, folders ending in a slash."""
        found = await Entry.filter(slot=0).order_by("name")
        return [one.name + ("" if one.is_file else "/") for one in found]

    async def states(self) -> dict[str, str]:
        """The catalogue: state by title."""
        return {one.title: one.state for one in await Content.filter(plugin="files")}

    async def counts(self) -> tuple[int, int, int]:
        """Entries, versions, and blobs that somebody needs."""
        return await Entry.all().count(), await Version.all().count(), await Blob.filter(references__gt=0).count()


@pytest.fixture
async def shelf(village: Village) -> Shelf:
    """The files of the village's club, empty."""
    return Shelf(village)
