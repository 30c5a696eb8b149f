"""Everything that a plugin keeps in a club as one .zip archive, made in pieces, however large it becomes.

README.txt                     what is in it
<plugin>-<format>.zip          what the plugin's own exporter writes, where it has one
tables/<table>.jsonl           the club's rows, one JSON object a line, columns as in the database
blobs/<SHA-256>/<file name>    the stored files that the rows refer to by their hash
cercle.json                    format, versions, club, plugin, rows by table, and what could not be packed
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from tortoise.models import Model

from core import __version__, current
from core.accounts.viewer import Viewer
from core.backup_tables import columns_of, plain
from core.blobs import blobs_of
from core.db import dialect, rows
from core.filenames import clean_filename
from core.importing import Exporter, ExportRequest, Report
from core.parts import LoadedPart
from spaces.models import Club
from spaces.queries.erasing import club_models, in_club

logger = logging.getLogger("cercle.erasing")

FORMAT = 1
BATCH = 100
PIECE = 1024 * 1024
README = """This archive holds everything that the plugin {plugin} kept in the club {club} of {site}
on {day}, drafts and trash included.

tables/   the rows: one file for each table, one JSON object on each line
blobs/    the stored files: in a folder named by the SHA-256 that the rows refer to
{own}
cercle.json says how many rows there are, and names what could not be packed.
Numbers such as author_id are those of accounts on that site.
"""


@dataclass(slots=True)
class _Pipe:
    """Takes what zipfile writes until somebody fetches it. Without `seek` and `tell`, as for a socket."""

    waiting: list[bytes] = field(default_factory=list)

    def write(self, data: bytes) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def fetch(self) -> bytes:
        waiting, self.waiting = self.waiting, []
        return b"".join(waiting)


async def export_chunks(club: Club, loaded: LoadedPart, viewer: Viewer) -> AsyncGenerator[bytes, None]:
    """The bytes of the archive, a piece of a few MiB at a time.

    Args:
        club: the club.
        loaded: a running plugin.
        viewer: in whose name the plugin's own exporter works.

    Raises:
        Unavailable: when a stored file breaks off.
    """
    pipe, now = _Pipe(), datetime.now(UTC)
    packed: dict[str, Any] = {
        "format": FORMAT,
        "cercle": __version__,
        "plugin": {"name": loaded.name, "version": loaded.part.version},
        "club": {"id": club.id, "slug": club.slug, "name": club.name},
        "made_at": now.isoformat(),
        "tables": {},
        "missing": [],
    }
    with zipfile.ZipFile(pipe, "w") as archive:  # type: ignore[call-overload]
        archive.writestr(_entry("README.txt", now), _readme(club, loaded, now))
        own = _own_exporter(loaded)
        async for _ in _pack_own(archive, own, club, loaded, viewer, now, packed) if own else _nothing():
            yield pipe.fetch()
        for model in reversed(club_models(loaded.name)):
            async for _ in _pack_rows(archive, model, club, now, packed):
                yield pipe.fetch()
        seen: set[bytes] = set()
        for model in reversed(club_models(loaded.name)):
            async for _ in _pack_blobs(archive, model, club, now, packed, seen):
                yield pipe.fetch()
        archive.writestr(_entry("cercle.json", now), orjson.dumps(packed, option=orjson.OPT_INDENT_2))
    yield pipe.fetch()


async def _pack_rows(
    archive: zipfile.ZipFile, model: type[Model], club: Club, now: datetime, packed: dict[str, Any]
) -> AsyncIterator[None]:
    table, count = model._meta.db_table, 0
    columns = columns_of(model)
    with archive.open(_entry(f"tables/{table}.jsonl", now), "w", force_zip64=True) as target:
        async for found in _batches(model, club, "*"):
            lines = [orjson.dumps({name: plain(field, row[name]) for name, field in columns}) + b"\n" for row in found]
            count += len(lines)
            for piece in _pieces(lines):
                await asyncio.to_thread(target.write, piece)
                yield
    packed["tables"][table] = count


async def _pack_blobs(
    archive: zipfile.ZipFile, model: type[Model], club: Club, now: datetime, packed: dict[str, Any], seen: set[bytes]
) -> AsyncIterator[None]:
    blobs, storage = blobs_of(model), current.app().storage
    if not blobs:
        return
    key, name = model._meta.db_pk_column, _name_of(model)
    columns = "".join(f', "{column}"' for column in sorted({one.column for one in blobs}))
    async for found in _batches(model, club, f'"{key}"{columns}, {name} AS file_name'):
        for hash, name in ((row[one.column], row["file_name"]) for row in found for one in blobs if row[one.column]):
            if bytes.fromhex(hash) in seen:
                continue
            seen.add(bytes.fromhex(hash))
            if await storage.size(hash) is None:
                packed["missing"].append(hash)
                continue
            async for _ in _pack_stream(
                archive, f"blobs/{hash}/{clean_filename(name or 'file')}", now, storage.read(hash)
            ):
                yield


async def _pack_own(
    archive: zipfile.ZipFile,
    exporter: Exporter,
    club: Club,
    loaded: LoadedPart,
    viewer: Viewer,
    now: datetime,
    packed: dict[str, Any],
) -> AsyncIterator[None]:
    """What the plugin writes itself. When it fails, the rest is there all the same."""
    with tempfile.TemporaryDirectory(prefix="export-", dir=current.app().settings.data_dir) as folder:
        path = Path(folder) / f"{loaded.name}-{exporter.format}.zip"
        try:
            await exporter.run(ExportRequest(club, viewer, path, Report(), _say_nothing))
        except Exception as error:
            logger.exception("The exporter %s of %s failed", exporter.format, loaded.name)
            packed["missing"].append(f"{path.name}: {type(error).__name__}: {error}"[:300])
            return
        async for _ in _pack_stream(archive, path.name, now, _read(path)):
            yield


async def _pack_stream(
    archive: zipfile.ZipFile, name: str, now: datetime, chunks: AsyncIterator[bytes]
) -> AsyncIterator[None]:
    entry = _entry(name, now, zipfile.ZIP_STORED)
    with archive.open(entry, "w", force_zip64=True) as target:
        async for chunk in chunks:
            target.write(chunk)
            yield


async def _batches(model: type[Model], club: Club, columns: str) -> AsyncIterator[list[dict[str, Any]]]:
    table, key, word = model._meta.db_table, model._meta.db_pk_column, dialect().param
    last: Any = None
    while True:
        further = "" if last is None else f' AND "{key}" > {word(2)}'
        found = await rows(
            f'SELECT {columns} FROM "{table}" WHERE {in_club(model)}{further} ORDER BY "{key}" LIMIT {BATCH}',
            [club.id] if last is None else [club.id, last],
        )
        if found:
            yield found
        if len(found) < BATCH:
            return
        last = found[-1][key]


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as source:
        while piece := await asyncio.to_thread(source.read, PIECE):
            yield piece


async def _nothing() -> AsyncIterator[None]:
    return
    yield


def _name_of(model: type[Model]) -> str:
    """The SQL for what a stored file is called: by its own row, or by the row of the plugin that it belongs to."""
    if "name" in model._meta.fields_db_projection.values():
        return '"name"'
    for relation in sorted(model._meta.fk_fields):
        key: Any = model._meta.fields_map[relation]
        above = key.related_model._meta
        if above.app == model._meta.app and "name" in above.fields_db_projection.values():
            column = f'"{model._meta.db_table}"."{model._meta.fields_db_projection[key.source_field]}"'
            return f'(SELECT o."name" FROM "{above.db_table}" o WHERE o."{above.db_pk_column}" = {column})'
    return "NULL"


def _pieces(lines: Iterable[bytes]) -> Iterable[bytes]:
    """Lines put together until they are worth a visit to a thread."""
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _entry(name: str, now: datetime, compression: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, now.timetuple()[:6])
    entry.compress_type = compression
    return entry


def _own_exporter(loaded: LoadedPart) -> Exporter | None:
    offered: tuple[Exporter, ...] = loaded.get("exporters", "exporters")
    return offered[0] if offered else None


def _readme(club: Club, loaded: LoadedPart, now: datetime) -> str:
    own = _own_exporter(loaded)
    line = f"{loaded.name}-{own.format}.zip is the plugin's own export: {own.label}\n" if own else ""
    site = current.app().settings.base_url
    return README.format(plugin=loaded.name, club=club.name, site=site, day=f"{now:%Y-%m-%d}", own=line)


def _say_nothing(done: int, total: int, name: str) -> None:
    """Nobody watches."""
