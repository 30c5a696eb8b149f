"""The application: loads the parts by name, builds routes and middleware, opens and closes what they run on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

import core
from core import current, db, migrate, routes
from core import hookspecs as core_hookspecs
from core.accounts.sessions import load_viewer
from core.accounts.viewer import Viewer
from core.appearance import Appearance
from core.assets import StaticFiles
from core.bus import open_bus
from core.errors import PluginError, SettingsError
from core.events import Outbox
from core.flash import Flash
from core.hooks import HookFault, Hooks
from core.http import Door, Request, Route, SiteDoor
from core.i18n import Catalogues
from core.jobs import Job, Jobs
from core.languages import Language
from core.limits import Limits
from core.mail import deliver_due, forget_old
from core.middleware import (
    BodyLimit,
    CrossOriginGuard,
    Errors,
    HostCheck,
    RequestLog,
    SecurityHeaders,
)
from core.models import Fault
from core.navigation import Navigation
from core.outlets import open_outlet
from core.parts import LoadedPart, Parts, load_parts
from core.permissions import Permission, Permissions
from core.render import CORE, Pages, read_manifest
from core.routing import Router, Urls
from core.settings import Settings
from core.storage import collect, open_storage
from core.watchdog import Watchdog, folder_key

logger = logging.getLogger("cercle")

FOUNDATION = ("core", "accounts", "spaces")


class Cercle:
    """One site. An ASGI application that owns its settings, parts, hooks, storage, jobs and bus.

    Args:
        settings: from `core.settings.load_settings`.
        parts: those of `core.parts.load_parts`, or others in tests.
    """

    version = core.__version__

    def __init__(self, settings: Settings, parts: Parts | None = None) -> None:
        self.settings = settings
        self.parts = parts or load_parts(disabled=settings.disabled_plugins, third_party=not settings.safe)
        self.assets = read_manifest()
        self.permissions = Permissions()
        self.hooks = Hooks(timeout=settings.hook_timeout)
        self.hooks.on_fault(_record_fault)
        self.urls = Urls()
        self.navigation = Navigation()
        self.router = Router()
        self.storage = open_storage(settings.storage_url)
        self.bus = open_bus(settings.redis_url)
        self.appearance = Appearance(settings, self.bus)
        self.limits = Limits(settings.redis_url)
        self.jobs = Jobs(settings.redis_url)
        self.outbox = Outbox(self.hooks)
        self.outlet = open_outlet(settings)
        self.site_door = SiteDoor(load_viewer)
        self.doors: dict[str, Door] = {}
        self._load()
        self.catalogues = Catalogues(_locale_folders(self.parts))
        self.pages = Pages(self)
        self._serve = self._middleware(self.router)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        await self._serve(scope, receive, send)

    @property
    def load_viewer(self) -> Callable[[Request], Awaitable[Viewer]]:
        """How the viewer of a request outside of clubs is found."""
        return self.site_door.load_viewer

    @asynccontextmanager
    async def running(self, *, jobs: bool = True, worker: bool = False, upgrade: bool = False) -> AsyncIterator[Cercle]:
        """Open everything, and close it again.

        Args:
            jobs: whether this process does the jobs that are due.
            worker: whether it takes jobs of other processes from Redis.
            upgrade: whether pending migrations are applied first.

        Raises:
            SettingsError: when the database does not answer, comes from a newer version or is not migrated.
        """
        async with AsyncExitStack() as stack:
            stack.enter_context(current.using(self))
            await self.take_out_broken_models()
            await stack.enter_async_context(db.opened(self.settings.database_url, self.parts.apps))
            await self._prepare_database(upgrade)
            await self.hooks.notify("site_started", app=self)
            await self.bus.start()
            stack.push_async_callback(self.bus.close)
            await stack.enter_async_context(self.appearance.following())
            stack.enter_context(self._watchdog().watching())
            if jobs:
                await self.jobs.start(as_worker=worker)
                stack.push_async_callback(self.jobs.close)
            yield self

    def _watchdog(self) -> Watchdog:
        plugins = [loaded for loaded in self.parts if loaded.name not in FOUNDATION]
        return Watchdog({folder_key(one.folder): one.name for one in plugins}, self.settings.hook_timeout)

    def static_folders(self) -> Mapping[str, Path]:
        """The `static/` folders by the name they are served under."""
        return {"core": CORE / "static"} | {loaded.name: loaded.folder / "static" for loaded in self.parts}

    def _load(self) -> None:
        self.hooks.add_specifications(core_hookspecs)
        for loaded in self.parts:
            if specs := loaded.modules.get("hookspecs"):
                self.hooks.add_specifications(specs)
        for loaded in self.parts:
            self._guarded(loaded, self._load_part)
        self.doors["site"] = self.site_door
        for answer in self.hooks.at_start("register_doors", app=self):
            self.doors.update(answer.value)
        for loaded in self.parts:
            self._guarded(loaded, self._add_routes)
        self._add_core()

    def _guarded(self, loaded: LoadedPart, step: Callable[[LoadedPart], None]) -> None:
        """A plugin that does not fit is marked failed and taken out; the foundation must fit."""
        try:
            step(loaded)
        except Exception as error:
            if loaded.name in FOUNDATION:
                raise
            self._take_out(loaded, error)

    def _take_out(self, loaded: LoadedPart, error: BaseException) -> None:
        loaded.fail(error)
        self.hooks.unregister(loaded.name)
        self.permissions.forget(loaded.name)
        self.router.remove(loaded.name)

    def _load_part(self, loaded: LoadedPart) -> None:
        declared = vars(loaded.modules["permissions"]).values() if "permissions" in loaded.modules else ()
        self.permissions.declare(loaded.name, [value for value in declared if isinstance(value, Permission)])
        self.hooks.register(loaded)
        for job in loaded.get("jobs", "jobs"):
            if not job.name.startswith(f"{loaded.name}."):
                raise PluginError(f"Job {job.name!r} must start with {loaded.name + '.'!r}", plugin=loaded.name)
            self.jobs.register(job)

    def _add_routes(self, loaded: LoadedPart) -> None:
        """`routes` and `api` go behind the part's own prefix, `site_routes` and `site_api` behind that of the site."""
        own = self.doors[loaded.part.scope]
        site = self.doors["site"]
        below = f"/{loaded.name}" if loaded.part.scope == "club" else ""
        self._add(loaded, own, own.prefix + below, loaded.get("routes", "routes"))
        self._add(loaded, own, own.api_prefix + below, loaded.get("api", "api"))
        self._add(loaded, site, site.prefix, loaded.get("routes", "site_routes"))
        self._add(loaded, site, site.api_prefix, loaded.get("api", "site_api"))
        if "club" in self.doors and loaded.part.scope == "site":
            club = self.doors["club"]
            self._add(loaded, club, club.prefix, loaded.get("routes", "club_routes"))
            self._add(loaded, club, club.api_prefix, loaded.get("api", "club_api"))

    def _add(self, loaded: LoadedPart, door: Door, prefix: str, routes: tuple[Route, ...]) -> None:
        self.router.add(prefix, loaded, routes, door)
        for route in routes:
            self.urls.add(f"{loaded.name}:{route.name}", prefix + route.path)

    def _add_core(self) -> None:
        engine = self.parts.all()[0]
        site = self.doors["site"]
        self._add(engine, site, "", routes.site_routes)
        self.urls.add("core:home", "/")
        self.router.mount("/static/", StaticFiles(self.static_folders(), self.appearance.themes.static))
        for job in (
            Job("core.deliver_events", self._deliver_events, every=timedelta(minutes=1)),
            Job("core.deliver_mail", self._deliver_mail, every=timedelta(minutes=1)),
            Job("core.forget_mail", forget_old, every=timedelta(days=1)),
            Job("core.collect_blobs", self._collect, every=timedelta(hours=6)),
        ):
            self.jobs.register(job)

    def _middleware(self, inner: ASGIApp) -> ASGIApp:
        settings = self.settings
        guarded: ASGIApp = CrossOriginGuard(inner, settings.base_url)
        answered: ASGIApp = Errors(BodyLimit(guarded, settings.max_body))
        flashing: ASGIApp = Flash(answered, key=settings.secret_key, secure=settings.is_secure)
        headers: ASGIApp = SecurityHeaders(Language(flashing, settings.locale), secure=settings.is_secure)
        return RequestLog(HostCheck(headers, settings.hosts), self)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        stack = AsyncExitStack()
        try:
            await stack.enter_async_context(self.running())
        except Exception as error:  # noqa: BLE001 - uvicorn is told, whatever it is
            logger.error("%s", error)
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def take_out_broken_models(self) -> None:
        """One plugin whose models do not fit must not stop the start; it is found by trying each alone."""
        foundation = [app for app in self.parts.apps if app.label in FOUNDATION]
        if await db.fits(self.settings.database_url, self.parts.apps) is None:
            return
        for loaded in [one for one in self.parts if one.tables and one.name not in FOUNDATION]:
            error = await db.fits(
                self.settings.database_url, [*foundation, *([loaded.tables] if loaded.tables else [])]
            )
            if error is not None:
                self._take_out(loaded, error)

    async def _prepare_database(self, upgrade: bool) -> None:
        self._take_out_unmigrated()
        apps = self.parts.apps
        await migrate.refuse_newer(apps)
        if upgrade or await migrate.is_empty():
            await self.migrate()
        elif waiting := await migrate.pending(apps):
            self._do_without(waiting)

    def _take_out_unmigrated(self) -> None:
        for loaded in [one for one in self.parts if one.tables and one.tables.migrations is None]:
            sentence = f"Has models but no migrations; run: cercle makemigrations {loaded.name}"
            self._take_out(loaded, PluginError(sentence, plugin=loaded.name))

    def _do_without(self, waiting: list[str]) -> None:
        """Tables of the foundation must be up to date; a plugin whose tables are not does not run."""
        behind = dict.fromkeys(name.partition(".")[0] for name in waiting)
        if behind.keys() & set(FOUNDATION):
            raise SettingsError(f"The database is not up to date ({', '.join(waiting[:5])}). Run: cercle migrate")
        for loaded in [one for one in self.parts if one.name in behind]:
            self._take_out(
                loaded, PluginError("Its tables are not up to date. Run: cercle migrate", plugin=loaded.name)
            )

    async def migrate(self, progress: migrate.Progress | None = None) -> None:
        """Apply what is pending; a plugin whose migration fails is marked failed and the others go on."""
        async with db.alone(self.settings.data_dir):
            failed = await migrate.apply(self.parts.apps, progress=progress)
        for loaded in self.parts.all():
            if loaded.name in failed:
                self._take_out(loaded, failed[loaded.name])

    async def _deliver_events(self) -> None:
        while await self.outbox.deliver_due() >= 200:
            await asyncio.sleep(0)
        await self.outbox.forget()

    async def _deliver_mail(self) -> None:
        while await deliver_due(self.outlet) >= 100:
            await asyncio.sleep(0)

    async def _collect(self) -> None:
        await self.storage.sweep_temporary(timedelta(hours=24))
        await collect(self.storage)


def create_app(settings: Settings) -> Cercle:
    """Make the site for these settings."""
    return Cercle(settings)


async def _record_fault(fault: HookFault) -> None:
    await Fault.create(plugin=fault.plugin, club_id=fault.club_id, hook=fault.hook, traceback=fault.traceback[-8000:])


def _locale_folders(parts: Parts) -> list[Path]:
    return [loaded.folder / "locale" for loaded in parts]
