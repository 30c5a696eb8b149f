"""Into the trash, out of it, and gone for good."""

from __future__ import annotations

import asyncio

import pytest

from core.models import Blob
from plugins.files.models import Entry, Version
from spaces.models import Content
from tests.files.conftest import Shelf

pytestmark = pytest.mark.anyio


async def test_a_trashed_file_is_gone_everywhere_and_comes_back(shelf: Shelf) -> None:
    village = shelf.village
    id = (await shelf.file("a.txt", b"kept"))["id"]
    member = village.client(village.member)
    answer = await member.post(f"{shelf.base}/entries/{id}/trashing")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{shelf.base}/")
    for page in (f"/file/{id}", f"/file/{id}/content", f"/file/{id}/versions/1/content"):
        assert (await member.get(shelf.base + page)).status_code == 404
    assert (await shelf.script(village.member).get(f"{shelf.api}/{id}")).status_code == 404
    assert (await shelf.states(), await shelf.used()) == ({"a.txt": "trashed"}, 4)
    assert "a.txt" in (await member.get(f"{shelf.base}/trash")).text
    assert (await member.post(f"{shelf.base}/trash/{id}/restoration")).status_code == 303
    assert (await member.get(f"{shelf.base}/file/{id}/content")).content == b"kept"
    assert await shelf.states() == {"a.txt": "published"}


async def test_what_comes_back_to_a_taken_name_gets_a_number(shelf: Shelf) -> None:
    script, member = shelf.script(shelf.village.member), shelf.village.client(shelf.village.member)
    ids = []
    for _ in range(3):
        ids.append((await shelf.file("a.tar.gz"))["id"])
        assert (await script.delete(f"{shelf.api}/{ids[-1]}")).status_code == 204
    for id in ids:
        await member.post(f"{shelf.base}/trash/{id}/restoration")
    assert await shelf.names() == ["a.tar (2).gz", "a.tar (3).gz", "a.tar.gz"]
    assert set(await shelf.states()) == {"a.tar.gz", "a.tar (2).gz", "a.tar (3).gz"}


async def test_a_folder_takes_everything_along_and_brings_it_back(shelf: Shelf) -> None:
    owner = shelf.village.client(shelf.village.owner)
    await shelf.file("A/B/one.txt")
    await shelf.file("A/two.txt")
    early = (await shelf.file("A/early.txt"))["id"]
    await owner.post(f"{shelf.base}/entries/{early}/trashing")
    folder = (await Entry.get(name="A")).id
    assert (await owner.post(f"{shelf.base}/entries/{folder}/trashing")).status_code == 303
    assert await shelf.names() == []
    assert set((await shelf.states()).values()) == {"trashed"}
    assert (await owner.post(f"{shelf.base}/trash/{folder}/restoration")).status_code == 303
    assert await shelf.names() == ["A/", "B/", "one.txt", "two.txt"]
    states = {"one.txt": "published", "two.txt": "published", "early.txt": "trashed"}
    assert await shelf.states() == states


async def test_what_comes_back_without_its_folder_goes_to_the_top(shelf: Shelf) -> None:
    owner = shelf.village.client(shelf.village.owner)
    id = (await shelf.file("A/a.txt"))["id"]
    folder = (await Entry.get(name="A")).id
    await owner.post(f"{shelf.base}/entries/{id}/trashing")
    await owner.post(f"{shelf.base}/entries/{folder}/trashing")
    await owner.post(f"{shelf.base}/trash/{folder}/deletion")
    assert (await owner.post(f"{shelf.base}/trash/{id}/restoration")).status_code == 303
    assert await Entry.all().values_list("name", "parent_key", "slot") == [("a.txt", 0, 0)]


async def test_deleting_for_good_gives_the_space_and_the_blobs_back(shelf: Shelf) -> None:
    village = shelf.village
    await shelf.file("A/a.txt", b"1")
    await shelf.file("A/a.txt", b"22")
    await shelf.file("keep.txt", b"333")
    owner = village.client(village.owner)
    folder = (await Entry.get(name="A")).id
    await owner.post(f"{shelf.base}/entries/{folder}/trashing")
    assert await shelf.used() == 6
    assert (await owner.get(f"{shelf.base}/trash/{folder}/deletion")).status_code == 200
    assert (await owner.post(f"{shelf.base}/trash/{folder}/deletion")).status_code == 303
    assert (await shelf.counts(), await shelf.used()) == ((1, 1, 1), 3)
    assert await shelf.states() == {"keep.txt": "published"}
    assert (await owner.post(f"{shelf.base}/trash/{folder}/deletion")).status_code == 404


