"""A club never keeps more than its quota, whoever sends what at the same time."""

from __future__ import annotations

import asyncio

import pytest

from core.models import Blob
from tests.files.conftest import Shelf
from tests.files.test_uploads import raw_put, temporary_files

pytestmark = pytest.mark.anyio

KIB = 1024


async def test_an_upload_that_does_not_fit_is_refused_with_a_sentence(shelf: Shelf) -> None:
    await shelf.set_quota(10 * KIB)
    await shelf.file("a.bin", b"x" * 6 * KIB)
    answer = await shelf.put("b.bin", b"x" * 5 * KIB)
    assert (answer.status_code, "10 kB" in answer.json()["detail"]) == (413, True)
    member = shelf.village.client(shelf.village.member)
    form = await member.post(f"{shelf.base}/uploads", files={"file": ("c.bin", b"x" * 5 * KIB)})
    assert (form.status_code, "There is no room" in form.text) == (413, True)
    assert (await shelf.names(), await shelf.used()) == (["a.bin"], 6 * KIB)
    assert temporary_files(shelf) == []


async def test_it_is_refused_by_its_length_before_it_is_read(shelf: Shelf) -> None:
    await shelf.set_quota(10 * KIB)
    read: list[int] = []
    assert await raw_put(shelf, "/api/v1/clubs/atelier/files/content/a", length=11 * KIB, read=read) == 413
    assert read == []


async def test_without_a_length_it_is_refused_as_soon_as_it_is_too_much(shelf: Shelf) -> None:
    await shelf.set_quota(3_000_000)
    read: list[int] = []
    chunk = {"type": "http.request", "body": b"x" * 1_000_000, "more_body": True}
    assert await raw_put(shelf, "/api/v1/clubs/atelier/files/content/a", [chunk] * 100, read=read) == 413
    assert len(read) < 6
    assert await shelf.counts() == (0, 0, 0)


async def test_every_version_counts(shelf: Shelf) -> None:
    await shelf.set_quota(10)
    await shelf.file("a.txt", b"12345")
    await shelf.file("a.txt", b"1234")
    assert (await shelf.put("a.txt", b"12")).status_code == 413
    assert (await shelf.put("a.txt", b"1")).status_code == 200
    assert await shelf.used() == 10


@pytest.mark.parametrize("attempt", [1, 2, 3])
async def test_of_ten_at_once_exactly_those_get_in_that_fit(shelf: Shelf, attempt: int) -> None:
    await shelf.set_quota(4 * KIB + 10)
    await shelf.file(f"{attempt}.txt", b"12345")
    sent = [shelf.put(f"{number}.bin", bytes([number]) * KIB) for number in range(10)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*sent))
    assert statuses == [201] * 4 + [413] * 6
    assert await shelf.counts() == (5, 5, 5)
    assert await shelf.used() == 4 * KIB + 5
    assert await Blob.filter(references__lt=0).count() == 0


async def test_a_form_gets_in_as_a_whole_or_not_at_all(shelf: Shelf) -> None:
    await shelf.set_quota(2 * KIB)
    member = shelf.village.client(shelf.village.member)
    files = [("file", (f"{number}.bin", bytes([number]) * KIB)) for number in range(3)]
    assert (await member.post(f"{shelf.base}/uploads", files=files)).status_code == 413
    assert (await shelf.counts(), await shelf.used()) == ((0, 0, 0), 0)
    assert (await member.post(f"{shelf.base}/uploads", files=files[:2])).status_code == 303
    assert await shelf.used() == 2 * KIB


async def test_clubs_that_send_the_same_files_in_another_order_do_not_stop_each_other(shelf: Shelf) -> None:
    village = shelf.village
    owner = village.client(village.owner)
    await owner.get(f"{shelf.base}/")
    files = [("file", (f"{number}.bin", bytes([number]) * 100)) for number in range(12)]
    both = [
        owner.post(f"{shelf.base}/uploads", files=files),
        owner.post("/c/cave/files/uploads", files=files[::-1]),
    ]
    assert [answer.status_code for answer in await asyncio.gather(*both)] == [303, 303]
    assert await shelf.counts() == (24, 24, 12)
