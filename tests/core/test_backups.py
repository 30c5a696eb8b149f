"""Backup and restore: from either database to either, beside writers, and when something is wrong with the file."""

import asyncio
import os
import shutil
import signal
import sys
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from anyio import run_process
from tortoise import Tortoise, fields
from tortoise.models import Model

from cercle.testing import Databases, Village, opened_village, populate, village_settings
from core.app import Cercle
from core.backup_tables import LEFT_OUT, models
from core.backups import Progress, back_up, restore
from core.db import atomic, execute
from core.errors import Conflict, Invalid
from core.models import AuditEntry, Blob, Setting
from core.settings import Settings
from core.storage import hold, store

ROOT = Path(__file__).parents[2]
FILES = (b"", b"Bonjour\n", os.urandom(3 * 1024 * 1024))
WAYS = [("sqlite", "sqlite"), ("sqlite", "postgres"), ("postgres", "sqlite")]


def quiet(done: int, total: int, name: str) -> None:
    """Shows nothing."""


@pytest.fixture
def sites(
    request: pytest.FixtureRequest, tmp_path: Path, databases: Databases, new: Settings
) -> Iterator[dict[str, Settings]]:
    """Settings of two sites on the databases that the test names: the village, and an empty one."""
    kind, other = request.param
    with databases.fresh(kind) as url:
        empty = (
            village_settings(tmp_path / "new", request.getfixturevalue("postgres_url")) if other == "postgres" else new
        )
        yield {"old": village_settings(tmp_path / "old", url), "new": empty}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables."""
    folder = tmp_path_factory.mktemp("migrated")

    async def make() -> None:
        async with running(village_settings(folder, f"sqlite://{folder}/new.db")):
            pass

    asyncio.run(make())
    return folder / "new.db"


@pytest.fixture
def new(migrated: Path, tmp_path: Path) -> Settings:
    """Settings of an empty site."""
    shutil.copyfile(migrated, tmp_path / "new.db")
    return village_settings(tmp_path / "new", f"sqlite://{tmp_path}/new.db")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a site with something in every table."""
    folder = tmp_path_factory.mktemp("full")

    async def make() -> None:
        settings = village_settings(folder, f"sqlite://{folder}/full.db")
        await populate(settings)
        async with running(settings) as app:
            await fill(app)
            await back_up(app, folder / "full.tar", quiet)

    asyncio.run(make())
    return folder / "full.tar"


@pytest.mark.parametrize("sites", WAYS, indirect=True, ids="-to-".join)
async def test_every_row_and_file_comes_back(sites: dict[str, Settings], tmp_path: Path) -> None:
    async with running(sites["old"]) as app:
        await fill(app)
        before = await everything()
        written = await back_up(app, tmp_path / "backup.tar", quiet)
    async with running(sites["new"]) as app:
        read = await restore(app, tmp_path / "backup.tar", quiet)
        after = await everything()
        files = {blob.hash: await content(app, blob.hash) for blob in await Blob.all()}
    assert [name for name, rows in before.items() if not rows] == []
    assert after == before
    assert sorted(files.values()) == sorted(FILES)
    assert (read.rows, read.blobs) == (written.rows, written.blobs) == (sum(map(len, before.values())), len(FILES))


@pytest.mark.parametrize("sites", WAYS[1:2], indirect=True, ids="-to-".join)
async def test_everybody_may_afterwards_what_they_might_before(sites: dict[str, Settings], tmp_path: Path) -> None:
    async with opened_village(sites["old"]) as village:
        before = await doors(village)
        await back_up(village.app, tmp_path / "backup.tar", quiet)
    async with running(sites["new"]) as app:
        await restore(app, tmp_path / "backup.tar", quiet)
    async with opened_village(sites["new"]) as village:
        assert await doors(village) == before
        made = await Setting.create(scope="member", owner_id=1, part="new")
        assert made.id == max([one.id for one in await Setting.all()])


