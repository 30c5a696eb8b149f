"""Files are stored whole or not at all, kept while someone needs them, and gone when nobody does."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from tortoise import Tortoise
from tortoise.backends.base.executor import EXECUTOR_CACHE

from core.db import AppTables, atomic, opened
from core.errors import Conflict, SettingsError, TooLarge, Unavailable
from core.models import Blob
from core.storage import (
    CLAIMED,
    LocalStorage,
    ObjectStorage,
    Storage,
    collect,
    hold,
    open_storage,
    release,
    store,
    verify,
)
from core.stores import Staged
from tests.core.bare_site import bind_bare_site
from tests.services.s3 import S3

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
NOW = timedelta(0)
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
async def site() -> None:
    bind_bare_site()


@pytest.fixture
def disk(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "blobs")


@pytest.fixture(params=["disk", "objects"])
def storage(request: pytest.FixtureRequest) -> Storage:
    if request.param == "disk":
        return cast(Storage, request.getfixturevalue("disk"))
    s3: S3 = request.getfixturevalue("s3")
    for name, value in s3.env.items():
        request.getfixturevalue("monkeypatch").setenv(name, value)
    return open_storage(s3.url)


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[None]:
    sqlite = request.param == "sqlite"
    url = f"sqlite://{tmp_path}/test.db" if sqlite else request.getfixturevalue("postgres_url")
    async with opened(url, [AppTables("core", "core.models", None)]):
        EXECUTOR_CACHE.clear()  # it keeps the SQL of the database that an earlier test had open
        await Tortoise.generate_schemas()
        yield


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def content(storage: Storage, hash: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in storage.read(hash, start, end)])


async def stored(storage: Storage) -> list[str]:
    """Every file that is there, temporary ones included."""
    if isinstance(storage, LocalStorage):
        return sorted(str(p.relative_to(storage.folder)) for p in storage.folder.rglob("*") if p.is_file())
    objects = cast(ObjectStorage, storage)._store.list()
    return sorted([item["path"] async for batch in objects for item in batch])


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# Bytes


@pytest.mark.parametrize("size", [0, 1, 100_000, 3 * MIB + 7, 20 * MIB + 1])
async def test_what_was_written_is_read_back(storage: Storage, size: int) -> None:
    data = os.urandom(size)
    step = 300_000
    written = await storage.write(pieces(*(data[i : i + step] for i in range(0, size, step))), limit=size)
    assert (written.hash, written.size) == (sha256(data), size)
    assert await content(storage, written.hash) == data
    assert await storage.size(written.hash) == size


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, 9 * MIB), (MIB, None), (5, 5), (8 * MIB - 1, 8 * MIB + 1)])
async def test_a_range_is_read_alone(storage: Storage, start: int, end: int | None) -> None:
    data = os.urandom(9 * MIB)
    written = await storage.write(pieces(data), limit=len(data))
    assert await content(storage, written.hash, start, end) == data[start:end]


async def test_the_same_content_is_stored_once(storage: Storage) -> None:
    await asyncio.gather(*(storage.write(pieces(b"same"), limit=4) for _ in range(8)))
    assert await stored(storage) == [f"{sha256(b'same')[:2]}/{sha256(b'same')}"]


@pytest.mark.parametrize("blocks", [2, 20])
async def test_more_than_the_limit_is_refused_and_leaves_nothing(storage: Storage, blocks: int) -> None:
    with pytest.raises(TooLarge):
        await storage.write(pieces(*[bytes(MIB)] * blocks), limit=blocks * MIB - 1)
    assert await stored(storage) == []


@pytest.mark.parametrize("blocks", [2, 20])
async def test_a_source_that_fails_leaves_nothing(storage: Storage, blocks: int) -> None:
    async def failing() -> AsyncIterator[bytes]:
        for _ in range(blocks):
            yield bytes(MIB)
        raise ConnectionError("the sender is gone")

    with pytest.raises(ConnectionError):
        await storage.write(failing(), limit=100 * MIB)
    assert await stored(storage) == []


@pytest.mark.parametrize("blocks", [2, 20])
async def test_a_cancelled_write_leaves_nothing(storage: Storage, blocks: int) -> None:
    sent = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        for _ in range(blocks):
            yield bytes(MIB)
        sent.set()
        await asyncio.Event().wait()

    writing = asyncio.create_task(storage.write(stalling(), limit=100 * MIB))
    await sent.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await stored(storage) == []


async def test_missing_bytes_are_unavailable(storage: Storage) -> None:
    assert await storage.size(sha256(b"nothing")) is None
    with pytest.raises(Unavailable):
        await content(storage, sha256(b"nothing"))


async def test_deleting_twice_is_fine(storage: Storage) -> None:
    written = await storage.write(pieces(b"gone"), limit=4)
    await storage.delete(written.hash)
    await storage.delete(written.hash)
    assert await stored(storage) == []


@pytest.mark.parametrize("hash", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
async def test_only_a_hash_is_an_address(storage: Storage, hash: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        await storage.size(hash)


async def test_a_file_beyond_the_copy_limit_of_an_object_store_passes_through_us(
    s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    storage = ObjectStorage("cercle", s3.prefix, copy_limit=1)
    data = os.urandom(18 * MIB)
    written = await storage.write(pieces(data), limit=len(data))
    assert await content(storage, written.hash) == data
    assert await stored(storage) == [f"{written.hash[:2]}/{written.hash}"]


async def test_a_silent_object_store_is_unavailable(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (s3.env | {"AWS_SECRET_ACCESS_KEY": "wrong"}).items():
        monkeypatch.setenv(name, value)
    storage = open_storage(s3.url)
    with pytest.raises(Unavailable):
        await storage.write(pieces(b"x"), limit=1)
    with pytest.raises(Unavailable):
        await storage.size(sha256(b"x"))


@pytest.mark.parametrize("url", ["s3://", "ftp://x/y", "s3://bucket/x?y=1", "", "/folder"])
async def test_a_wrong_address_names_its_variable(url: str) -> None:
    with pytest.raises(SettingsError, match="CERCLE_STORAGE_URL"):
        open_storage(url)


async def test_a_folder_that_cannot_be_made_names_its_variable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="CERCLE_STORAGE_URL"):
        open_storage(f"file://{tmp_path}/file/blobs")


async def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "été #1 100%?"
    storage = open_storage(f"file://{folder}")
    assert cast(LocalStorage, storage).folder == folder


# Killed and full


WRITER = """
import asyncio, sys
from pathlib import Path
from core.storage import LocalStorage
from tests.core.bare_site import bind_bare_site