async def test_the_same_bytes_in_two_files_stay_while_one_needs_them(shelf: Shelf) -> None:
    owner = shelf.village.client(shelf.village.owner)
    one = (await shelf.file("a.txt", b"same"))["id"]
    other = (await shelf.file("b.txt", b"same"))["id"]
    assert (await Blob.get()).references == 2
    await owner.post(f"{shelf.base}/entries/{one}/trashing")
    await owner.post(f"{shelf.base}/trash/{one}/deletion")
    assert (await Blob.get()).references == 1
    assert (await owner.get(f"{shelf.base}/file/{other}/content")).content == b"same"


async def test_emptying_the_trash_deletes_what_is_in_it_alone(shelf: Shelf) -> None:
    owner = shelf.village.client(shelf.village.owner)
    for name in ("a.txt", "b.txt", "keep.txt"):
        id = (await shelf.file(name))["id"]
        if name != "keep.txt":
            await owner.post(f"{shelf.base}/entries/{id}/trashing")
    assert (await owner.get(f"{shelf.base}/trash/deletion")).status_code == 200
    assert (await owner.post(f"{shelf.base}/trash/deletion")).status_code == 303
    assert (await shelf.names(), await Content.all().count(), await Version.all().count()) == (["keep.txt"], 1, 1)
    assert "The trash is empty" in (await owner.get(f"{shelf.base}/trash")).text


async def test_who_may_do_what_with_the_trash(shelf: Shelf) -> None:
    village = shelf.village
    second = await village.person("Second Member")
    await village.join(second, village.club)
    id = (await shelf.file("a.txt", by=village.member))["id"]
    trashing, restoring, deleting = (
        f"{shelf.base}/entries/{id}/trashing",
        f"{shelf.base}/trash/{id}/restoration",
        f"{shelf.base}/trash/{id}/deletion",
    )
    others = ((second, 403), (village.guest, 403), (village.outsider, 404))
    clients = [(village.client(person), status) for person, status in others]
    for client, status in clients:
        assert (await client.post(trashing)).status_code == status
    assert (await village.client(village.member).post(trashing)).status_code == 303
    for client, status in clients:
        assert (await client.post(restoring)).status_code == status
        assert (await client.post(deleting)).status_code == status
        assert "a.txt" not in (await client.get(f"{shelf.base}/trash")).text
    assert (await village.client(village.member).post(deleting)).status_code == 403
    assert (await village.client(village.member).post(f"{shelf.base}/trash/deletion")).status_code == 403
    assert (await village.client(village.moderator).post(deleting)).status_code == 303
    assert await shelf.counts() == (0, 0, 0)


async def test_a_folder_that_holds_what_belongs_to_others_is_not_its_makers_to_trash(shelf: Shelf) -> None:
    village = shelf.village
    folder = await shelf.folder("Mine", by=village.member)
    await shelf.file("Mine/theirs.txt", by=village.owner)
    address = f"{shelf.base}/entries/{folder}/trashing"
    assert (await village.client(village.member).post(address)).status_code == 403
    assert await shelf.names() == ["Mine/", "theirs.txt"]
    assert (await village.client(village.moderator).post(address)).status_code == 303


async def test_two_who_trash_and_restore_at_once_leave_one_state(shelf: Shelf) -> None:
    village = shelf.village
    id = (await shelf.file("A/a.txt"))["id"]
    owner = village.client(village.owner)
    await owner.get(f"{shelf.base}/")
    answers = await asyncio.gather(*(owner.post(f"{shelf.base}/entries/{id}/trashing") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404]
    answers = await asyncio.gather(*(owner.post(f"{shelf.base}/trash/{id}/restoration") for _ in range(4)))
    assert {answer.headers["location"] for answer in answers} == {f"{shelf.base}/file/{id}"}
    assert await shelf.names() == ["A/", "a.txt"]
