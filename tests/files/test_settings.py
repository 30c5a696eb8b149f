"""What an operator and a club choose about files, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.models import Blob
from core.plugin_settings.changes import change_club_settings, change_site_settings
from plugins.files.models import Entry, Version
from plugins.files.services.trash import empty_old_trash
from plugins.files.settings import ClubSettings, SiteSettings
from spaces.models import Club, Content
from spaces.services import archive_club
from tests.files.conftest import Shelf

BIG = b"x" * (1024 * 1024 + 1)


async def _trash(shelf: Shelf, name: str, *, days: int) -> int:
    """A file that has been in the trash for some days."""
    id = int((await shelf.file(name, b"1234"))["id"])
    await shelf.script(shelf.village.member).delete(f"{shelf.api}/{id}")
    await Entry.filter(trash_root=id).update(trashed_at=datetime.now(UTC) - timedelta(days=days))
    return id


async def _keep(village: Village, days: int) -> None:
    await change_club_settings(village.club, ClubSettings, {"trash_days": days}, actor=None)


async def test_a_file_above_the_operators_limit_is_refused_at_every_door(shelf: Shelf) -> None:
    await change_site_settings(SiteSettings, {"largest_upload": 1}, actor=None)
    page, script = shelf.village.client(shelf.village.member), shelf.script(shelf.village.member)

    form = await page.post(f"{shelf.base}/uploads", files={"file": ("big.bin", BIG)})

    assert (await shelf.put("big.bin", BIG)).status_code == 413
    assert (await script.put(f"{shelf.api}/folders/0/content/big.bin", content=BIG)).status_code == 413
    assert form.status_code == 413
    assert "1 MB" in form.text
    assert (await shelf.put("fits.bin", BIG[1:])).status_code == 201
    assert [entry.name for entry in await Entry.all()] == ["fits.bin"]


async def test_the_server_never_takes_more_than_its_own_limit(shelf: Shelf) -> None:
    await change_site_settings(SiteSettings, {"largest_upload": 1_000_000}, actor=None)
    object.__setattr__(shelf.village.app.settings, "max_upload", 1024 * 1024)

    assert (await shelf.put("big.bin", BIG)).status_code == 413


async def test_a_blocked_ending_does_not_come_in_by_upload_version_or_name(shelf: Shelf) -> None:
    there = (await shelf.file("old.exe"))["id"]
    other = (await shelf.file("a.txt"))["id"]
    await change_site_settings(SiteSettings, {"blocked_endings": "EXE\n.tar.gz"}, actor=None)
    script = shelf.script(shelf.village.member)

    for name in ("new.exe", "NEW.EXE", "new.exe.", "new.tar.gz"):
        assert (await shelf.put(name)).status_code == 422, name
    assert (await script.put(f"{shelf.api}/{there}/content", content=b"2")).status_code == 422
    renamed = await script.patch(f"{shelf.api}/{other}", json={"name": "a.exe"})
    assert (renamed.status_code, list(renamed.json()["errors"])) == (422, ["name"])
    assert (await script.get(f"{shelf.api}/{there}/content")).status_code == 200
    assert (
        await script.patch(f"{shelf.api}/{there}", json={"folder": await shelf.folder("old.exe things")})
    ).status_code == 200
    assert (await shelf.put("exe.txt")).status_code == 201


@pytest.mark.parametrize("ending", ["", "a b", "../x", ".", "a/b"])
async def test_an_ending_that_is_none_is_refused(shelf: Shelf, ending: str) -> None:
    page = shelf.village.client(shelf.village.operator)

    answer = await page.post("/admin/plugins/files/settings", data={"site.blocked_endings": f".exe\n{ending}"})

    assert answer.status_code == (422 if ending else 303)


async def test_old_trash_goes_for_good_where_the_club_wants_it(shelf: Shelf) -> None:
    old, fresh = await _trash(shelf, "old.txt", days=31), await _trash(shelf, "fresh.txt", days=29)
    before = await shelf.used()
    await _keep(shelf.village, 30)

    await empty_old_trash()

    assert [entry.id for entry in await Entry.all()] == [fresh]
    assert await Version.filter(file_id=old).count() == 0
    assert await Content.filter(plugin="files", object_id=old).count() == 0
    assert before - await shelf.used() == 4
    assert [blob.references for blob in await Blob.all()] == [1]
    page = await shelf.village.client(shelf.village.member).get(f"{shelf.base}/trash")
    assert "What has been here for 30 days is deleted for good." in page.text


async def test_a_folder_goes_with_all_that_was_trashed_with_it(shelf: Shelf) -> None:
    folder = await shelf.folder("old")
    await shelf.file("old/inside.txt")
    await shelf.script(shelf.village.member).delete(f"{shelf.api}/{folder}")
    await Entry.all().update(trashed_at=datetime.now(UTC) - timedelta(days=9))
    await _keep(shelf.village, 8)

    await empty_old_trash()

    assert (await Entry.all().count(), await shelf.used()) == (0, 0)


async def test_unless_a_club_chooses_otherwise_the_trash_is_kept_for_ever(shelf: Shelf) -> None:
    await _trash(shelf, "old.txt", days=3650)

    await empty_old_trash()

    assert await Entry.all().count() == 1


@pytest.mark.parametrize("state", ["off", "read_only", "archived", "deleted"])
async def test_what_is_frozen_stays(shelf: Shelf, state: str) -> None:
    village = shelf.village
    await _trash(shelf, "old.txt", days=99)
    await _keep(village, 1)
    if state == "archived":
        await archive_club(village.club, actor=None)
    elif state == "deleted":
        await Club.filter(id=village.club.id).update(deleted_at=datetime.now(UTC))
    else:
        await village.switch("files", state)

    await empty_old_trash()

    assert await Entry.all().count() == 1