async def endless():
    while True:
        yield b"x" * 1024 * 1024
        print("sent", flush=True)

async def main():
    bind_bare_site()
    await LocalStorage(Path(sys.argv[1])).write(endless(), limit=8 * 1024**3)

asyncio.run(main())
"""


async def test_a_writer_that_is_killed_leaves_only_what_the_sweep_removes(disk: LocalStorage) -> None:
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WRITER, str(disk.folder)), stdout=subprocess.PIPE, cwd=ROOT
    )
    assert writer.stdout is not None
    for _ in range(3):
        await writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    await writer.wait()
    left = await stored(disk)
    assert [name.split("/")[0] for name in left] == ["tmp"]
    assert await disk.sweep_temporary(timedelta(hours=1)) == 0
    assert await disk.sweep_temporary(NOW) == 1
    assert await stored(disk) == []


async def test_a_full_disk_is_said_and_leaves_nothing(disk: LocalStorage) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (3_500_000, 3_500_000))\n" + WRITER
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", limited, str(disk.folder)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    _, errors = await writer.communicate()
    assert b"There is no room left to store this file." in errors
    assert await stored(disk) == []


async def test_the_sweep_of_an_object_store_goes_by_age(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    storage = open_storage(s3.url)
    s3.store().put("tmp/left-behind", b"half")
    assert await storage.sweep_temporary(timedelta(hours=1)) == 0
    assert await storage.sweep_temporary(-timedelta(seconds=5)) == 1
    assert await stored(storage) == []


# Rows


async def put(storage: Storage, data: bytes = b"hello") -> Blob:
    return await store(storage, pieces(data), limit=len(data))


async def put_and_hold(storage: Storage, data: bytes = b"hello") -> Blob:
    blob = await put(storage, data)
    async with atomic():
        await hold(blob.hash)
    return blob


async def grow_old(hash: str, age: timedelta) -> None:
    past = datetime.now(UTC) - age
    await Blob.filter(hash=hash).update(unused_at=past, created_at=past)


@pytest.mark.usefixtures("database")
async def test_storing_makes_a_row_without_references(disk: LocalStorage) -> None:
    blob = await put(disk)
    row = await Blob.get()
    assert (row.hash, row.size, row.references) == (blob.hash, 5, 0)
    assert row.unused_at is not None
    assert row.unused_at <= datetime.now(UTC)


@pytest.mark.usefixtures("database")
async def test_the_same_bytes_at_once_are_one_row_and_one_file(storage: Storage) -> None:
    blobs = await asyncio.gather(*(put(storage) for _ in range(8)))
    assert {blob.hash for blob in blobs} == {sha256(b"hello")}
    assert await Blob.all().count() == 1
    assert len(await stored(storage)) == 1


@pytest.mark.usefixtures("database")
async def test_storing_held_bytes_again_changes_no_count_and_mends_the_bytes(disk: LocalStorage) -> None:
    blob = await put_and_hold(disk)
    (disk.folder / blob.hash[:2] / blob.hash).write_bytes(b"hellO")
    assert not await verify(disk, blob.hash)
    await put(disk)
    assert await verify(disk, blob.hash)
    row = await Blob.get()
    assert (row.references, row.unused_at) == (1, None)


@pytest.mark.usefixtures("database")
async def test_an_upload_that_fails_makes_no_row(disk: LocalStorage) -> None:
    with pytest.raises(TooLarge):
        await store(disk, pieces(b"hello"), limit=4)
    assert await Blob.all().count() == 0


@pytest.mark.usefixtures("database")
async def test_storing_inside_a_transaction_is_refused(disk: LocalStorage) -> None:
    async with atomic():
        with pytest.raises(RuntimeError, match="atomic"):
            await put(disk)


@pytest.mark.usefixtures("database")
async def test_references_are_counted_at_once_from_many_sides(disk: LocalStorage) -> None:
    blob = await put(disk)

    async def refer(change: int) -> None:
        async with atomic():
            await (hold(blob.hash) if change > 0 else release(blob.hash))

    await asyncio.gather(*(refer(1) for _ in range(10)))
    assert (await Blob.get()).references == 10
    await asyncio.gather(*(refer(-1) for _ in range(9)))
    row = await Blob.get()
    assert (row.references, row.unused_at) == (1, None)
    await refer(-1)
    row = await Blob.get()
    assert row.references == 0
    assert row.unused_at is not None


@pytest.mark.usefixtures("database")
async def test_a_reference_is_undone_with_its_transaction(disk: LocalStorage) -> None:
    blob = await put(disk)

    async def fail_after_holding() -> None:
        async with atomic():
            await hold(blob.hash)
            raise KeyError

    with pytest.raises(KeyError):
        await fail_after_holding()
    assert (await Blob.get()).references == 0


@pytest.mark.usefixtures("database")
async def test_releasing_too_often_stays_at_zero(disk: LocalStorage) -> None:
    blob = await put(disk)
    await release(blob.hash)
    assert (await Blob.get()).references == 0


@pytest.mark.usefixtures("database")
async def test_holding_what_is_gone_is_a_conflict() -> None:
    with pytest.raises(Conflict):
        await hold(sha256(b"gone"))


@pytest.mark.usefixtures("database")
async def test_collecting_takes_what_nobody_needed_for_long_enough(storage: Storage) -> None:
    held, fresh, old = (
        await put_and_hold(storage, b"held"),
        await put(storage, b"fresh"),
        await put(storage, b"old"),
    )
    await grow_old(held.hash, timedelta(days=30))
    await grow_old(old.hash, timedelta(hours=25))
    assert await collect(storage) == 1
    assert {row.hash for row in await Blob.all()} == {held.hash, fresh.hash}
    assert [name[3:] for name in await stored(storage)] == sorted([held.hash, fresh.hash], key=lambda h: h[:2])
    assert await collect(storage) == 0


@pytest.mark.usefixtures("database")
async def test_a_released_blob_is_kept_for_the_time_of_grace(disk: LocalStorage) -> None:
    blob = await put_and_hold(disk)
    await release(blob.hash)
    assert await collect(disk) == 0
    assert await collect(disk, older_than=NOW) == 1
    assert await Blob.all().count() == 0


@pytest.mark.usefixtures("database")
async def test_many_blobs_are_collected_in_one_go(disk: LocalStorage) -> None:
    past = datetime.now(UTC) - timedelta(days=2)
    hashes = [sha256(bytes([i % 256, i // 256])) for i in range(450)]
    await Blob.bulk_create([Blob(hash=hash, size=2, unused_at=past) for hash in hashes])
    assert await collect(disk) == 450


@pytest.mark.usefixtures("database")
async def test_a_collection_that_was_killed_half_way_is_finished_later(disk: LocalStorage) -> None:
    blob = await put(disk)
    await Blob.filter(hash=blob.hash).update(references=CLAIMED, unused_at=datetime.now(UTC))
    assert await collect(disk, older_than=NOW) == 0
    await grow_old(blob.hash, timedelta(hours=1))
    assert await collect(disk) == 1
    assert await stored(disk) == []


@pytest.mark.usefixtures("database")
async def test_bytes_that_cannot_be_deleted_are_tried_again(disk: LocalStorage) -> None:
    blob = await put(disk)
    path = disk.folder / blob.hash[:2] / blob.hash
    path.rename(path.with_suffix(".kept"))
    path.mkdir()
    assert await collect(disk, older_than=NOW) == 0
    path.rmdir()
    path.with_suffix(".kept").rename(path)
    await grow_old(blob.hash, timedelta(hours=1))
    assert await collect(disk, older_than=NOW) == 1
    assert await stored(disk) == []


@pytest.mark.usefixtures("database")
async def test_verifying_tells_sound_bytes_from_damaged_and_missing_ones(storage: Storage) -> None:
    blob = await put(storage)
    assert await verify(storage, blob.hash)
    await storage.delete(blob.hash)
    assert not await verify(storage, blob.hash)


# Storing and collecting the same content at the same time


class SlowDisk(LocalStorage):
    """A disk that waits at the two places where the order of things matters."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.deleting, self.may_delete = asyncio.Event(), asyncio.Event()
        self.placing, self.may_place = asyncio.Event(), asyncio.Event()

    async def delete(self, hash: str) -> None:
        self.deleting.set()
        await self.may_delete.wait()
        await super().delete(hash)

    @asynccontextmanager
    async def stage(self, chunks: AsyncIterable[bytes], *, limit: int) -> AsyncIterator[Staged]:
        async with super().stage(chunks, limit=limit) as staged:

            async def place() -> None:
                self.placing.set()
                await self.may_place.wait()
                await staged.place()

            yield Staged(staged.hash, staged.size, place)


