"""What tests of the search publish and ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cercle import Club, atomic, publish_content
from cercle.testing import Village

RESULT = re.compile(r'<h2 class="search-title"><a href="([^"]+)">')


@dataclass
class Thing:
    """What a plugin would publish."""

    id: int
    club_id: int


async def publish(club: Club, number: int, title: str, **values: Any) -> None:
    """Publish a page of the wiki, or what `plugin` says."""
    async with atomic():
        plugin = values.pop("plugin", "wiki")
        url = f"/c/{club.slug}/{plugin}/{number}"
        await publish_content(Thing(number, club.id), plugin=plugin, kind="page", title=title, url=url, **values)


async def found(village: Village, person: Any, q: str, **params: str) -> list[str]:
    """The titles, through the API."""
    answer = await village.api(person).get("search", params={"q": q, **params})
    assert answer.status_code == 200
    return [item["title"] for item in answer.json()["items"]]


async def shown(village: Village, person: Any, q: str, **params: str) -> list[str]:
    """The addresses, on the page."""
    answer = await village.client(person).get("/search", params={"q": q, **params})
    assert answer.status_code == 200
    return RESULT.findall(answer.text)
