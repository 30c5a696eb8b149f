"""What a plugin keeps in a club, row by row; and the wishes to erase it, waiting and done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import Q, RawSQL, Subquery
from tortoise.fields.base import OnDelete
from tortoise.models import Model
from tortoise.queryset import QuerySet

from core.backup_tables import models
from core.blobs import blobs_of
from core.db import dialect, rows
from core.models import OutboxEvent
from spaces.models import Club, ClubPlugin, Erasure

UNDECIDED = datetime(9999, 1, 1, tzinfo=UTC)  # when an erasure is due for which there is only an export so far
WHOLE = "spaces"  # stands in place of a plugin where a whole club is to be erased
EXPORT_KEPT = timedelta(days=30)
OWN = "club_id"


@dataclass(slots=True)
class Kept:
    """What a plugin keeps in a club.

    Args:
        tables: number of rows by table, those without rows left out.
        size: bytes that count into the club's space.
        files: number of stored files that its rows hold.
    """

    tables: dict[str, int] = field(default_factory=dict)
    size: int = 0
    files: int = 0

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(self.tables.values())

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Kept:
        """What the report of an erasure says was erased."""
        return cls(dict(report.get("rows", {})), int(report.get("size", 0)), int(report.get("files", 0)))

    @property
    def as_report(self) -> dict[str, Any]:
        """The same for the report of an erasure."""
        return {"rows": self.tables, "size": self.size, "files": self.files}


def club_models(plugin: str) -> list[type[Model]]:
    """The models of a running plugin whose rows belong to a club, those that others refer to last."""
    return [model for model in reversed(models()) if model._meta.app == plugin and scope_of(model)]


def scope_of(model: type[Model]) -> str:
    """The SQL condition that a row belongs to the club whose id stands for `{club}`; "" where rows belong to no club.

    A table without the club's id belongs to a club by the row of its own plugin that each of its rows needs.
    """
    if OWN in model._meta.fields_db_projection.values():
        return f'"{OWN}" = {{club}}'
    for name in sorted(model._meta.fk_fields | model._meta.o2o_fields):
        key: Any = model._meta.fields_map[name]
        above = key.related_model
        if key.null or above is model or above._meta.app != model._meta.app:
            continue
        if outer := scope_of(above):
            column = model._meta.fields_db_projection[key.source_field]
            return f'"{column}" IN (SELECT "{above._meta.db_pk_column}" FROM "{above._meta.db_table}" WHERE {outer})'
    return ""


async def count_kept(club: Club, plugin: str) -> Kept:
    """What a running plugin keeps in a club, counted in its tables."""
    kept = Kept()
    for model in club_models(plugin):
        sizes = [
            f"""coalesce(sum(CASE WHEN "{one.column}" <> '' THEN "{one.size}" END), 0)"""
            for one in blobs_of(model)
            if one.size
        ]
        held = [f"""count(nullif("{one.column}", ''))""" for one in blobs_of(model)]
        found = await rows(
            f"SELECT count(*) AS n, {' + '.join(sizes) or '0'} AS size, {' + '.join(held) or '0'} AS files "
            f'FROM "{model._meta.db_table}" WHERE {in_club(model)}',
            [club.id],
        )
        if found[0]["n"]:
            kept.tables[model._meta.db_table] = int(found[0]["n"])
        kept.size += int(found[0]["size"])
        kept.files += int(found[0]["files"])
    return kept


def told_of(plugin: str) -> QuerySet[OutboxEvent]:
    """What the outbox keeps that names a plugin: what it announced itself, and what the catalogue did of its items."""
    about = RawSQL("CAST(payload AS JSON) ->> 'plugin'" if dialect().name == "postgres" else "payload ->> 'plugin'")
    items = OutboxEvent.annotate(about=about).filter(name__startswith="spaces.content_", about=plugin)
    return OutboxEvent.filter(Q(name__startswith=f"{plugin}.") | Q(id__in=Subquery(items.values("id"))))


async def count_rows(model: type[Model], club_id: int) -> int:
    """How many rows of a model belong to a club."""
    sql = f'SELECT count(*) AS n FROM "{model._meta.db_table}" WHERE {in_club(model)}'
    return int((await rows(sql, [club_id]))[0]["n"])


async def in_need_of(club: Club, plugin: str) -> list[str]:
    """The other plugins with rows that cannot be without a row that this one keeps in the club."""
    found = set()
    for model in models():
        for name in (model._meta.fk_fields | model._meta.o2o_fields) if model._meta.app != plugin else ():
            key: Any = model._meta.fields_map[name]
            above = key.related_model
            if above._meta.app != plugin or key.on_delete not in (OnDelete.CASCADE, OnDelete.RESTRICT):
                continue
            if not scope_of(above):
                continue
            column = model._meta.fields_db_projection[key.source_field]
            inner = f'SELECT "{above._meta.db_pk_column}" FROM "{above._meta.db_table}" WHERE {in_club(above)}'
            sql = f'SELECT 1 AS one FROM "{model._meta.db_table}" WHERE "{column}" IN ({inner}) LIMIT 1'
            if await rows(sql, [club.id]):
                found.add(str(model._meta.app))
    return sorted(found)


def in_club(model: type[Model]) -> str:
    """The condition of `scope_of` with the club's id as the statement's first parameter."""
    return scope_of(model).replace("{club}", dialect().param(1))


def live_erasures(club_ids: Iterable[int]) -> QuerySet[Erasure]:
    """Those of these clubs that are neither done nor withdrawn; those for which there is only an export so far too."""
    return Erasure.filter(club_id__in=list(club_ids), done_at=None, withdrawn_at=None).order_by("id")


async def live_by_switch(club_ids: Iterable[int]) -> dict[tuple[int, str], Erasure]:
    """The same by club and plugin."""
    return {(int(one.club_id or 0), one.plugin): one for one in await live_erasures(club_ids)}


async def live_erasure(club_id: int, plugin: str) -> Erasure | None:
    """The one that waits, or is being done, for a plugin in a club."""
    return await live_erasures([club_id]).filter(plugin=plugin).first()


async def last_erasure(club_id: int, plugin: str) -> Erasure | None:
    """The last one that was done for a plugin in a club."""
    return await Erasure.filter(club_id=club_id, plugin=plugin, done_at__isnull=False).order_by("-done_at").first()


async def list_waiting(limit: int = 200) -> list[Erasure]:
    """What will be erased on this site, the next first."""
    asked = Erasure.filter(done_at=None, withdrawn_at=None, due_at__lt=UNDECIDED)
    return await asked.order_by("due_at", "id").limit(limit).select_related("club")


async def list_done(limit: int = 50) -> list[Erasure]:
    """What was erased on this site, the last first."""
    return await Erasure.filter(done_at__isnull=False).order_by("-done_at", "-id").limit(limit).select_related("club")


async def export_of(club_id: int, plugin: str) -> Erasure | None:
    """Where the last export of a plugin in a club is that can still be had: of the erasure that waits, or was done last."""
    made = Erasure.filter(club_id=club_id, plugin=plugin, export_hash__isnull=False, withdrawn_at=None)
    return await made.order_by("-id").first()


async def is_off(club_id: int, plugin: str) -> bool:
    """Whether a plugin is off in a club, so that nobody reads or writes what it keeps there."""
    return not await ClubPlugin.filter(club_id=club_id, plugin=plugin).exclude(effective="off").exists()


@dataclass(frozen=True, slots=True)
class Erasing:
    """How it stands with erasing what a plugin keeps in a club, for its page.

    Args:
        is_off: whether it may be erased at all.
        kept: what would go, counted where it is off.
        waiting: the wish that somebody has made, before and while it is done.
        export: the same, where it has an export.
        export_state: `wanted`, `making`, `made`, `failed`, or "" when nobody has wished for one.
        last: the last time that it was done.
        erased: what went then.
    """

    is_off: bool
    kept: Kept
    waiting: Erasure | None
    export: Erasure | None
    export_state: str
    last: Erasure | None
    erased: Kept


async def load_erasing(club: Club, plugin: str) -> Erasing:
    """How it stands with a running plugin in a club."""
    off = await is_off(club.id, plugin)
    live = await live_erasure(club.id, plugin) if off else None
    last = await last_erasure(club.id, plugin)
    wish: Any = live.report.get("export") if live else None
    return Erasing(
        is_off=off,
        kept=await count_kept(club, plugin) if off else Kept(),
        waiting=live if live and live.due_at < UNDECIDED else None,
        export=live if live and live.export_hash else None,
        export_state=str((wish or {}).get("state", "")),
        last=last,
        erased=Kept.of(last.report) if last else Kept(),
    )
