"""Folders are made, files and folders renamed and moved, by those who may."""

from __future__ import annotations

import asyncio

import pytest

from core.models import OutboxEvent
from plugins.files.models import Entry
from plugins.files.services.entries import change_entry
from plugins.files.services.folders import create_folder
from spaces.models import Content
from tests.files.conftest import Shelf

pytestmark = pytest.mark.anyio


async def test_a_member_makes_a_folder(shelf: Shelf) -> None:
    member = shelf.village.client(shelf.village.member)
    answer = await member.post(f"{shelf.base}/folders", data={"name": " Comptes  rendus ", "parent": "0"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{shelf.base}/")
    assert await shelf.names() == ["Comptes rendus/"]


@pytest.mark.parametrize("name", ["comptes", "COMPTES", "a/b", "", "x" * 201])
async def test_a_folder_with_a_taken_or_impossible_name_shows_why(shelf: Shelf, name: str) -> None:
    await shelf.folder("Comptes")
    member = shelf.village.client(shelf.village.member)
    answer = await member.post(f"{shelf.base}/folders", data={"name": name, "parent": "0"})
    assert answer.status_code == 422
    assert 'id="field-name-errors"' in answer.text
    assert await shelf.names() == ["Comptes/"]


async def test_a_guest_makes_no_folder(shelf: Shelf) -> None:
    village = shelf.village
    for person, status in ((village.guest, 403), (village.outsider, 404)):
        client = village.client(person)
        answer = await client.post(f"{shelf.base}/folders", data={"name": "A", "parent": "0"})
        assert answer.status_code == status
    assert await shelf.names() == []


async def test_authors_rename_their_own_and_others_do_not(shelf: Shelf) -> None:
    village = shelf.village
    id = (await shelf.file("a.txt", by=village.member))["id"]
    address = f"{shelf.base}/entries/{id}/name"
    second = await village.person("Second Member")
    await village.join(second, village.club)
    for person, status in ((second, 403), (village.guest, 403), (village.outsider, 404)):
        client = village.client(person)
        assert (await client.post(address, data={"name": "b.txt"})).status_code == status
        assert (await client.get(address)).status_code == status
    assert await shelf.names() == ["a.txt"]
    assert (await village.client(village.member).post(address, data={"name": "b.txt"})).status_code == 303
    assert (await village.client(village.moderator).post(address, data={"name": "c.txt"})).status_code == 303
    assert (await shelf.names(), await shelf.states()) == (["c.txt"], {"c.txt": "published"})
    announced = await OutboxEvent.filter(name="files.entry_renamed").order_by("created_at")
    assert [event.payload["title"] for event in announced] == ["b.txt", "c.txt"]


async def test_a_name_may_change_its_case_only(shelf: Shelf) -> None:
    id = (await shelf.file("a.txt"))["id"]
    answer = await shelf.script(shelf.village.member).patch(f"{shelf.api}/{id}", json={"name": "A.txt"})
    assert (answer.status_code, await shelf.names()) == (200, ["A.txt"])


async def test_a_file_moves_with_the_form(shelf: Shelf) -> None:
    id, folder = (await shelf.file("a.txt"))["id"], await shelf.folder("Archive")
    member = shelf.village.client(shelf.village.member)
    address = f"{shelf.base}/entries/{id}/place"
    assert f'<option value="{folder}">Archive</option>' in (await member.get(address)).text
    assert (await member.post(address, data={"folder": str(folder)})).status_code == 303
    assert (await Entry.get(id=id)).parent_key == folder
    assert (await member.post(address, data={"folder": "0"})).status_code == 303
    assert (await Entry.get(id=id)).parent_id is None
    assert (await member.post(address, data={"folder": "4711"})).status_code == 404


async def test_a_folder_never_ends_up_inside_itself(shelf: Shelf) -> None:
    script = shelf.script(shelf.village.member)
    top = await shelf.folder("A")
    below = await shelf.folder("B", top)
    lowest = await shelf.folder("C", below)
    for target in (top, below, lowest):
        answer = await script.patch(f"{shelf.api}/{top}", json={"folder": target})
        assert (answer.status_code, "folder" in answer.json()["errors"]) == (422, True)
    member = shelf.village.client(shelf.village.member)
    assert (await member.post(f"{shelf.base}/entries/{top}/place", data={"folder": str(lowest)})).status_code == 422
    assert [one.parent_key for one in await Entry.all().order_by("id")] == [0, top, below]


async def test_two_folders_that_are_moved_into_each_other_at_once_stay_a_tree(shelf: Shelf) -> None:
    one, other = await shelf.folder("A"), await shelf.folder("B")
    actor = await shelf.village.viewer(shelf.village.owner)
    moves = [
        change_entry(shelf.village.club, one, folder=other, actor=actor),
        change_entry(shelf.village.club, other, folder=one, actor=actor),
    ]
    results = await asyncio.gather(*moves, return_exceptions=True)
    assert sum(isinstance(result, Exception) for result in results) == 1
    assert sorted([one.parent_key for one in await Entry.all()]) in ([0, one], [0, other])


async def test_one_of_many_folders_of_one_name_is_made(shelf: Shelf) -> None:
    actor = await shelf.village.viewer(shelf.village.member)
    makers = [create_folder(shelf.village.club, name, parent=0, actor=actor) for name in ("Été", "ÉTÉ", "été")]
    results = await asyncio.gather(*makers, return_exceptions=True)
    assert sum(isinstance(result, Exception) for result in results) == 2
    assert await Entry.all().count() == 1


async def test_many_uploads_of_one_name_become_versions_of_one_file(shelf: Shelf) -> None:
    await shelf.file("warm.txt")
    answers = await asyncio.gather(*(shelf.put("a/b.txt", bytes([65 + n])) for n in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 9))
    assert await shelf.names() == ["a/", "b.txt", "warm.txt"]


async def test_a_taken_place_is_a_conflict(shelf: Shelf) -> None:
    folder = await shelf.folder("Archive")
    await shelf.file("Archive/a.txt")
    id = (await shelf.file("A.TXT"))["id"]
    script = shelf.script(shelf.village.member)
    assert (await script.patch(f"{shelf.api}/{id}", json={"folder": folder})).status_code == 409
    assert (await script.patch(f"{shelf.api}/{id}", json={"folder": folder, "name": "b.txt"})).status_code == 200
    assert (await Entry.get(id=id)).name == "b.txt"


async def test_folders_are_not_nested_without_end(shelf: Shelf) -> None:
    assert (await shelf.put("/".join("abcdefghijklmnopqrstuvwxyz01234"))).status_code == 201
    assert (await shelf.put("x/" + "/".join("abcdefghijklmnopqrstuvwxyz01234"))).status_code == 422
    script = shelf.script(shelf.village.member)
    top, lowest = await Entry.get(name="a", is_file=False), await Entry.get(name="3", is_file=False)
    other = await shelf.folder("other")
    await shelf.folder("inner", other)
    assert (await script.patch(f"{shelf.api}/{other}", json={"folder": lowest.id})).status_code == 422
    assert (await script.patch(f"{shelf.api}/{top.id}", json={"folder": other})).status_code == 422


async def test_a_stale_change_is_refused_with_the_current_state(shelf: Shelf) -> None:
    script = shelf.script(shelf.village.member)
    id = (await shelf.file("a.txt"))["id"]
    tag = (await script.get(f"{shelf.api}/{id}")).headers["etag"]
    assert (await script.patch(f"{shelf.api}/{id}", json={"name": "b"}, headers={"if-match": tag})).status_code == 200
    late = await script.patch(f"{shelf.api}/{id}", json={"name": "c"}, headers={"if-match": tag})
    assert (late.status_code, late.json()["current"]["name"]) == (412, "b")
    assert (await script.delete(f"{shelf.api}/{id}", headers={"if-match": tag})).status_code == 412
    assert await shelf.names() == ["b"]


async def test_unknown_fields_are_named(shelf: Shelf) -> None:
    script = shelf.script(shelf.village.member)
    id = (await shelf.file("a.txt"))["id"]
    answer = await script.patch(f"{shelf.api}/{id}", json={"nmae": "b"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["nmae"])
    assert (await script.post(f"{shelf.api}/folders", json={"name": "A", "color": 1})).status_code == 422


async def test_the_catalogue_knows_where_a_file_is(shelf: Shelf) -> None:
    file = await shelf.file("Dossier/Rapport.txt")
    row = await Content.get(plugin="files")
    assert (row.kind, row.title, row.url) == ("file", "Rapport.txt", f"/c/atelier/files/file/{file['id']}")
    assert (row.author_id, row.club_id) == (shelf.village.member.id, shelf.village.club.id)