async def test_a_backup_beside_writers_is_of_one_moment(database_url: str, new: Settings, tmp_path: Path) -> None:
    """Each writer adds one row to two tables in a transaction; the backup has as many of the one as of the other."""
    async with running(village_settings(tmp_path / "old", database_url)) as app:
        counts = {"start": 0, "end": 0}
        writer = asyncio.create_task(write_pairs(counts))
        while counts["end"] < 3:
            await asyncio.sleep(0)
        counts["start"] = counts["end"]
        await back_up(app, tmp_path / "backup.tar", quiet)
        assert counts["end"] > counts["start"]
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer
    async with running(new) as app:
        await restore(app, tmp_path / "backup.tar", quiet)
        pairs = await AuditEntry.filter(action="pair").count(), await Setting.filter(part="pair").count()
    assert pairs[0] == pairs[1] >= counts["start"]


async def test_only_its_owner_may_read_a_backup(full: Path) -> None:
    assert full.stat().st_mode & 0o777 == 0o600


async def test_a_backup_never_overwrites(full: Path, village: Village) -> None:
    with pytest.raises(Conflict, match="exists already"):
        await back_up(village.app, full, quiet)


async def test_a_site_with_people_is_never_overwritten(full: Path, village: Village) -> None:
    before = await everything()
    with pytest.raises(Conflict, match="People use this site already"):
        await restore(village.app, full, quiet)
    assert await everything() == before


@pytest.mark.sqlite_only
async def test_a_file_missing_in_the_storage_is_named_and_the_rest_saved(village: Village, tmp_path: Path) -> None:
    await fill(village.app)
    lost = (await Blob.all().order_by("-size").first() or Blob()).hash
    await village.app.storage.delete(lost)
    summary = await back_up(village.app, tmp_path / "backup.tar", quiet)
    assert (summary.missing, summary.blobs) == ([lost], len(FILES) - 1)


@pytest.mark.sqlite_only
async def test_data_of_a_plugin_that_does_not_run_are_not_left_out_in_silence(
    village: Village, new: Settings, tmp_path: Path
) -> None:
    async with atomic():
        await execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('gone', '0001_initial', '2026-01-01')"
        )
    with pytest.raises(Conflict, match="--without gone"):
        await back_up(village.app, tmp_path / "backup.tar", quiet)
    await back_up(village.app, tmp_path / "backup.tar", quiet, without={"gone"})
    async with running(new) as app:
        assert (await restore(app, tmp_path / "backup.tar", quiet)).rows > 0