@pytest.mark.usefixtures("database")
async def test_an_upload_waits_while_the_same_bytes_are_being_deleted(disk: LocalStorage) -> None:
    blob = await put(disk)
    slow = SlowDisk(disk.folder)
    collecting = asyncio.create_task(collect(slow, older_than=NOW))
    await slow.deleting.wait()
    with pytest.raises(Conflict):
        await hold(blob.hash)
    storing = asyncio.create_task(put_and_hold(disk))
    done, _ = await asyncio.wait([storing], timeout=0.1)
    assert not done
    slow.may_delete.set()
    assert await collecting == 1
    await storing
    assert await verify(disk, blob.hash)


@pytest.mark.usefixtures("database")
async def test_a_collection_leaves_alone_what_is_being_put_in_place(disk: LocalStorage) -> None:
    slow = SlowDisk(disk.folder)
    storing = asyncio.create_task(put_and_hold(slow))
    await slow.placing.wait()
    assert await collect(disk, older_than=NOW) == 0
    slow.may_place.set()
    assert await verify(disk, (await storing).hash)


@pytest.mark.usefixtures("database")
async def test_an_upload_that_outlived_its_lease_gets_a_new_row(disk: LocalStorage) -> None:
    slow = SlowDisk(disk.folder)
    storing = asyncio.create_task(put_and_hold(slow))
    await slow.placing.wait()
    await grow_old(sha256(b"hello"), timedelta(days=2))
    assert await collect(disk) == 1
    slow.may_place.set()
    blob = await storing
    assert await verify(disk, blob.hash)
    assert (await Blob.get()).references == 1


