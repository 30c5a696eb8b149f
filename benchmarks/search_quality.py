"""How good the order of the search's results is: `python -m benchmarks.search_quality` prints nDCG@10 over a judged set.

About sixty short made-up documents, French and English as on a real site, and the queries that members type, with what they
should find: 3 is what they meant, 2 is good, 1 is related. A query finds ten things at most; all not named are worth nothing.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.search_documents import DOCUMENTS, JUDGED
from cercle import Club, Viewer, atomic, publish_content
from cercle.testing import opened_village, populate, village_settings
from plugins.search.queries import results
from plugins.search.queries.asked import understand
from plugins.search.services.indexing import look_around

DEPTH = 10


@dataclass
class Document:
    """What a plugin would publish."""

    id: int
    club_id: int


def main() -> None:
    """Print a table of all queries and their mean."""
    print(table(measure()))


def measure(database_url: str = "") -> dict[str, float]:
    """nDCG@10 of each query.

    Args:
        database_url: of an empty database; SQLite in a folder of its own when it is empty.
    """
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder), database_url or f"sqlite://{folder}/cercle.db"))


def table(found: dict[str, float]) -> str:
    """As it stands in the README."""
    lines = ["| query | nDCG@10 |", "|---|---|", *(f"| {query} | {value:.2f} |" for query, value in found.items())]
    mean = sum(found.values()) / len(found)
    return "\n".join([*lines, f"| **mean of {len(found)} queries over {len(DOCUMENTS)} documents** | **{mean:.3f}** |"])


async def _measure(folder: Path, url: str) -> dict[str, float]:
    settings = village_settings(folder / "data", url)
    await populate(settings)
    async with opened_village(settings) as village:
        for number, (title, tags, text) in enumerate(DOCUMENTS.values(), 1):
            await _publish(village.club, number, title, tags, text)
        await look_around()
        viewer = await village.viewer(village.member)
        return {query: await _ndcg(viewer, query, grades) for query, grades in JUDGED.items()}


async def _publish(club: Club, number: int, title: str, tags: str, text: str) -> None:
    fields = {"tag": tags.split()} if tags else {}
    async with atomic():
        await publish_content(
            Document(number, club.id),
            plugin="wiki",
            kind="page",
            title=title,
            url=f"/{number}",
            words=text,
            fields=fields,
        )


async def _ndcg(viewer: Viewer, query: str, grades: dict[str, int]) -> float:
    names = list(DOCUMENTS)
    found = (await results.find(viewer, understand(query), limit=DEPTH)).found[:DEPTH]
    gained = _gain([grades.get(names[int(one.url[1:]) - 1], 0) for one in found])
    return gained / _gain(sorted(grades.values(), reverse=True)[:DEPTH])


def _gain(grades: list[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


if __name__ == "__main__":
    main()
