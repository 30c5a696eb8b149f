"""The text inside files stands in the catalogue, for those who may read the files; what cannot be read is not tried for ever."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime

import pytest

from cercle import FOLDED_END, visible_to
from core.models import Blob
from plugins.files.models import Entry
from plugins.files.services.texts import read_text, read_texts
from spaces.models import Club, Content
from spaces.services import archive_club
from spaces.services.trial import set_trial
from tests.core.documents import docx, package, pdf, written
from tests.files.conftest import Shelf

pytestmark = pytest.mark.anyio

LETTER = docx("<w:p><w:r><w:t>Quarterly figures</w:t></w:r></w:p>")
DYING = """
import asyncio, os, signal, sys
from pathlib import Path
from cercle.testing import opened_village, village_settings
from plugins.files.services import texts

async def main():
    known = texts.publish
    async def die(*given, **named):
        await known(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    texts.publish = die
    async with opened_village(village_settings(Path(sys.argv[1]), sys.argv[2])):
        await texts.read_texts()

asyncio.run(main())
"""


async def texts() -> dict[str, str]:
    """What the catalogue holds of each file, by title."""
    return {one.title: one.words.rpartition(FOLDED_END)[2] for one in await Content.filter(plugin="files")}


async def waiting() -> list[str]:
    return [one.name for one in await Entry.filter(wants_text=True).order_by("name")]


async def test_files_of_each_kind_are_found_by_what_stands_in_them(shelf: Shelf) -> None:
    await shelf.file("a.pdf", pdf(written("Annual report")))
    await shelf.file("b.docx", LETTER)
    await shelf.file("c.csv", "Élodie;Brest".encode("cp1252"))
    await shelf.file("d.png", b"no picture, but nobody looks")
    assert await waiting() == ["a.pdf", "b.docx", "c.csv"]

    await shelf.village.app.jobs.run("files.read_text")

    assert await texts() == {
        "a.pdf": "Annual report",
        "b.docx": "Quarterly figures Letterhead",
        "c.csv": "Élodie;Brest",
        "d.png": "",
    }
    assert await waiting() == []


async def test_an_upload_nudges_the_job_for_this_file_and_is_no_second_piece_of_news(shelf: Shelf) -> None:
    id = (await shelf.file("a.txt", b"one"))["id"]
    await shelf.file("b.txt", b"two")
    before = await Content.get(object_id=id, kind="file")

    await shelf.village.app.jobs.run("files.read_text", file_id=id)

    assert await texts() == {"a.txt": "one", "b.txt": ""}
    assert (await Content.get(object_id=id, kind="file")).updated_at == before.updated_at


async def test_a_new_version_has_its_own_text_and_an_old_one_brings_its_own_back(shelf: Shelf) -> None:
    id = (await shelf.file("a.txt", b"first words"))["id"]
    await read_texts()
    await shelf.file("a.txt", b"second words")
    meanwhile = await texts()
    await read_texts()
    replaced = await texts()
    member = shelf.village.client(shelf.village.member)
    assert (await member.post(f"{shelf.base}/file/{id}/versions/1/restoration")).status_code == 303
    await read_texts()

    assert [meanwhile, replaced, await texts()] == [
        {"a.txt": ""},
        {"a.txt": "second words"},
        {"a.txt": "first words"},
    ]


async def test_a_name_or_a_place_that_changes_keeps_the_text(shelf: Shelf) -> None:
    id = (await shelf.file("a.txt", b"kept words"))["id"]
    folder = await shelf.folder("inside")
    await read_texts()

    await shelf.script(shelf.village.member).patch(f"{shelf.api}/{id}", json={"name": "b.txt", "folder": folder})

    assert (await texts(), await waiting()) == ({"b.txt": "kept words"}, [])


async def test_another_ending_is_another_way_to_read(shelf: Shelf) -> None:
    id = (await shelf.file("a.html", b"<p>shown</p>"))["id"]
    await read_texts()
    script = shelf.script(shelf.village.member)

    await script.patch(f"{shelf.api}/{id}", json={"name": "a.txt"})
    await read_texts()
    as_text = await texts()
    await script.patch(f"{shelf.api}/{id}", json={"name": "a.bin"})
    await read_texts()

    assert [as_text, await texts(), await waiting()] == [{"a.txt": "<p>shown</p>"}, {"a.bin": ""}, []]


async def test_what_comes_out_of_the_trash_has_its_text_again(shelf: Shelf) -> None:
    read, unread = [(await shelf.file(name, b"words"))["id"] for name in ("a.txt", "b.txt")]
    await read_text(read)
    owner = shelf.village.client(shelf.village.owner)
    for id in (read, unread):
        await owner.post(f"{shelf.base}/entries/{id}/trashing")
    await read_texts()
    in_the_trash = await texts()
    for id in (read, unread):
        await owner.post(f"{shelf.base}/trash/{id}/restoration")
    await read_texts()

    assert [in_the_trash, await texts()] == [{"a.txt": "words", "b.txt": ""}, {"a.txt": "words", "b.txt": "words"}]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pdf", b"no pdf"), ("a.docx", package({"word/document.xml": b"<a>" + b"x" * 2**23})), ("a.txt", bytes(900))],
)
async def test_what_cannot_be_read_is_found_by_its_name_and_not_tried_again(
    shelf: Shelf, name: str, content: bytes
) -> None:
    await shelf.file(name, content)

    await read_texts()

    assert (await texts(), await waiting()) == ({name: ""}, [])


async def test_one_file_that_is_lost_does_not_keep_the_others_waiting(shelf: Shelf) -> None:
    await shelf.file("a.txt", b"lost")
    await shelf.file("b.txt", b"there")
    await shelf.village.app.storage.delete((await Entry.get(name="a.txt")).hash)

    await read_texts()

    assert (await texts(), await waiting()) == ({"a.txt": "", "b.txt": "there"}, ["a.txt"])
    assert await Blob.filter(references=1).count() == 2


@pytest.mark.parametrize("state", ["off", "deleted"])
async def test_where_nobody_can_read_files_they_wait(shelf: Shelf, state: str) -> None:
    await shelf.file("a.txt", b"words")
    if state == "deleted":
        await Club.filter(id=shelf.village.club.id).update(deleted_at=datetime.now(UTC))
    else:
        await shelf.village.switch("files", state)

    await read_texts()
    await read_text((await Entry.get()).id)

    assert (await texts(), await waiting()) == ({"a.txt": ""}, ["a.txt"])


@pytest.mark.parametrize("state", ["read_only", "archived"])
async def test_where_files_can_only_be_read_they_are_found(shelf: Shelf, state: str) -> None:
    await shelf.file("a.txt", b"words")
    if state == "archived":
        await archive_club(shelf.village.club, actor=None)
    else:
        await shelf.village.switch("files", state)

    await read_texts()

    assert await texts() == {"a.txt": "words"}


async def test_what_waits_for_a_moderator_waits_with_its_text(shelf: Shelf) -> None:
    village = shelf.village
    await set_trial(village.club, 1, actor=None)
    assert (await shelf.put("a.txt", b"words")).status_code == 202

    await read_texts()

    row = await Content.get(plugin="files", kind="file")
    assert (row.hidden_at is not None, await texts(), await waiting()) == (True, {"a.txt": ""}, ["a.txt"])


async def test_the_text_is_shown_to_nobody_else_than_the_file(shelf: Shelf) -> None:
    village = shelf.village
    await shelf.file("a.txt", b"canary")
    await read_texts()

    async def sees(person: object) -> bool:
        return await visible_to(await village.viewer(person)).filter(words__contains="canary").exists()  # type: ignore[arg-type]

    people = (village.member, village.guest, village.outsider, None)
    assert [await sees(person) for person in people] == [True, True, False, False]
    await village.switch("files", "off")
    assert [await sees(person) for person in people] == [False] * 4


async def test_a_version_that_comes_meanwhile_is_read_in_its_turn(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = (await shelf.file("a.txt", b"old"))["id"]
    storage = shelf.village.app.storage
    read = storage.read

    async def overtaken(hash: str) -> object:
        monkeypatch.setattr(storage, "read", read)
        async for chunk in read(hash):
            await shelf.file("a.txt", b"new")
            yield chunk

    monkeypatch.setattr(storage, "read", overtaken)
    await read_text(id)
    early = (await texts(), await waiting())
    await read_texts()

    assert [early, (await texts(), await waiting())] == [({"a.txt": ""}, ["a.txt"]), ({"a.txt": "new"}, [])]


async def test_two_at_once_write_it_once(shelf: Shelf) -> None:
    id = (await shelf.file("a.txt", b"words"))["id"]

    await asyncio.gather(read_text(id), read_text(id), read_texts())

    assert (await texts(), await waiting()) == ({"a.txt": "words"}, [])


async def test_a_killed_process_loses_nothing(shelf: Shelf, database_url: str) -> None:
    await shelf.file("a.txt", b"words")
    folder = shelf.village.app.settings.data_dir

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DYING, str(folder), database_url), stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == -signal.SIGKILL, said.decode()
    killed = (await texts(), await waiting())
    await read_texts()

    assert [killed, (await texts(), await waiting())] == [({"a.txt": ""}, ["a.txt"]), ({"a.txt": "words"}, [])]
