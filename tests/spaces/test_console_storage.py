"""What is stored, in the console: the largest clubs, what plugins hold, what nobody needs."""

from __future__ import annotations

from datetime import UTC, datetime

from cercle.testing import Village
from core.models import Blob
from spaces.models import Club
from spaces.queries.storage import load_disk, load_stored, stored_by_plugins

PAGE = "/admin/storage"


async def test_bytes_are_counted_once_and_apart_from_what_nobody_needs(village: Village) -> None:
    now = datetime.now(UTC)
    await Blob.create(hash="a" * 64, size=1000, references=3)
    await Blob.create(hash="b" * 64, size=500, references=0, unused_at=now)
    await Blob.create(hash="c" * 64, size=20, references=-1, unused_at=now)

    stored = await load_stored()

    assert (stored.files, stored.size, stored.unused_files, stored.unused_size) == (1, 1000, 2, 520)
    assert stored.unused_since == now
    page = (await village.client(village.operator).get(PAGE)).text
    assert "2 files, 520 bytes" in page


async def test_an_empty_site_is_said_in_words(village: Village) -> None:
    page = (await village.client(village.operator).get(PAGE)).text

    assert "No club stores anything yet." in page
    assert "None. What is deleted in clubs appears here" in page


async def test_the_largest_clubs_come_first_with_their_limits(village: Village) -> None:
    await Club.filter(slug="cave").update(storage_used=300, quota=100)
    await Club.filter(slug="place").update(storage_used=2048)

    page = (await village.client(village.operator).get(PAGE)).text

    assert page.index("/admin/clubs/place") < page.index("/admin/clubs/cave")
    assert "300 bytes of 100 bytes" in page
    assert "/admin/clubs/atelier" not in page


async def test_plugins_are_counted_when_somebody_asks(village: Village) -> None:
    api, browser = village.api(village.member), village.client(village.operator)
    await api.put("clubs/atelier/files/content/a.txt", content=b"x" * 1500)

    assert "Counted for clubs" not in (await browser.get(PAGE)).text
    page = (await browser.get(PAGE, params={"count": "plugins"})).text

    assert "Counted for clubs" in page
    held = {one.plugin: (one.files, one.size) for one in await stored_by_plugins(tuple(village.app.parts.plugins))}
    assert held["files"] == (1, 1500)


async def test_the_disk_has_the_size_of_the_database(village: Village) -> None:
    disk = await load_disk()

    assert 0 < disk.free <= disk.total
    assert disk.database is not None
    assert disk.database > 10_000


async def test_nobody_but_operators_sees_what_is_stored(village: Village) -> None:
    assert (await village.client(village.owner).get(PAGE)).status_code == 403
    assert (await village.client().get(PAGE)).status_code == 303
