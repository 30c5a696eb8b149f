"""Much is found: the newest of it is weighed, whatever stands in a title too, and the page says that there is more."""

from __future__ import annotations

from datetime import timedelta

from cercle import Content
from cercle.testing import Village
from plugins.search.queries.statement import MOST
from plugins.search.services.indexing import index_rows
from tests.search.publishing import found, publish, shown

FAR = 2_000_000


async def copies(original: Content, numbers: list[int]) -> None:
    """Rows of the catalogue like one that is there, with these numbers of their own."""
    kept = {
        name: getattr(original, name) for name in original._meta.db_fields if name not in ("id", "object_id", "title")
    }
    rows = [Content(**kept, id=number, object_id=number, title=f"Page {number}") for number in numbers]
    await Content.bulk_create(rows)
    await index_rows([original.id, *numbers])


async def test_of_very_many_the_newest_are_counted_and_titles_are_never_left_out(village: Village) -> None:
    await publish(village.club, 1, "The zither", words="A thing with strings.")
    await publish(village.club, 2, "Page", words="How we tune a zither.")
    assert len(await found(village, village.member, "zither")) == 2
    second = await Content.get(object_id=2)
    await copies(second, [second.id + place for place in range(1, MOST + 50)])
    page = await village.client(village.member).get("/search", params={"q": "zither"})
    assert "More than 500 results" in page.text
    assert (await shown(village, village.member, "zither"))[0] == "/c/atelier/wiki/1"
    assert await found(village, village.member, "zither", limit="1") == ["The zither"]


async def test_what_is_old_is_found_behind_all_that_is_newer(village: Village) -> None:
    await publish(village.club, 1, "Zither of old", words="A bow.")
    first = await Content.get(object_id=1)
    await Content.filter(id=first.id).update(updated_at=first.updated_at - timedelta(days=900))
    distances = [FAR, FAR - 5_000, FAR - 30_000, FAR - 150_000, FAR - 900_000]
    await copies(first, [first.id + distance for distance in distances])
    assert await found(village, village.member, "bow") == [
        *(f"Page {first.id + distance}" for distance in distances),
        "Zither of old",
    ]
    assert len(await shown(village, village.member, "bow", club="atelier", plugin="wiki")) == 6
    assert await found(village, village.outsider, "bow") == []


async def test_a_page_takes_three_queries_however_many_there_are(village: Village) -> None:
    await publish(village.club, 1, "Zither", words="A bow.")
    browser = village.client(village.member)
    await browser.get("/search", params={"q": "bow"})
    with village.queries() as few:
        await browser.get("/search", params={"q": "bow"})
    first = await Content.get(object_id=1)
    await copies(first, [first.id + FAR, first.id + FAR + 1])
    with village.queries() as many:
        await browser.get("/search", params={"q": "bow"})
    assert (many.count, few.count) == (3, 3)
