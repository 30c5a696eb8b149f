"""Erasing what a plugin that is gone has left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tortoise.models import Model
from tortoise.queryset import QuerySet

from core import audit
from core.db import atomic, dialect, execute, rows
from core.errors import Conflict, NotFound
from core.i18n import gettext
from core.models import Delivery, Fault, Setting
from core.parts import NAME, RESERVED
from spaces.models import ClubPlugin, Content, GrantLock, GrantOverride, PluginPolicy

if TYPE_CHECKING:
    from core.app import Cercle

_BY_PLUGIN: tuple[type[Model], ...] = (Content, ClubPlugin, PluginPolicy, Delivery, Fault)
_BY_PERMISSION: tuple[type[Model], ...] = (GrantOverride, GrantLock)


async def purge_plugin(app: Cercle, name: str, *, erase: bool) -> dict[str, int]:
    """Erase a gone plugin's tables and what other tables say of it.

    Args:
        app: the application.
        name: the plugin's.
        erase: False to only count.

    Returns:
        Rows by table.

    Raises:
        Conflict: when the plugin still runs here.
        NotFound: when nothing is left of such a plugin.
    """
    if app.parts.get(name) is not None or name in RESERVED:
        raise Conflict(
            gettext("%(plugin)s is in use. Uninstall it, or name it in CERCLE_DISABLED_PLUGINS, first.", plugin=name)
        )
    found = await _left(name) if NAME.fullmatch(name) else {}
    if not found:
        raise NotFound(gettext("Nothing is left of a plugin named %(name)s.", name=name[:40]))
    if erase:
        await _erase(name, found)
    return found


def _traces(name: str) -> list[QuerySet[Any]]:
    found: list[QuerySet[Any]] = [model.filter(plugin=name) for model in _BY_PLUGIN]
    found += [model.filter(permission__startswith=f"{name}.") for model in _BY_PERMISSION]
    return [*found, Setting.filter(part=name)]


async def _left(name: str) -> dict[str, int]:
    found = {table: await _size(table) for table in await _tables(name)}
    return found | {query.model._meta.db_table: count for query in _traces(name) if (count := await query.count())}


async def _size(table: str) -> int:
    return int((await rows(f'SELECT count(*) AS n FROM "{table}"'))[0]["n"])


async def _erase(name: str, found: dict[str, int]) -> None:
    tables = await _tables(name)
    async with atomic():
        if dialect().name == "sqlite":
            await execute("PRAGMA defer_foreign_keys = ON")
        for query in _traces(name):
            await query.delete()
        for table in tables:
            await execute(f'DROP TABLE "{table}"' + (" CASCADE" if dialect().name == "postgres" else ""))
        await execute(f"DELETE FROM tortoise_migrations WHERE app = {dialect().param(1)}", [name])
        await audit.record("spaces.plugin_purged", actor=None, subject=name, before=dict(found))


async def _tables(name: str) -> list[str]:
    """The tables with the plugin's prefix, if it ever had migrations here."""
    words = dialect()
    applied = await rows(f"SELECT count(*) AS n FROM tortoise_migrations WHERE app = {words.param(1)}", [name])
    if not applied[0]["n"]:
        return []
    if words.name == "postgres":
        sql = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
    else:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
    return [row["name"] for row in await rows(sql) if str(row["name"]).startswith(f"{name}_")]
