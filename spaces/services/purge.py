"""Erasing what a plugin that is gone has left behind, in all clubs at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tortoise.models import Model
from tortoise.queryset import QuerySet

from core import audit
from core.db import atomic, dialect, execute, rows
from core.errors import Conflict, NotFound
from core.i18n import gettext
from core.loading.installed import count, gone_parts, known_names, tables_of
from core.loading.manifests import NAME, RESERVED
from core.models import Delivery, Fault, HookTiming, InstalledPart, Lease, Setting
from spaces.models import ClubPlugin, Content, Erasure, GrantLock, GrantOverride, PluginPolicy
from spaces.queries.erasing import told_of

if TYPE_CHECKING:
    from core.app import Cercle

_BY_PLUGIN: tuple[type[Model], ...] = (Content, ClubPlugin, PluginPolicy, Delivery, Fault, HookTiming)
_BY_PERMISSION: tuple[type[Model], ...] = (GrantOverride, GrantLock)


async def purge_plugin(app: Cercle, name: str, *, erase: bool) -> dict[str, int]:
    """Erase a gone plugin's tables and what other tables say of it, release the files that its rows held, and give the
    space back to the clubs. All of it is one transaction: when it is killed, nothing has happened.

    Args:
        app: the application.
        name: the plugin's.
        erase: False to only count.

    Returns:
        Rows by table; under `files` how many stored files are released.

    Raises:
        Conflict: when the plugin is installed here.
        NotFound: when nothing is left of such a plugin.
    """
    _refuse_installed(app, name)
    found = await _left(app, name) if NAME.fullmatch(name) else {}
    if not found:
        raise NotFound(gettext("Nothing is left of a plugin named %(name)s.", name=name[:40]))
    for table, column, _ in await _held(app, name):
        found["files"] = found.get("files", 0) + await _held_rows(table, column)
    if erase:
        await _erase(app, name, found)
    return found


def _refuse_installed(app: Cercle, name: str) -> None:
    if name in RESERVED or any(one.name == name for one in app.parts.all()):
        raise Conflict(
            gettext("%(plugin)s is in use. Uninstall it, or name it in CERCLE_DISABLED_PLUGINS, first.", plugin=name)
        )
    if app.settings.safe and name not in app.settings.disabled_plugins:
        raise Conflict(gettext("Nothing is purged in safe mode, which leaves out plugins that are installed."))


def _traces(name: str) -> list[QuerySet[Any]]:
    found: list[QuerySet[Any]] = [model.filter(plugin=name) for model in _BY_PLUGIN]
    found += [model.filter(permission__startswith=f"{name}.") for model in _BY_PERMISSION]
    found += [told_of(name), Lease.filter(name__startswith=f"job:{name}.")]
    return [*found, Setting.filter(part=name)]


async def _left(app: Cercle, name: str) -> dict[str, int]:
    found = {table: await count(table) for table in await tables_of(name, await known_names(app))}
    found |= {query.model._meta.db_table: number for query in _traces(name) if (number := await query.count())}
    if found or await InstalledPart.exists(name=name):
        return found | {InstalledPart._meta.db_table: await InstalledPart.filter(name=name).count()}
    return {}


async def _held(app: Cercle, name: str) -> list[tuple[str, str, str]]:
    """Where its rows hold stored bytes, as it was noted when it last ran; only what is still there."""
    row = await InstalledPart.get_or_none(name=name)
    tables = await tables_of(name, await known_names(app)) if row else []
    noted = [(table, column, size) for table, column, size in (row.blobs if row else ()) if table in tables]
    columns = {table: await _columns(table) for table, _, _ in noted}
    return [
        (table, column, size if size in columns[table] else "")
        for table, column, size in noted
        if column in columns[table]
    ]


async def _held_rows(table: str, column: str) -> int:
    found = await rows(f"""SELECT count(*) AS n FROM "{table}" WHERE "{column}" <> ''""")
    return int(found[0]["n"])


async def _columns(table: str) -> set[str]:
    word = dialect().param(1)
    if dialect().name == "postgres":
        sql = (
            "SELECT column_name AS name FROM information_schema.columns "
            f"WHERE table_schema = current_schema() AND table_name = {word}"
        )
    else:
        sql = f"SELECT name FROM pragma_table_info({word})"
    return {str(row["name"]) for row in await rows(sql, [table])}


async def _erase(app: Cercle, name: str, found: Mapping[str, int]) -> None:
    async with atomic():
        if dialect().name == "sqlite":
            await execute("PRAGMA defer_foreign_keys = ON")
        for table, column, size in await _held(app, name):
            await _release(table, column)
            if size:
                await _give_space(table, column, size)
        await _tell_plugins(app, name)
        for query in _traces(name):
            await query.delete()
        for table in await tables_of(name, await known_names(app)):
            await execute(f'DROP TABLE "{table}"' + (" CASCADE" if dialect().name == "postgres" else ""))
        now = datetime.now(UTC)
        await Erasure.filter(plugin=name, done_at=None, withdrawn_at=None).update(done_at=now)
        await InstalledPart.filter(name=name).delete()
        await execute(f"DELETE FROM tortoise_migrations WHERE app = {dialect().param(1)}", [name])
        await audit.record("spaces.plugin_purged", actor=None, subject=name, before=dict(found))


async def _tell_plugins(app: Cercle, name: str) -> None:
    for fault in await app.hooks.notify("plugin_purged", name=name):
        text = gettext("The plugin %(plugin)s could not do this. Nothing was changed.", plugin=fault.plugin)
        raise Conflict(text) from fault.error


async def plugins_left_in(app: Cercle, club_id: int) -> list[str]:
    """The plugins that do not run and have left rows in a club, whose bytes nobody could release.

    Args:
        app: the application.
        club_id: the club.
    """
    found, known = [], await known_names(app)
    for name in sorted({gone.name for gone in await gone_parts(app)} | set(app.parts.failed_plugins)):
        for table in await tables_of(name, known):
            sql = f'SELECT 1 AS one FROM "{table}" WHERE club_id = {dialect().param(1)} LIMIT 1'
            if "club_id" in await _columns(table) and await rows(sql, [club_id]):
                found.append(name)
                break
    return found


async def _release(table: str, column: str) -> None:
    """What `core.storage.release` does, for every row of a table at once."""
    await execute(
        'UPDATE core_blob SET "references" = CASE WHEN "references" > x.held THEN "references" - x.held ELSE 0 END, '
        f'unused_at = CASE WHEN "references" > x.held THEN unused_at ELSE {dialect().param(1)} END '
        f'FROM (SELECT "{column}" AS hash, count(*) AS held FROM "{table}" GROUP BY "{column}") x '
        'WHERE core_blob.hash = x.hash AND "references" > 0',
        [datetime.now(UTC)],
    )


async def _give_space(table: str, column: str, size: str) -> None:
    await execute(
        "UPDATE spaces_club SET storage_used = CASE WHEN storage_used > x.size THEN storage_used - x.size ELSE 0 END "
        f'FROM (SELECT club_id, sum("{size}") AS size FROM "{table}" '
        f"""WHERE "{column}" <> '' GROUP BY club_id) x WHERE spaces_club.id = x.club_id"""
    )
