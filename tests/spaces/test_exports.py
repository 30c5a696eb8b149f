"""The export before erasing: everything is in it, owners alone get it, and it goes when its time is over."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cercle.testing import Village
from core.errors import Conflict, Invalid
from core.models import Blob
from plugins.files.models import Version
from plugins.wiki.models import Attachment
from spaces.models import Club, Erasure
from spaces.queries.erasing import count_kept
from spaces.services import exports
from spaces.services.erasing import ask_erasure, running_plugin, withdraw_erasure
from spaces.services.erasure_run import erase_due, forget_exports
from spaces.services.exports import make_export, make_wanted, request_export
from tests.spaces.full_club import fill, used, wrong_blobs
from tests.spaces.test_erasing import PAGE, make_due, write


async def made(village: Village, plugin: str = "wiki") -> Erasure:
    """An export, as its owner wishes for it and the job makes it."""
    await village.switch(plugin, "off")
    await request_export(village.club, plugin, actor=village.owner)
    wish = await Erasure.get(plugin=plugin, done_at=None, withdrawn_at=None)
    await make_export(wish.id)
    return await Erasure.get(id=wish.id)


async def archive_of(village: Village, plugin: str) -> zipfile.ZipFile:
    """What the owner downloads."""
    answer = await village.client(village.owner).get(f"/c/atelier/settings/plugins/{plugin}/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(answer.content))


@pytest.mark.parametrize("plugin", ["wiki", "blog", "files", "directory"])
async def test_every_row_and_file_of_the_club_is_in_it_and_no_other(village: Village, plugin: str) -> None:
    await fill(village, village.club)
    await fill(village, village.public, bytes_of="other")
    await made(village, plugin)
    archive = await archive_of(village, plugin)
    kept = await count_kept(village.club, plugin)

    assert archive.testzip() is None
    rows = {
        name.removeprefix("tables/").removesuffix(".jsonl"): [json.loads(line) for line in archive.open(name)]
        for name in archive.namelist()
        if name.startswith("tables/")
    }
    assert {table: len(found) for table, found in rows.items() if found} == kept.tables
    assert {row["club_id"] for found in rows.values() for row in found} <= {village.club.id}
    files = {name.split("/")[1]: name for name in archive.namelist() if name.startswith("blobs/")}
    held = {
        row[name] for found in rows.values() for row in found for name in row if name.endswith("hash") and row[name]
    }
    if plugin != "wiki":
        assert set(files) == held
    for hash, name in files.items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == hash
    facts = json.loads(archive.read("cercle.json"))
    assert (facts["format"], facts["missing"], facts["club"]["slug"]) == (1, [], "atelier")
    assert {table: count for table, count in facts["tables"].items() if count} == kept.tables
    assert "README.txt" in archive.namelist()
    if plugin == "files":
        assert sorted(name.split("/")[2] for name in files.values()) == ["note.txt", "photo.png", "photo.png"]
    stored, counted = await used(village.club)
    assert (stored, await wrong_blobs()) == (counted, {})


async def test_the_plugins_own_export_is_in_it_too(village: Village) -> None:
    await write(village, "Agenda")
    await made(village)
    own = zipfile.ZipFile(io.BytesIO((await archive_of(village, "wiki")).read("wiki-markdown.zip")))
    assert "agenda/index.md" in own.namelist()


async def test_it_is_wished_for_on_the_page_and_made_by_a_job(village: Village) -> None:
    await write(village)
    await village.switch("wiki", "off")
    owner = village.client(village.owner)
    assert (await owner.get(f"{PAGE}/export")).status_code == 404
    assert (await owner.post(f"{PAGE}/export")).status_code == 303
    assert (await owner.post(f"{PAGE}/export")).status_code == 303
    assert "The export is being made." in (await owner.get(PAGE)).text
    await village.app.jobs.run("spaces.make_export", erasure_id=(await Erasure.get()).id)
    page = (await owner.get(PAGE)).text
    assert (f'href="{PAGE}/export"' in page, "I need no export" in page) == (True, False)
    assert (await owner.post(f"{PAGE}/erasure", data={"name": "Atelier"})).status_code == 303
    assert (await Erasure.get()).due_at < datetime.now(UTC) + timedelta(days=15)


@pytest.mark.parametrize("person", ["operator", "moderator", "member", "guest", "outsider", "removed"])
async def test_only_owners_download_it(village: Village, person: str) -> None:
    await write(village)
    await made(village)
    answer = await village.client(village.people[person]).get(f"{PAGE}/export")
    assert answer.status_code == (403 if person in ("moderator", "member", "guest") else 404)
    stranger = await village.client().get(f"{PAGE}/export")
    assert stranger.status_code == 303


async def test_without_an_export_or_the_tick_nothing_is_asked(village: Village) -> None:
    await village.switch("wiki", "off")
    await request_export(village.club, "wiki", actor=village.owner)  # wished for, but not made yet
    with pytest.raises(Invalid):
        await ask_erasure(village.club, "wiki", name="Atelier", actor=village.owner)


async def test_it_can_be_had_for_thirty_days_after_the_erasure_and_goes_then(village: Village) -> None:
    await write(village)
    hash = str((await made(village)).export_hash)
    await ask_erasure(village.club, "wiki", name="Atelier", actor=village.owner)
    await make_due()
    await erase_due()
    await forget_exports()
    assert "tables/wiki_page.jsonl" in (await archive_of(village, "wiki")).namelist()
    assert (await Blob.get(hash=hash)).references == 1

    await Erasure.all().update(done_at=datetime.now(UTC) - timedelta(days=31))
    await forget_exports()
    await forget_exports()
    assert (await Blob.get(hash=hash)).references == 0
    assert (await village.client(village.owner).get(f"{PAGE}/export")).status_code == 404


@pytest.mark.parametrize("how", ["taken back", "turned on", "never asked for"])
async def test_an_export_that_nobody_needs_goes(village: Village, how: str) -> None:
    await write(village)
    erasure = await made(village)
    if how == "never asked for":
        await Erasure.all().update(asked_at=datetime.now(UTC) - timedelta(days=31))
    else:
        await ask_erasure(village.club, "wiki", name="Atelier", actor=village.owner)
    if how == "taken back":
        await withdraw_erasure(village.club, "wiki", actor=village.owner)
    if how == "turned on":
        await village.switch("wiki", "on")
    await forget_exports()
    assert (await Blob.get(hash=str(erasure.export_hash))).references == 0
    assert await wrong_blobs() == {}


async def test_what_was_exported_before_it_was_turned_on_again_does_not_count(village: Village) -> None:
    await write(village)
    await made(village)
    await village.switch("wiki", "on")
    await write(village, "Later")
    await village.switch("wiki", "off")
    with pytest.raises(Invalid):
        await ask_erasure(village.club, "wiki", name="Atelier", actor=village.owner)


async def test_a_new_export_takes_the_place_of_the_old_one(village: Village) -> None:
    await write(village)
    first = await made(village)
    second = await made(village)
    assert (first.id, await Erasure.all().count()) == (second.id, 1)
    assert await wrong_blobs() == {}


async def test_while_an_export_is_made_nothing_is_erased(village: Village) -> None:
    await write(village)
    await village.switch("wiki", "off")
    await ask_erasure(village.club, "wiki", name="Atelier", without_export=True, actor=village.owner)
    await request_export(village.club, "wiki", actor=village.owner)
    await make_due()
    await erase_due()
    assert (await count_kept(village.club, "wiki")).rows > 0
    await make_export((await Erasure.get()).id)
    await erase_due()
    assert (await count_kept(village.club, "wiki")).rows == 0
    assert "tables/wiki_page.jsonl" in (await archive_of(village, "wiki")).namelist()


async def test_an_export_whose_maker_died_is_made_by_the_next(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(village)
    await village.switch("wiki", "off")
    await request_export(village.club, "wiki", actor=village.owner)
    erasure = await Erasure.get()
    await exports._claim(erasure.id)
    nudged: list[Any] = []

    async def note(name: str, **arguments: object) -> None:
        nudged.append(arguments["erasure_id"])

    monkeypatch.setattr(village.app.jobs, "nudge", note)
    await make_wanted()
    await make_export(erasure.id)
    assert (nudged, (await Erasure.get()).export_hash) == ([], None)
    dead = {"state": "making", "at": (datetime.now(UTC) - timedelta(minutes=6)).isoformat(), "tries": 1}
    await Erasure.filter(id=erasure.id).update(report={"export": dead})
    await make_wanted()
    assert nudged == [erasure.id]
    await make_export(erasure.id)
    assert (await Erasure.get()).export_hash is not None


async def test_a_file_that_is_missing_is_named_and_the_rest_is_there(village: Village) -> None:
    await fill(village, village.club)
    lost = (await Version.filter(club_id=village.club.id).order_by("id").first()) or Version()
    await village.app.storage.delete(lost.hash)
    await made(village, "files")
    archive = await archive_of(village, "files")
    assert json.loads(archive.read("cercle.json"))["missing"] == [lost.hash]
    assert len([name for name in archive.namelist() if name.startswith("blobs/")]) == 2


async def test_an_exporter_that_fails_is_named_and_the_rest_is_there(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(village)

    async def fail(request: Any) -> None:
        raise RuntimeError("no ink")

    own = running_plugin("wiki").modules["exporters"]
    broken = type(own.exporters[0])("markdown", "Broken", fail)
    monkeypatch.setattr(own, "exporters", (broken,))
    await made(village)
    archive = await archive_of(village, "wiki")
    assert json.loads(archive.read("cercle.json"))["missing"] == ["wiki-markdown.zip: RuntimeError: no ink"]
    assert "tables/wiki_page.jsonl" in archive.namelist()


async def test_names_of_files_cannot_lead_out_of_the_archive(village: Village) -> None:
    await fill(village, village.club)
    await Club.filter(id=village.club.id).update(name="../../<b>")
    await made(village, "wiki")
    await Attachment.all().update(name="../../../etc/passwd")
    await made(village, "wiki")
    names = (await archive_of(village, "wiki")).namelist()
    assert [name for name in names if ".." in name or name.startswith("/")] == []


async def test_a_command_does_not_write_over_a_file(village: Village, tmp_path: Path) -> None:
    path = tmp_path / "wiki.zip"
    await exports.export_into(village.club, "wiki", path)
    assert "cercle.json" in zipfile.ZipFile(path).namelist()
    with pytest.raises(Conflict):
        await exports.export_into(village.club, "wiki", path)
