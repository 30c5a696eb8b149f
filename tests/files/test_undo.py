"""What was done to files and folders can be taken back with one press."""

from __future__ import annotations

import pytest

from plugins.files.models import Entry
from tests.files.conftest import Shelf
from tests.undoing import undo_of

pytestmark = pytest.mark.anyio


async def test_a_trashed_file_comes_back_and_twice_is_no_more(shelf: Shelf) -> None:
    id = (await shelf.file("a.txt"))["id"]
    member = shelf.village.client(shelf.village.member)
    undo = await undo_of(member, await member.post(f"{shelf.base}/entries/{id}/trashing"))
    for _ in range(2):
        assert (await undo.press(member)).headers["location"] == f"{shelf.base}/file/{id}"
    assert await shelf.names() == ["a.txt"]


async def test_undoing_needs_the_same_right(shelf: Shelf) -> None:
    village = shelf.village
    id = (await shelf.file("a.txt", by=village.owner))["id"]
    owner = village.client(village.owner)
    undo = await undo_of(owner, await owner.post(f"{shelf.base}/entries/{id}/trashing"))
    assert (await undo.press(village.client(village.member))).status_code == 403
    assert (await undo.press(village.client(village.outsider))).status_code == 404
    assert await shelf.names() == []
    await undo.press(owner)
    assert (await undo.press(village.client(village.member))).status_code == 403


async def test_a_renamed_file_gets_its_name_back(shelf: Shelf) -> None:
    id = (await shelf.file("a.txt"))["id"]
    member = shelf.village.client(shelf.village.member)
    undo = await undo_of(member, await member.post(f"{shelf.base}/entries/{id}/name", data={"name": "b.txt"}))
    assert await shelf.names() == ["b.txt"]
    await undo.press(member)
    assert await shelf.names() == ["a.txt"]


async def test_a_moved_file_moves_back_unless_the_right_is_gone(shelf: Shelf) -> None:
    village = shelf.village
    id, folder = (await shelf.file("a.txt"))["id"], await shelf.folder("Box")
    member = village.client(village.member)
    undo = await undo_of(member, await member.post(f"{shelf.base}/entries/{id}/place", data={"folder": str(folder)}))
    assert (await undo.press(village.client(village.guest))).status_code == 403
    assert (await undo.press(village.client(village.outsider))).status_code == 404
    assert (await Entry.get(id=id)).parent_key == folder
    await undo.press(member)
    assert (await Entry.get(id=id)).parent_key == 0


async def test_a_version_made_current_gives_way_to_the_one_before(shelf: Shelf) -> None:
    id = (await shelf.file("a.txt", b"one"))["id"]
    await shelf.file("a.txt", b"two")
    member = shelf.village.client(shelf.village.member)
    undo = await undo_of(member, await member.post(f"{shelf.base}/file/{id}/versions/1/restoration"))
    await undo.press(member)
    assert (await member.get(f"{shelf.base}/file/{id}/content")).content == b"two"


async def test_emptying_the_trash_says_what_is_lost(shelf: Shelf) -> None:
    owner = shelf.village.client(shelf.village.owner)
    for number in range(11):
        id = (await shelf.file(f"{number:02}.txt"))["id"]
        await owner.post(f"{shelf.base}/entries/{id}/trashing")
    page = (await owner.get(f"{shelf.base}/trash/deletion")).text
    assert ("<li>10.txt</li>" in page, "<li>00.txt</li>" in page, "<li>and more</li>" in page) == (True, False, True)
