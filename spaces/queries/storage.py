"""Reads about what is stored: by whom, how much, and what nobody needs. Only behind `site.operate`."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tortoise import Tortoise

from core import current
from core.accounts.sessions import moment
from core.blobs import blobs_of
from core.db import dialect, rows
from core.parts import LoadedPart

LARGEST = 20


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored, in bytes; a file that several rows hold counts once.

    Args:
        files, size: what somebody needs.
        unused_files, unused_size: what nobody needs any more; a job deletes it after a day.
        unused_since: since when the oldest of that.
    """

    files: int
    size: int
    unused_files: int
    unused_size: int
    unused_since: datetime | None


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk with the data folder, and the database, in bytes; None where it cannot be asked."""

    total: int
    free: int
    database: int | None


@dataclass(frozen=True, slots=True)
class LargeClub:
    """A club that stores much."""

    slug: str
    name: str
    storage_used: int
    quota: int | None


@dataclass(frozen=True, slots=True)
class PluginStored:
    """What a plugin's rows hold: how many files, and the bytes that count for clubs."""

    plugin: str
    files: int
    size: int


async def load_stored() -> Stored:
    """What is stored, in one query."""
    used, unused = '"references" > 0', '"references" <= 0'
    found = await rows(
        f"SELECT COALESCE(SUM(CASE WHEN {used} THEN 1 ELSE 0 END), 0) AS files, "
        f"COALESCE(SUM(CASE WHEN {used} THEN size ELSE 0 END), 0) AS size, "
        f"COALESCE(SUM(CASE WHEN {unused} THEN 1 ELSE 0 END), 0) AS unused_files, "
        f"COALESCE(SUM(CASE WHEN {unused} THEN size ELSE 0 END), 0) AS unused_size, "
        f"MIN(CASE WHEN {unused} THEN COALESCE(unused_at, created_at) END) AS unused_since FROM core_blob"
    )
    row = found[0]
    used_files, size = int(row["files"]), int(row["size"])
    return Stored(used_files, size, int(row["unused_files"]), int(row["unused_size"]), moment(row["unused_since"]))


async def load_disk() -> Disk:
    """How much room there is."""
    settings = current.app().settings
    usage = await asyncio.to_thread(shutil.disk_usage, settings.data_dir)
    return Disk(usage.total, usage.free, await _database_size(settings.database_url))


async def largest_clubs(limit: int = LARGEST) -> list[LargeClub]:
    """The clubs that store most, deleted ones too, since their bytes are still there."""
    found = await rows(
        "SELECT slug, name, storage_used, quota FROM spaces_club WHERE storage_used > 0 "
        f"ORDER BY storage_used DESC, id DESC LIMIT {int(limit)}"
    )
    return [LargeClub(**row) for row in found]


async def stored_by_plugins(plugins: tuple[LoadedPart, ...]) -> list[PluginStored]:
    """What each plugin's rows hold, largest first; reads all of them.

    Args:
        plugins: those that run.
    """
    made = []
    for loaded in plugins:
        models = Tortoise.apps[loaded.name].values() if loaded.name in Tortoise.apps else ()
        held = [(model._meta.db_table, one) for model in models for one in blobs_of(model)]
        files = size = 0
        for table, one in held:
            total = f'COALESCE(SUM("{one.size}"), 0)' if one.size else "0"
            found = await rows(f'SELECT COUNT(*) AS files, {total} AS size FROM "{table}" WHERE "{one.column}" <> \'\'')
            files, size = files + int(found[0]["files"]), size + int(found[0]["size"])
        if files:
            made.append(PluginStored(loaded.name, files, size))
    return sorted(made, key=lambda one: -one.size)


async def _database_size(url: str) -> int | None:
    if dialect().name == "postgres":
        return int((await rows("SELECT pg_database_size(current_database()) AS size"))[0]["size"])
    path = Path(url.removeprefix("sqlite://"))
    files = [path, path.with_name(f"{path.name}-wal")]
    sizes = [file.stat().st_size for file in files if file.is_file()]
    return sum(sizes) if sizes else None
