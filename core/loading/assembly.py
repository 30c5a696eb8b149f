"""Puts the parts together into an application: hooks, permissions, jobs, routes. A plugin that does not fit is taken out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from core import db, migrate, routes
from core import hookspecs as core_hookspecs
from core.assets import StaticFiles
from core.chores import chores
from core.dispatch.watchdog import Folders
from core.errors import NotFound, PluginError
from core.events import events_of
from core.http import Door, Request, Route
from core.jobs import Job
from core.loading.commands import commands_of
from core.loading.models import models_of
from core.notification_kinds import NotificationKind
from core.parts import LoadedPart
from core.permissions import Permission
from core.render import CORE
from core.slots import Slot

if TYPE_CHECKING:
    from core.app import Cercle

FOUNDATION = ("core", "accounts", "spaces")
_UNFIT = "__cercle_unfit__"
EVERY_METHOD = "GET POST PUT PATCH DELETE"


class Assembly:
    """How the parts of one application are put together.

    Args:
        app: the application, which is being made.
    """

    def __init__(self, app: Cercle) -> None:
        self._app = app

    def load(self) -> None:
        """Take every part in."""
        app = self._app
        app.hooks.add_specifications(core_hookspecs)
        for loaded in app.parts:
            self._guarded(loaded, self._add_specifications)
        for loaded in app.parts:
            self._guarded(loaded, self._load_part)
        app.doors["site"] = app.site_door
        for loaded in app.parts:
            self._guarded(loaded, self._add_doors)
        self._add_core()
        for loaded in app.parts:
            self._guarded(loaded, self._add_routes)
        for loaded in app.parts.all():
            self._stand_in(loaded)

    def take_out(self, loaded: LoadedPart, error: BaseException) -> None:
        """Mark a plugin failed, and let nothing of it or of those that need it take part."""
        app = self._app
        loaded.fail(error)
        app.hooks.unregister(loaded.name)
        app.permissions.forget(loaded.name)
        app.notifications.forget(loaded.name)
        app.events = {name: event for name, event in app.events.items() if not name.startswith(f"{loaded.name}.")}
        app.plugin_settings.forget(loaded.name)
        app.jobs.forget(loaded.name)
        app.router.remove(loaded.name)
        app.urls.forget(loaded.name)
        self._stand_in(loaded)
        for other in [one for one in app.parts if loaded.name in one.needs]:
            self.take_out(other, PluginError(f"Needs {loaded.name}, which does not run", plugin=other.name))

    async def take_out_broken_models(self) -> None:
        """One plugin whose models do not fit must not stop the start; it is found by adding one after the other.

        Tortoise 1.1.9 looks at a model once in a process: what did not fit then is remembered, because it would seem to fit now.
        """
        app = self._app
        fitting = [tables for tables in app.parts.apps if tables.label in FOUNDATION]
        for loaded in self._with_tables():
            if loaded.failure or loaded.tables is None:
                continue  # it needed one that was taken out
            module = loaded.modules["models"]
            known = all(model._meta._inited for model in models_of(loaded))
            error = getattr(module, _UNFIT, None) if known else await self._fits([*fitting, loaded.tables])
            if error is not None:
                setattr(module, _UNFIT, error)
                self.take_out(loaded, error)
            else:
                fitting.append(loaded.tables)

    async def _fits(self, tables: list[db.AppTables]) -> Exception | None:
        return await db.fits(self._app.settings.database_url, tables)

    async def take_out_broken_migrations(self) -> None:
        """The same for migrations that cannot be read, or that rely on others which are not there."""
        app = self._app
        for loaded in [one for one in self._with_tables() if one.tables and one.tables.migrations is None]:
            sentence = f"Has models but no migrations. Run: cercle makemigrations {loaded.name}"
            self.take_out(loaded, PluginError(sentence, plugin=loaded.name))
        strangers = [one.tables for one in self._with_tables() if one.tables and not one.bundled]
        newest = {key.app_label: key.name for key in await migrate.ahead(strangers)}
        for loaded in [one for one in self._with_tables() if one.name in newest]:
            sentence = f"A newer version of it has changed its tables ({newest[loaded.name]}). Install that one again"
            self.take_out(loaded, PluginError(sentence, plugin=loaded.name))
        if await migrate.unreadable(app.parts.apps) is None:
            return
        readable = [tables for tables in app.parts.apps if tables.label in FOUNDATION]
        for loaded in self._with_tables():
            if loaded.failure or loaded.tables is None:
                continue
            if error := await migrate.unreadable([*readable, loaded.tables]):
                self.take_out(loaded, error)
            else:
                readable.append(loaded.tables)

    def folders(self) -> Folders:
        """Which code is which plugin's."""
        return Folders({one.folder: one.name for one in self._app.parts if one.name not in FOUNDATION})

    def static_folders(self) -> Mapping[str, Path]:
        """The `static/` folders by the name they are served under."""
        return {"core": CORE / "static"} | {loaded.name: loaded.folder / "static" for loaded in self._app.parts}

    def _with_tables(self) -> list[LoadedPart]:
        return [one for one in self._app.parts if one.tables and one.name not in FOUNDATION]

    def _guarded(self, loaded: LoadedPart, step: Callable[[LoadedPart], None]) -> None:
        """A plugin that does not fit is marked failed and taken out; the foundation must fit."""
        try:
            step(loaded)
        except BaseException as error:
            if loaded.name in FOUNDATION:
                raise
            self.take_out(loaded, error)

    def _add_specifications(self, loaded: LoadedPart) -> None:
        if specifications := loaded.modules.get("hookspecs"):
            self._app.hooks.add_specifications(specifications)

    def _load_part(self, loaded: LoadedPart) -> None:
        app = self._app
        declared = vars(loaded.modules["permissions"]).values() if "permissions" in loaded.modules else ()
        app.permissions.declare(loaded.name, [value for value in declared if isinstance(value, Permission)])
        app.notifications.declare(loaded.name, _all_are(NotificationKind, loaded, "notifications", "kinds"))
        app.events |= {event.event_name: event for event in events_of(loaded)}
        app.plugin_settings.declare(loaded)
        app.hooks.register(loaded)
        commands_of(loaded)
        for job in _all_are(Job, loaded, "jobs", "jobs"):
            if not job.name.startswith(f"{loaded.name}."):
                sentence = f"Job {job.name!r} must start with {loaded.name + '.'!r}"
                raise PluginError(sentence, plugin=loaded.name)
            app.jobs.register(job)

    def _add_doors(self, loaded: LoadedPart) -> None:
        self._app.doors.update(self._app.hooks.at_start("register_doors", loaded.name, app=self._app) or {})

    def _add_routes(self, loaded: LoadedPart) -> None:
        """`routes` and `api` go behind the part's own prefix, `site_routes` and `site_api` behind that of the site."""
        doors = self._app.doors
        own, site = doors[loaded.part.scope], doors["site"]
        below = f"/{loaded.name}" if loaded.part.scope == "club" else ""
        self._app.slots.declare(loaded, _all_are(Slot, loaded, "routes", "slots"))
        self._add(loaded, own, own.prefix + below, _all_are(Route, loaded, "routes", "routes"))
        self._add(loaded, own, own.api_prefix + below, _all_are(Route, loaded, "api", "api"))
        self._add(loaded, site, site.prefix, _all_are(Route, loaded, "routes", "site_routes"))
        self._add(loaded, site, site.api_prefix, _all_are(Route, loaded, "api", "site_api"))
        if "club" in doors and loaded.part.scope == "site":
            club = doors["club"]
            self._add(loaded, club, club.prefix, _all_are(Route, loaded, "routes", "club_routes"))
            self._add(loaded, club, club.api_prefix, _all_are(Route, loaded, "api", "club_api"))

    def _add(self, loaded: LoadedPart, door: Door, prefix: str, routes: tuple[Route, ...]) -> None:
        self._app.router.add(prefix, loaded, routes, door)
        for route in routes:
            self._app.urls.add(f"{loaded.name}:{route.name}", prefix + route.path)

    def _add_core(self) -> None:
        """The engine's own come first, so that no plugin takes their place."""
        app = self._app
        app.router.mount("/static/", StaticFiles(self.static_folders(), app.appearance.themes.static))
        self._add(app.parts.all()[0], app.doors["site"], "", routes.site_routes)
        app.urls.add("core:home", "/")
        for job in chores(app):
            app.jobs.register(job)

    def _stand_in(self, loaded: LoadedPart) -> None:
        """The addresses of a plugin that does not run lead to the door, which tells its readers that it is unavailable."""
        door = self._app.doors.get("club")
        if door is None or loaded.name not in self._app.parts.failed_plugins:
            return
        self._app.router.remove(loaded.name)
        closed = (Route(EVERY_METHOD, "/{path:path}", _nothing, "unavailable", public=True),)
        for prefix in (door.prefix, door.api_prefix):
            self._app.router.add(f"{prefix}/{loaded.name}", loaded, closed, door)


async def _nothing(request: Request) -> Response:
    """What is behind the door of a plugin that does not run."""
    raise NotFound()


def _all_are(kind: type[Any], loaded: LoadedPart, module: str, name: str) -> tuple[Any, ...]:
    """A tuple of a plugin's module, when it is one of the right things."""
    found = loaded.get(module, name)
    if not isinstance(found, tuple | list):
        sentence = f"{module}.py: {name} must be a tuple of {kind.__name__}, not a {type(found).__name__}"
        raise PluginError(sentence, plugin=loaded.name)
    for number, one in enumerate(found, 1):
        if not isinstance(one, kind):
            sentence = f"{module}.py: entry {number} of {name} must be a {kind.__name__}, not a {type(one).__name__}"
            raise PluginError(sentence, plugin=loaded.name)
    return tuple(found)
