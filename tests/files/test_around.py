"""Thumbnails, panels, holdings, the doctor and the demo."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from core.doctor import Finding
from core.models import Blob
from plugins.files.demo import FILES, seed
from plugins.files.models import Entry, Version
from spaces.models import Club
from tests.club_home import more_of, panels
from tests.files.conftest import Shelf

pytestmark = pytest.mark.anyio


def picture(color: str = "teal") -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (900, 600), color).save(kept, "PNG")
    return kept.getvalue()


async def test_a_picture_gets_a_small_one(shelf: Shelf) -> None:
    id = (await shelf.file("a.png", picture()))["id"]
    guest = shelf.village.client(shelf.village.guest)
    assert (await guest.get(f"{shelf.base}/file/{id}/thumbnail")).status_code == 404
    await shelf.village.app.jobs.run("files.make_thumbnail", version_id=(await Version.get()).id)
    answer = await guest.get(f"{shelf.base}/file/{id}/thumbnail")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert Image.open(io.BytesIO(answer.content)).size == (480, 320)
    assert f"/file/{id}/thumbnail?v=" in (await guest.get(f"{shelf.base}/")).text
    assert (await Blob.get(hash=(await Version.get()).thumbnail_hash)).references == 1


async def test_the_sweep_finds_pictures_without_a_small_one_once(shelf: Shelf) -> None:
    await shelf.file("a.png", picture())
    await shelf.file("b.png", picture("red"))
    for _ in range(2):
        await shelf.village.app.jobs.run("files.make_thumbnail")
    small = await Version.all().values_list("thumbnail_hash", flat=True)
    assert [blob.references for blob in await Blob.filter(hash__in=small)] == [1, 1]
    assert await shelf.used() == len(picture()) + len(picture("red"))


async def test_what_only_claims_to_be_a_picture_gets_none_and_is_not_tried_again(shelf: Shelf) -> None:
    await shelf.file("a.png", b"<svg/>")
    await shelf.village.app.jobs.run("files.make_thumbnail")
    version = await Version.get()
    assert (version.wants_thumbnail, version.thumbnail_hash) == (False, None)


async def test_a_late_small_picture_of_an_old_version_is_not_the_new_ones(shelf: Shelf) -> None:
    id = (await shelf.file("a.png", picture()))["id"]
    await shelf.file("a.png", b"no picture", content_type="text/plain")
    await shelf.village.app.jobs.run("files.make_thumbnail")
    assert (await Entry.get(id=id)).thumbnail_hash is None
    assert (await Version.get(file_id=id, number=1)).thumbnail_hash is not None


async def test_the_small_picture_goes_with_the_file(shelf: Shelf) -> None:
    owner = shelf.village.client(shelf.village.owner)
    id = (await shelf.file("a.png", picture()))["id"]
    await shelf.village.app.jobs.run("files.make_thumbnail")
    await owner.post(f"{shelf.base}/entries/{id}/trashing")
    assert (await owner.get(f"{shelf.base}/file/{id}/thumbnail")).status_code == 404
    await owner.post(f"{shelf.base}/trash/{id}/deletion")
    assert await Blob.filter(references__gt=0).count() == 0


async def test_the_home_of_the_club_shows_the_newest_files(shelf: Shelf) -> None:
    village = shelf.village
    for number in range(7):
        await shelf.file(f"{number}.txt")
    home = await village.client(village.guest).get("/c/atelier/")
    assert panels(home)["New files"] == ["6.txt", "5.txt", "4.txt", "3.txt", "2.txt"]
    assert more_of(home)["New files"] == "/c/atelier/files/"
    [holding] = [
        one
        for answer in await village.app.hooks.collect("plugin_holdings", plugins={"files"}, club=village.club)
        if answer.plugin == "files"
        for one in answer.value
    ]
    assert (holding.count, holding.size) == (7, 35)


async def test_an_empty_club_has_no_panel(shelf: Shelf) -> None:
    home = await shelf.village.client(shelf.village.guest).get("/c/atelier/")
    assert "New files" not in panels(home)


async def test_the_doctor_finds_lost_bytes_and_a_wrong_counter(shelf: Shelf) -> None:
    await shelf.file("a.txt", b"12345")
    assert [one.level for one in await findings(shelf)] == ["ok"]
    await Club.filter(id=shelf.village.club.id).update(storage_used=2)
    await Blob.all().delete()
    lost, counted = await findings(shelf)
    assert (lost.level, "version 1 of file" in lost.text) == ("error", True)
    assert (counted.level, "uses 2 bytes by its counter, but its files hold 5" in counted.text) == ("error", True)


async def test_the_doctor_misses_bytes_and_thumbnails(shelf: Shelf) -> None:
    await shelf.file("a.txt", b"12345")
    version = await Version.all().get()
    await shelf.village.app.storage.delete(version.hash)
    await Version.all().update(wants_thumbnail=True, created_at=datetime.now(UTC) - timedelta(hours=2))
    missing, waiting = await findings(shelf)
    assert (missing.level, "is missing or cut off" in missing.text) == ("error", True)
    assert (waiting.level, waiting.text[:36]) == ("warn", "1 picture has waited for its thumbna")


async def test_the_demo_can_be_made_twice(shelf: Shelf) -> None:
    village = shelf.village
    for _ in range(2):
        await seed(village.club, village.people)
    assert await Entry.filter(is_file=True).count() == len(FILES)
    assert await Version.all().count() == len(FILES)
    await village.app.jobs.run("files.make_thumbnail")
    assert await Version.filter(thumbnail_hash__not_isnull=True).count() == 2


async def findings(shelf: Shelf) -> list[Finding]:
    app = shelf.village.app
    answers = await app.hooks.collect("site_checked", app=app)
    return [one for answer in answers if answer.plugin == "files" for one in answer.value]