@pytest.mark.usefixtures("database")
async def test_an_upload_whose_bytes_were_collected_says_so(disk: LocalStorage) -> None:
    class Collected(LocalStorage):
        @asynccontextmanager
        async def stage(self, chunks: AsyncIterable[bytes], *, limit: int) -> AsyncIterator[Staged]:
            async with super().stage(chunks, limit=limit) as staged:

                async def place() -> None:
                    await staged.place()
                    await grow_old(staged.hash, timedelta(days=2))
                    assert await collect(disk) == 1

                yield Staged(staged.hash, staged.size, place)

    with pytest.raises(Unavailable):
        await put(Collected(disk.folder))


@pytest.mark.usefixtures("database")
async def test_no_bytes_are_lost_between_uploads_and_collections_of_the_same_content(
    disk: LocalStorage,
) -> None:
    kept = 0
    working = True

    async def upload() -> None:
        nonlocal kept
        for turn in range(12):
            try:
                blob = await put(disk)
                async with atomic():
                    await hold(blob.hash)
            except (Conflict, Unavailable):
                continue
            kept += 1
            assert await verify(disk, blob.hash)
            if turn % 3:
                kept -= 1
                async with atomic():
                    await release(blob.hash)

    async def collect_always() -> None:
        while working:
            await collect(disk, older_than=NOW)
            await asyncio.sleep(0)

    collecting = asyncio.create_task(collect_always())
    await asyncio.gather(*(upload() for _ in range(4)))
    working = False
    await collecting
    rows = await Blob.filter(references__gt=0)
    assert [row.references for row in rows] == ([kept] if kept else [])
    assert [await verify(disk, row.hash) for row in rows] == [True] * len(rows)
    files = [name[3:] for name in await stored(disk)]
    assert set(files) <= {row.hash for row in await Blob.all()}
