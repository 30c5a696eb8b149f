"""A folder is listed in pages, in the order that was asked for, with the same few queries however long it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from cercle import sort_key
from core.accounts.models import User
from plugins.files.models import Entry, name_key, numbered
from tests.files.conftest import Shelf

pytestmark = pytest.mark.anyio


async def test_folders_come_first_and_names_as_people_sort_them(shelf: Shelf) -> None:
    for path in ("page 10.txt", "page 2.txt", "Zoé.txt", "été.txt", "eau.txt", "zoo/x", "Abeilles/x"):
        await shelf.file(path)
    page = (await shelf.village.client(shelf.village.guest).get(f"{shelf.base}/")).text
    names = re.findall(r'<a href="/c/atelier/files/(?:file|folders)/\d+">([^<]+)</a>', page)
    assert names == ["Abeilles", "zoo", "eau.txt", "été.txt", "page 2.txt", "page 10.txt", "Zoé.txt"]


@pytest.mark.parametrize("sort", ["name", "-name", "size", "-size", "updated", "-updated"])
async def test_every_order_passes_each_entry_once_in_the_api(shelf: Shelf, sort: str) -> None:
    await fill(shelf, 11)
    script = shelf.script(shelf.village.guest)
    seen: list[tuple[str, str, int, str]] = []
    after = None
    while True:
        query = {"sort": sort, "limit": "3"} | ({"after": after} if after else {})
        body = (await script.get(shelf.api, params=query)).json()
        seen += [(one["kind"], sort_key(one["name"]), one["size"] or 0, one["updated_at"]) for one in body["items"]]
        after = body["next"]
        if after is None:
            break
    assert (len(seen), len(set(seen))) == (13, 13)
    assert [kind for kind, *_ in seen] == ["folder"] * 2 + ["file"] * 11
    column = {"name": 1, "size": 2, "updated": 3}[sort.removeprefix("-")]
    values = [one[column] for one in seen if one[0] == "file"]
    assert values == sorted(values, reverse=sort.startswith("-"))


async def test_a_long_folder_has_pages(shelf: Shelf) -> None:
    await fill(shelf, 230)
    guest = shelf.village.client(shelf.village.guest)
    address, names = "/c/atelier/files/?sort=-size", set()
    for expected in (100, 100, 32):
        page = (await guest.get(address)).text
        found = set(re.findall(r'files/(?:file|folders)/(\d+)"', page))
        assert len(found) == expected
        names |= found
        more = re.search(r'rel="next" href="([^"]+)"', page)
        address = "/c/atelier/files/" + (more[1].replace("&amp;", "&") if more else "")
    assert len(names) == 232


@pytest.mark.parametrize("after", ["x", "WzFd", "WyJhIiwiYiIsImMiXQ"])
async def test_a_made_up_cursor_is_refused(shelf: Shelf, after: str) -> None:
    answer = await shelf.script(shelf.village.guest).get(shelf.api, params={"after": after})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["after"])


async def test_the_api_lists_one_folder_only(shelf: Shelf) -> None:
    await shelf.file("A/B/in.txt", b"123")
    script = shelf.script(shelf.village.guest)
    folder = (await Entry.get(name="B")).id
    body = (await script.get(shelf.api, params={"folder": folder})).json()
    [item] = body["items"]
    assert (item["name"], item["folder"], item["size"], item["author"]) == ("in.txt", folder, 3, "Max Member")
    assert (await script.get(shelf.api, params={"folder": "9999"})).status_code == 404
    assert (await script.get(shelf.api, params={"folder": item["id"]})).status_code == 404
    assert (await script.get(shelf.api, params={"folder": "A"})).status_code == 422
    assert (await script.get(shelf.api, params={"fodler": "1"})).status_code == 422


@pytest.mark.parametrize("count", [3, 90])
async def test_a_page_takes_three_queries_at_most_however_much_it_shows(shelf: Shelf, count: int) -> None:
    folder = await shelf.folder("Dossier")
    await fill(shelf, count, folder)
    file = await shelf.file("Dossier/versions.txt")
    for _ in range(min(count, 9)):
        await shelf.file("Dossier/versions.txt")
    guest, script = shelf.village.client(shelf.village.guest), shelf.script(shelf.village.guest)
    pages = (f"{shelf.base}/", f"{shelf.base}/folders/{folder}", f"{shelf.base}/file/{file['id']}")
    for page, most in zip(pages, (2, 3, 3), strict=True):
        await guest.get(page)
        with shelf.village.queries() as seen:
            assert (await guest.get(page)).status_code == 200
        assert (page, seen.count, seen.sql) == (page, most, seen.sql)
    await script.get(shelf.api)
    with shelf.village.queries() as seen:
        await script.get(shelf.api, params={"folder": folder})
    assert seen.count == 3


@pytest.mark.parametrize("count", [1, 3])
async def test_the_trash_takes_the_same_queries_however_full_it_is(shelf: Shelf, count: int) -> None:
    member = shelf.village.client(shelf.village.member)
    for number in range(count):
        id = (await shelf.file(f"{number}.txt"))["id"]
        await member.post(f"{shelf.base}/entries/{id}/trashing")
    await member.get(f"{shelf.base}/trash")
    with shelf.village.queries() as seen:
        assert (await member.get(f"{shelf.base}/trash")).text.count("/restoration") == count
    assert seen.count == 2


async def test_a_file_of_somebody_who_is_gone_belongs_to_a_former_member(shelf: Shelf) -> None:
    gone = await shelf.village.person("Gone Person")
    await shelf.village.join(gone, shelf.village.club)
    id = (await shelf.file("a.txt", by=gone))["id"]
    await User.filter(id=gone.id).delete()
    guest = shelf.village.client(shelf.village.guest)
    assert "former member" in (await guest.get(f"{shelf.base}/")).text
    assert "former member" in (await guest.get(f"{shelf.base}/file/{id}")).text


def test_names_are_the_same_whatever_their_case_and_accents_are_made_of() -> None:
    assert name_key("Été.TXT") == name_key("E\u0301té.txt")
    assert name_key("straße") == name_key("STRASSE")
    assert name_key("été") != name_key("ete")


def test_a_numbered_name_keeps_its_ending_and_its_length() -> None:
    assert numbered("a.pdf", 2) == "a (2).pdf"
    assert numbered(".env", 2) == ".env (2)"
    assert numbered("a", 12) == "a (12)"
    long = numbered("é" * 98 + ".txt", 2)
    assert (len(long.encode()) <= 200, long.endswith(" (2).txt")) == (True, True)


async def fill(shelf: Shelf, count: int, folder: int = 0) -> None:
    """Two folders and this many files, without their bytes."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = []
    for number in range(count + 2):
        name, moment = f"{'d' if number < 2 else 'f'} {number}", start + timedelta(minutes=number // 2)
        rows.append(
            Entry(
                club_id=shelf.village.club.id,
                parent_id=folder or None,
                parent_key=folder,
                is_file=number >= 2,
                name=name,
                name_key=name_key(name),
                sort_key=sort_key(name),
                author_id=shelf.village.owner.id,
                size=number // 3 if number >= 2 else 0,
                created_at=moment,
                updated_at=moment,
            )
        )
    await Entry.bulk_create(rows)