async def test_a_damaged_backup_changes_nothing(full: Path, new: Settings, tmp_path: Path) -> None:
    whole = full.read_bytes()
    row = whole.index(b'"Max Member"')
    blob = whole.index(b"Bonjour\n")
    damaged = {
        "cut": whole[: len(whole) // 2],
        "cut-in-its-end": whole[: whole.index(b"contents.json") + 700],
        "rows": whole[:row] + b'"Mad Member"' + whole[row + 12 :],
        "file": whole[:blob] + b"Bonsoir\n" + whole[blob + 8 :],
        "no-tar": b"Bonjour",
        "empty": b"",
    }
    async with running(new) as app:
        for name, data in damaged.items():
            (tmp_path / name).write_bytes(data)
            with pytest.raises(Invalid, match=r"damaged|not a complete backup"):
                await restore(app, tmp_path / name, quiet)
        assert (await restore(app, full, quiet)).blobs == len(FILES)


async def test_another_tar_file_is_refused(new: Settings, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "other.tar", "w") as archive:
        archive.add(__file__)
    async with running(new) as app:
        with pytest.raises(Invalid, match=r"not a complete backup.*manifest\.json"):
            await restore(app, tmp_path / "other.tar", quiet)


@pytest.mark.parametrize(("where", "stored"), [("blob", False), ("spaces_club", True)])
async def test_a_killed_restore_is_done_again(full: Path, new: Settings, where: str, stored: bool) -> None:
    command = [sys.executable, __file__, str(full), str(new.data_dir), new.database_url, where]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = await run_process(command, cwd=ROOT, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    async with running(new) as app:
        assert (await Setting.filter(part="every").count(), await Blob.filter(references__gt=0).count()) == (0, 0)
        assert (await Blob.all().count() == len(FILES)) is stored
        assert (await restore(app, full, quiet)).blobs == len(FILES)
        assert await Setting.filter(part__startswith="part").count() == 3


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Cercle]:
    """A site without jobs; empty unless somebody settled in its database."""
    async with Cercle(settings).running(jobs=False) as app:
        yield app


async def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as the models read it."""
    found = [model for app in (Tortoise.apps or {}).values() for model in app.values()]
    return {
        model._meta.db_table: await model.all().order_by(model._meta.pk_attr).values()
        for model in found
        if model._meta.db_table not in LEFT_OUT
    }


async def doors(village: Village) -> dict[tuple[str, str], int]:
    """What everybody gets at the door of each club and of each plugin."""
    paths = [f"/c/{slug}/{rest}" for slug in ("atelier", "cave", "place") for rest in ("members", "files/")]
    people = (village.owner, village.member, village.guest, village.outsider, None)
    return {
        (person.handle if person else "nobody", path): (await village.client(person).get(path)).status_code
        for person in people
        for path in paths
    }


async def content(app: Cercle, hash: str) -> bytes:
    """The bytes of a stored file."""
    return b"".join([chunk async for chunk in app.storage.read(hash)])


async def write_pairs(counts: dict[str, int]) -> None:
    """Write rows into two tables until cancelled, one of each in a transaction."""
    while True:
        number = counts["end"] + 1
        async with atomic():
            await AuditEntry.create(action="pair", subject=str(number))
            await Setting.create(scope="member", owner_id=1000 + number, part="pair")
        counts["end"] = number


async def fill(app: Cercle) -> None:
    """Three rows in every table, with a value of every kind; and three files."""
    for data in FILES:
        blob = await store(app.storage, _pieces(data), limit=len(data) + 1)
        async with atomic():
            await hold(blob.hash)
    async with atomic():
        for model in models():
            for number in range(0 if model is Blob else 3):
                values = {name: await _value(model, name, number) for name in _names(model)}
                await model.create(**values)


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _names(model: type[Model]) -> list[str]:
    meta = model._meta
    return [name for name in meta.fields_db_projection if name != meta.pk_attr or not meta.pk.generated]


async def _value(model: type[Model], name: str, number: int) -> Any:
    field: Any = model._meta.fields_map[name]
    if field.reference is not None:
        return await _key(model, field.reference, number)
    if field.null and number == 0:
        return None
    return _plain_value(field, name, number)


async def _key(model: type[Model], reference: Any, number: int) -> Any:
    """The first row of a table refers to the first of another, the second to the second."""
    if reference.related_model is model and number == 0:
        return None
    key = reference.related_model._meta.pk_attr
    keys = await reference.related_model.all().order_by(key).values_list(reference.to_field or key, flat=True)
    return keys[-1] if reference.related_model is model else keys[-1 - number]


def _plain_value(field: fields.Field[Any], name: str, number: int) -> Any:
    moment = datetime(2026, 5, 17, 12, 30, 15, 123456, tzinfo=UTC) + timedelta(days=number)
    if isinstance(field, fields.CharField):
        text = f"{name}·{uuid4().hex}" if field.max_length > 33 + len(name) else str(7 + number)
        return text[: field.max_length]
    if field.field_type is int:
        return 40 + number
    by_type: dict[Any, Any] = {
        str: f"Écrit à la main: “{number}” \\ ' \" ß 🜁\nand a second line",
        bool: number % 2 == 0,
        float: 1.25 + number,
        bytes: bytes(range(256)),
        datetime: moment,
        date: date(2026, 5, 17 + number),
        dict: {"every": [number, "é", None, 1.5, True, {"nested": []}]},
    }
    return uuid4() if isinstance(field, fields.UUIDField) else by_type.get(field.field_type, by_type[dict])


def kill_at(where: str) -> Progress:
    """Progress that ends this process without notice once the name is reached."""

    def progress(done: int, total: int, name: str) -> None:
        if name == where or (where == "blob" and len(name) == 12 and done == 1):
            os.kill(os.getpid(), signal.SIGKILL)

    return progress


async def restore_and_die(path: str, folder: str, url: str, where: str) -> None:
    """Restore, but be killed on the way."""
    async with running(village_settings(Path(folder), url)) as app:
        await restore(app, Path(path), kill_at(where))


if __name__ == "__main__":
    asyncio.run(restore_and_die(*sys.argv[1:]))
