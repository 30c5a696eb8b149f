"""Backup and restore: one tar file with every table as JSON lines and every stored file, taken while the site runs.

All rows are read as they were at one moment, so they fit each other. Files are addressed by their content and never
change, so they follow at leisure. A backup from SQLite restores on PostgreSQL and back.

In the file: `manifest.json` (who made it), `tables/<name>.jsonl`, `blobs/<SHA-256>`, and last `contents.json`, which says
what belongs to it; a file without it is not complete.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
import tempfile
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson
from tortoise.models import Model

from core.append_only import unguarded
from core.backup_tables import Read, empty, insert, lines_of, models, snapshot
from core.db import atomic, rows
from core.errors import Conflict, Invalid, Unavailable
from core.storage import store

if TYPE_CHECKING:
    from core.app import Cercle

FORMAT = 1
CHUNK = 1024 * 1024
BLOB = re.compile(r"blobs/([0-9a-f]{64})")
Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class Summary:
    """What was written or read.

    Args:
        rows, blobs: how many.
        missing: hashes of files that should be in the storage and are not, or are damaged there.
    """

    rows: int = 0
    blobs: int = 0
    missing: list[str] = field(default_factory=list)


async def back_up(app: Cercle, path: Path, progress: Progress, *, without: Collection[str] = ()) -> Summary:
    """Write everything into one file that only its owner may read.

    Args:
        app: the application.
        path: must not exist; appears only when it is complete.
        progress: told of each table and file.
        without: plugins that do not run, whose data stay out.

    Raises:
        Conflict: when the path exists, or a plugin that has data does not run and is not in `without`.
    """
    if path.exists():
        raise Conflict(f"{path} exists already; choose another name")
    summary = Summary()
    with _appearing(path) as file, tarfile.open(fileobj=file, mode="w") as archive:
        tables, hashes = await _write_tables(app, archive, summary, progress, without)
        for number, hash in enumerate(hashes):
            progress(number, len(hashes), hash[:12])
            await _write_blob(app, archive, hash, summary)
        contents = {"tables": tables, "blobs": summary.blobs, "missing": summary.missing}
        _add(archive, "contents.json", io.BytesIO(orjson.dumps(contents)))
    return summary


async def restore(app: Cercle, path: Path, progress: Progress) -> Summary:
    """Bring a backup back into an empty site with the same tables.

    Files come first and rows last, in one transaction: whoever is interrupted finds the site as empty as before.

    Args:
        app: the application, its database migrated and without people.
        path: a file made by `back_up`.
        progress: told of each table and file.

    Raises:
        Conflict: when the site is not empty.
        Invalid: when the file is no backup, is damaged, or does not fit what is installed here.
    """
    await _refuse_used_site()
    try:
        with tarfile.open(path, "r") as archive:
            return await _restore(app, archive, progress)
    except (tarfile.TarError, EOFError, orjson.JSONDecodeError) as error:
        raise Invalid(f"{path} is not a backup, or is damaged: {error}") from None


async def _restore(app: Cercle, archive: tarfile.TarFile, progress: Progress) -> Summary:
    manifest, contents = _read_json(archive, "manifest.json"), _read_json(archive, "contents.json")
    await _refuse_other_tables(app, manifest)
    _refuse_damage(archive, contents["tables"])
    summary = Summary(missing=contents["missing"])
    summary.blobs = await _read_blobs(app, archive, contents["blobs"], progress)
    ordered = [model for model in models() if model._meta.db_table in contents["tables"]]
    async with atomic():
        async with unguarded():
            await empty(models())
        for number, model in enumerate(ordered):
            progress(number, len(ordered), model._meta.db_table)
            summary.rows += await insert(model, _open(archive, _place(model)))
    return summary


@contextmanager
def _appearing(path: Path) -> Iterator[IO[bytes]]:
    """A file that has its name only once it is written and on the disk, and is gone if that fails."""
    partial = path.with_name(f"{path.name}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


async def _write_tables(
    app: Cercle, archive: tarfile.TarFile, summary: Summary, progress: Progress, without: Collection[str]
) -> tuple[dict[str, Any], list[str]]:
    """Write manifest and rows; answers the contents of each table and the hashes of the files that rows need."""
    tables: dict[str, Any] = {}
    async with snapshot() as read:
        applied = await _applied(read)
        _refuse_silence(app, applied, without)
        made = {"format": FORMAT, "version": app.version, "made_at": datetime.now(UTC).isoformat(timespec="seconds")}
        migrations = [name for name in applied if name.partition(".")[0] not in without]
        _add(archive, "manifest.json", io.BytesIO(orjson.dumps({**made, "migrations": migrations})))
        for number, model in enumerate(ordered := models()):
            progress(number, len(ordered), model._meta.db_table)
            tables[model._meta.db_table] = await _write_table(archive, model, read)
        hashes = [
            row["hash"] for row in await read('SELECT hash FROM core_blob WHERE "references" > 0 ORDER BY hash', [])
        ]
    summary.rows = sum(table["rows"] for table in tables.values())
    return tables, hashes


async def _write_table(archive: tarfile.TarFile, model: type[Model], read: Read) -> dict[str, Any]:
    digest, count = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as file:
        async for line in lines_of(model, read):
            file.write(line)
            digest.update(line)
            count += 1
        _add(archive, _place(model), file)
    return {"rows": count, "sha256": digest.hexdigest()}


async def _write_blob(app: Cercle, archive: tarfile.TarFile, hash: str, summary: Summary) -> None:
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as file:
        try:
            async for chunk in app.storage.read(hash):
                digest.update(chunk)
                file.write(chunk)
        except Unavailable:
            summary.missing.append(hash)
            return
        if digest.hexdigest() != hash:
            summary.missing.append(hash)
            return
        _add(archive, f"blobs/{hash}", file)
    summary.blobs += 1


async def _read_blobs(app: Cercle, archive: tarfile.TarFile, count: int, progress: Progress) -> int:
    """Store the files. Each gets a row that nobody refers to yet, so that those of an interrupted restore are collected."""
    found = [member for member in archive.getmembers() if member.isfile() and BLOB.fullmatch(member.name)]
    if len(found) != count:
        raise Invalid(f"The backup is damaged: it should hold {count} files and holds {len(found)}")
    for number, member in enumerate(found):
        progress(number, count, member.name[6:18])
        stored = await store(app.storage, _chunks(_open(archive, member.name)), limit=max(member.size, 1))
        if stored.hash != member.name.removeprefix("blobs/"):
            raise Invalid(f"The backup is damaged: {member.name} holds something else")
    return count


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


async def _refuse_used_site() -> None:
    if await rows("SELECT id FROM accounts_user LIMIT 1"):
        raise Conflict(
            "People use this site already; restore into an empty one (set CERCLE_DATA_DIR and CERCLE_DATABASE_URL)"
        )


def _refuse_silence(app: Cercle, applied: list[str], without: Collection[str]) -> None:
    """A plugin that does not run has tables that nobody can read; a backup without them must be wanted."""
    running = {tables.label for tables in app.parts.apps}
    silent = sorted({name.partition(".")[0] for name in applied} - running - set(without))
    if silent:
        options = " ".join(f"--without {name}" for name in silent)
        raise Conflict(
            f"There are data of plugins that do not run: {', '.join(silent)}. Mend or install them, or leave their data "
            f"out of the backup with {options}"
        )


async def _refuse_other_tables(app: Cercle, manifest: dict[str, Any]) -> None:
    if manifest["format"] != FORMAT:
        raise Invalid(
            f"This backup has format {manifest['format']}; this is Cercle {app.version}, which reads {FORMAT}"
        )
    async with snapshot() as read:
        here = set(await _applied(read))
    there = set(manifest["migrations"])
    parts = {name.partition(".")[0] for name in there}
    absent = sorted(parts - {name.partition(".")[0] for name in here})
    if absent:
        raise Invalid(f"This backup has data of plugins that do not run here: {', '.join(absent)}. Install them first")
    if there != {name for name in here if name.partition(".")[0] in parts}:
        raise Invalid(
            f"This backup was made by Cercle {manifest['version']} with other versions of its tables; this is Cercle "
            f"{app.version}. Restore it with the versions that made it, then update and run: cercle migrate"
        )


def _refuse_damage(archive: tarfile.TarFile, tables: dict[str, Any]) -> None:
    for table, expected in tables.items():
        digest = hashlib.sha256()
        file = _open(archive, f"tables/{table}.jsonl")
        while chunk := file.read(CHUNK):
            digest.update(chunk)
        if digest.hexdigest() != expected["sha256"]:
            raise Invalid(f"The backup is damaged: the rows of {table} are not those that were written")


async def _applied(read: Read) -> list[str]:
    found = await read("SELECT app, name FROM tortoise_migrations ORDER BY app, name", [])
    return [f"{row['app']}.{row['name']}" for row in found]


def _read_json(archive: tarfile.TarFile, name: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(_open(archive, name).read())
    return found


def _open(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        file = archive.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise Invalid(f"This is not a complete backup made by cercle backup: it lacks {name}")
    return file


def _place(model: type[Model]) -> str:
    return f"tables/{model._meta.db_table}.jsonl"


def _add(archive: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size = file.seek(0, io.SEEK_END)
    file.seek(0)
    info.mode = 0o600
    archive.addfile(info, file)
