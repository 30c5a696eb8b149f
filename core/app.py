"""The application: loads the parts by name, builds routes and middleware, opens and closes what they run on."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

import core
from core import current, db, migrate
from core.accounts.sessions import load_viewer
from core.accounts.viewer import Viewer
from core.appearance import Appearance
from core.assets import read_manifest
from core.bus import open_bus
from core.dispatch.faults import FaultLog, job_listener
from core.dispatch.unawaited import noticing
from core.dispatch.watchdog import Watchdog
from core.errors import PluginError, SettingsError
from core.events import Event, Outbox
from core.flash import Flash
from core.followed import Followed
from core.hooks import Hooks
from core.http import Door, Request, SiteDoor
from core.i18n import Catalogues
from core.inbound.listener import listening
from core.inbound.replies import Inbound
from core.jobs import Jobs
from core.languages import Language
from core.limits import Limits
from core.live import Live, my_topic
from core.loading.assembly import FOUNDATION, Assembly
from core.maintenance import TOPIC as MAINTENANCE
from core.maintenance import Closure, read_closure
from core.middleware import (
    BodyLimit,
    CrossOriginGuard,
    Errors,
    HostCheck,
    RequestLog,
    SecurityHeaders,
)
from core.navigation import Navigation
from core.notification_mail import MailChannel
from core.notifications import Notifications
from core.outlets import open_outlet
from core.parts import Parts, load_parts
from core.permissions import Permissions
from core.plugin_settings.book import SettingsBook
from core.presence import Presence
from core.render import Pages
from core.routing import Router, Urls
from core.settings import Settings
from core.site_choices import TOPIC as CHOICES
from core.site_choices import Choices, take_over
from core.slots import Slots
from core.storage import open_storage

logger = logging.getLogger("cercle")


class Cercle:
    """One site. An ASGI application that owns its settings, parts, hooks, storage, jobs and bus.

    Args:
        settings: from `core.settings.load_settings`.
        parts: those of `core.parts.load_parts`, or others in tests.
    """

    version = core.__version__

    def __init__(self, settings: Settings, parts: Parts | None = None) -> None:
        self.settings = self.given_settings = settings
        self.parts = parts or load_parts(disabled=settings.disabled_plugins, third_party=not settings.safe)
        self.assets = read_manifest()
        self.permissions = Permissions()
        self.hooks = Hooks(timeout=settings.hook_timeout)
        self.hooks.on_fault(FaultLog(settings.hook_faults).write)
        self.urls = Urls()
        self.navigation = Navigation()
        self.slots = Slots(self.parts)
        self.notifications = Notifications(self.hooks, [MailChannel()])
        self.events: dict[str, type[Event]] = {}
        self.router = Router()
        self.storage = open_storage(settings.storage_url)
        self.bus = open_bus(settings.redis_url)
        self.live = Live(self.bus)
        self.live.provide("me", my_topic)
        self.appearance = Appearance(settings, self.bus)
        self.plugin_settings = SettingsBook(self.bus, alone=settings.redis_url is None)
        self.choices: Followed[Choices] = Followed(self.bus, CHOICES, Choices())
        self.choices.read_by(lambda: take_over(self, settings))
        self.maintenance: Followed[Closure | None] = Followed(self.bus, MAINTENANCE, None)
        self.maintenance.read_by(read_closure)
        self.notices: Followed[tuple[Any, ...]] = Followed(self.bus, "core:notices", ())
        self.limits = Limits(settings.redis_url)
        self.presence = Presence(settings.redis_url)
        self.jobs = Jobs(settings.redis_url)
        self.jobs.on_end(job_listener(self.hooks.timings, self.hooks.report))
        self.inbound = Inbound(self)
        self.outbox = Outbox(self.hooks)
        self.outlet = open_outlet(settings)
        self.site_door = SiteDoor(load_viewer)
        self.when_closed: list[
            Callable[[Any], Awaitable[None]]
        ] = []  # called in the transaction that closes an account
        self.doors: dict[str, Door] = {}
        self.assembly = Assembly(self)
        self.assembly.load()
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
            folders = self.assembly.folders()
            stack.enter_context(noticing(folders, self.hooks.notice))
            stack.enter_context(Watchdog(folders, self.settings.hook_timeout).watching())
            await stack.enter_async_context(self.hooks.timings.written())
            await self.hooks.notify("site_started", app=self)
            await self.bus.start()
            stack.push_async_callback(self.bus.close)
            stack.push_async_callback(self.presence.close)
            await stack.enter_async_context(self.choices.following())
            await stack.enter_async_context(self.appearance.following())
            await stack.enter_async_context(self.maintenance.following())
            await stack.enter_async_context(self.notices.following())
            await stack.enter_async_context(self.plugin_settings.following())
            await stack.enter_async_context(self.hooks.kept.following(self.bus))
            if jobs:
                await self.jobs.start(as_worker=worker)
                stack.push_async_callback(self.jobs.close)
            yield self

    def static_folders(self) -> Mapping[str, Path]:
        """The `static/` folders by the name they are served under."""
        return self.assembly.static_folders()

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
            await stack.enter_async_context(listening(self))
        except Exception as error:  # noqa: BLE001 - uvicorn is told, whatever it is
            logger.error("%s", error)
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def take_out_broken_models(self) -> None:
        """Take out the plugins whose models do not fit; before the database is opened."""
        await self.assembly.take_out_broken_models()

    async def _prepare_database(self, upgrade: bool) -> None:
        await self.assembly.take_out_broken_migrations()
        apps = self.parts.apps
        await migrate.refuse_newer(apps)
        if upgrade or await migrate.is_empty():
            await self.migrate()
        elif waiting := await migrate.pending(apps):
            self._do_without(waiting)

    def _do_without(self, waiting: list[str]) -> None:
        """Tables of the foundation must be up to date; a plugin whose tables are not does not run."""
        behind = dict.fromkeys(name.partition(".")[0] for name in waiting)
        if behind.keys() & set(FOUNDATION):
            raise SettingsError(f"The database is not up to date ({', '.join(waiting[:5])}). Run: cercle migrate")
        for loaded in [one for one in self.parts if one.name in behind]:
            sentence = "Its tables are not up to date. Run: cercle migrate"
            self.assembly.take_out(loaded, PluginError(sentence, plugin=loaded.name))

    async def migrate(self, progress: migrate.Progress | None = None) -> None:
        """Apply what is pending; a plugin whose migration fails is marked failed and the others go on."""
        await self.assembly.take_out_broken_migrations()
        async with db.alone(self.settings.data_dir):
            failed = await migrate.apply(self.parts.apps, progress=progress)
        for loaded in self.parts.all():
            if loaded.name in failed:
                self.assembly.take_out(loaded, failed[loaded.name])


def create_app(settings: Settings) -> Cercle:
    """Make the site for these settings."""
    return Cercle(settings)


def _locale_folders(parts: Parts) -> list[Path]:
    return [loaded.folder / "locale" for loaded in parts]
