"""Which plugins ran here, so that what one has left can be named, and erased, when its package is gone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from tortoise import Tortoise
from tortoise.models import Model

from core.blobs import blobs_of
from core.db import dialect, rows
from core.models import InstalledPart
from core.parts import ENTRY_POINT_GROUP, FOUNDATION, LoadedPart

if TYPE_CHECKING:
    from core.app import Cercle

SEEN_EVERY = timedelta(days=1)
_OURS = frozenset({"core", *(package.rpartition(".")[2] for package in FOUNDATION)})


@dataclass(frozen=True, slots=True)
class GonePart:
    """A plugin that does not run any more and has left something.

    Args:
        name: the plugin's.
        title: in the source language; its name where nobody knows more.
        version: the last that ran here, or "".
        seen_at: when it ran last, as far as anybody knows.
        is_disabled: whether CERCLE_DISABLED_PLUGINS names it, so that it is there but does not run.
        tables: how many rows each of its tables has.
    """

    name: str
    title: str
    version: str
    seen_at: datetime | None
    is_disabled: bool
    tables: dict[str, int]

    @property
    def rows(self) -> int:
        """How many rows its tables have."""
        return sum(self.tables.values())


async def note_parts(app: Cercle) -> None:
    """Write down every plugin that runs, when something about it has changed and otherwise once a day.

    Args:
        app: the application; its database is open.
    """
    known = {row.name: row for row in await InstalledPart.all()}
    now = datetime.now(UTC)
    found = [_row(loaded) for loaded in app.parts if not loaded.is_foundation]
    stale = [row for row in found if not _is_fresh(row, known.get(row.name), now)]
    if stale:
        fields = ["title", "version", "package", "blobs", "seen_at"]
        await InstalledPart.bulk_create(stale, on_conflict=["name"], update_fields=fields)


async def gone_parts(app: Cercle) -> list[GonePart]:
    """The plugins that have left tables, or were noted here once, and are not among the parts any more; by name.

    Args:
        app: the application. In safe mode, packages that are installed but left out do not count as gone.
    """
    noted = {row.name: row for row in await InstalledPart.all()}
    names = (noted.keys() | await _migrated()) - {one.name for one in app.parts.all()} - _OURS
    if app.settings.safe:
        there = {point.module for point in entry_points(group=ENTRY_POINT_GROUP)}
        names -= {name for name in names if name not in noted or noted[name].package in there}
    return [await _gone(app, name, noted.get(name)) for name in sorted(names)]


async def tables_of(name: str, others: Collection[str]) -> list[str]:
    """The tables with a part's prefix, if it ever had migrations here.

    Args:
        name: the part's.
        others: names of other parts; a table whose longest prefix is one of theirs is not taken for this one's.
    """
    if name not in await _migrated():
        return []
    if dialect().name == "postgres":
        sql = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
    else:
        # a virtual table keeps its rows in tables of its own, which come and go with it
        sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') ORDER BY type DESC, name"
    longer = tuple(f"{other}_" for other in others if other.startswith(f"{name}_"))
    found = [str(row["name"]) for row in await rows(sql)]
    return [table for table in found if table.startswith(f"{name}_") and not table.startswith(longer)]


async def known_names(app: Cercle) -> set[str]:
    """The names of all parts that are, or ever were, here."""
    noted = {str(name) for name in await InstalledPart.all().values_list("name", flat=True)}
    return noted | await _migrated() | {one.name for one in app.parts.all()}


def models_of(plugin: str) -> list[type[Model]]:
    """The models of a running plugin; the database must be open."""
    return [model for label, models in (Tortoise.apps or {}).items() if label == plugin for model in models.values()]


def _row(loaded: LoadedPart) -> InstalledPart:
    blobs = [
        [model._meta.db_table, one.column, one.size]
        for model in (models_of(loaded.name) if loaded.tables else ())
        for one in blobs_of(model)
    ]
    part = loaded.part
    return InstalledPart(
        name=part.name,
        title=part.title[:80],
        version=part.version[:40],
        package=loaded.package[:120],
        blobs=sorted(blobs),
    )


def _is_fresh(row: InstalledPart, known: InstalledPart | None, now: datetime) -> bool:
    if known is None or now - known.seen_at > SEEN_EVERY:
        return False
    return all(getattr(row, name) == getattr(known, name) for name in ("title", "version", "package", "blobs"))


async def _migrated() -> set[str]:
    return {str(row["app"]) for row in await rows("SELECT DISTINCT app FROM tortoise_migrations")}


async def _gone(app: Cercle, name: str, row: InstalledPart | None) -> GonePart:
    tables = {table: await count(table) for table in await tables_of(name, await known_names(app))}
    title, version, seen_at = (row.title, row.version, row.seen_at) if row else (name, "", None)
    return GonePart(name, title or name, version, seen_at, name in app.settings.disabled_plugins, tables)


async def count(table: str) -> int:
    """How many rows a table has."""
    return int((await rows(f'SELECT count(*) AS n FROM "{table}"'))[0]["n"])
