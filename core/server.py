"""Processes: serving the site, doing its jobs, migrating it. Everything is checked before a port is bound."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import sys
from collections.abc import Mapping

import uvicorn

from core import current, db, migrate
from core.accounts.services import first_operator_link
from core.app import Cercle, create_app
from core.errors import SettingsError
from core.settings import Settings, load_settings
from core.sqlite import library_is_safe_for_several_writers


def serve(settings: Settings, *, host: str, port: int, workers: int = 1) -> None:
    """Check everything, then serve until stopped.

    Args:
        settings: of the site.
        host: address to listen on.
        port: port to listen on.
        workers: number of processes.

    Raises:
        SettingsError: when something is wrong; no port is bound then.
    """
    _refuse_workers(settings, workers)
    refuse_taken_port(host, port)
    if settings.inbound_place is not None:
        refuse_taken_port(*settings.inbound_place, what="CERCLE_INBOUND_LISTEN")
    listen(settings, asyncio.run(_check(settings)), host=host, port=port, workers=workers)


def listen(settings: Settings, banner: str, *, host: str, port: int, workers: int = 1) -> None:
    """Serve a site that was checked, until stopped.

    Args:
        settings: of the site.
        banner: text to print with the address.
        host: address to listen on.
        port: port to listen on.
        workers: number of processes.
    """
    _announce(f"Cercle is at {settings.base_url}", banner)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises it again once everything is closed
    uvicorn.run(
        "core.server:application",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )


def application() -> Cercle:
    """The application of one serving process."""
    return create_app(load_settings())


async def work(settings: Settings) -> None:
    """Do jobs until the process is told to stop.

    Raises:
        SettingsError: where there is nothing to share, because the site runs in one process.
    """
    if settings.redis_url is None:
        raise SettingsError(
            "CERCLE_REDIS_URL: a worker takes its jobs from Redis; without it, `cercle serve` does them"
        )
    _refuse_unsafe_sqlite(settings, "a worker beside the site")
    app = create_app(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with app.running(worker=True):
        _announce("Cercle's worker is ready", "")
        await stop.wait()


async def migrate_site(app: Cercle, progress: migrate.Progress | None = None) -> Mapping[str, str]:
    """Apply pending migrations; answers the plugins whose migration failed and why. Others that fail are logged."""
    before = {loaded.name for loaded in app.parts.all() if loaded.failure}
    with current.using(app):
        await app.take_out_broken_models()
        async with db.opened(app.settings.database_url, app.parts.apps):
            await app.assembly.take_out_broken_migrations()
            await migrate.refuse_newer(app.parts.apps)
            await app.migrate(progress)
            await app.hooks.notify("site_started", app=app)
    return {one.name: one.failure for one in app.parts.all() if one.failure and one.name not in before}


async def _check(settings: Settings) -> str:
    """Start and stop once without a port, so that a wrong setting is a sentence and not a traceback."""
    app = create_app(settings)
    async with app.running(jobs=False):
        link = await first_operator_link()
    failed = [f"Plugin {p.name} does not run: {p.failure}" for p in app.parts.all() if p.failure]
    if link:
        failed.append(f"Nobody runs this site yet. Open this link once to become its first operator:\n  {link}")
    return "\n".join(failed)


def _refuse_workers(settings: Settings, workers: int) -> None:
    if workers == 1:
        return
    _refuse_unsafe_sqlite(settings, "--workers")
    if settings.redis_url is None:
        raise SettingsError("CERCLE_REDIS_URL: several workers share jobs, live updates and rate limits through Redis")


def _refuse_unsafe_sqlite(settings: Settings, what: str) -> None:
    if settings.is_sqlite and not library_is_safe_for_several_writers():
        raise SettingsError(
            f"{what}: SQLite {sqlite3.sqlite_version} can damage a database that several processes write (fixed in "
            "3.51.3). Run one process, or use PostgreSQL through CERCLE_DATABASE_URL."
        )


def refuse_taken_port(host: str, port: int, *, what: str = "--port") -> None:
    """Say before anything else is done that somebody listens there already.

    Raises:
        SettingsError: naming the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(f"{what}: cannot listen on {host}:{port}: {error.strerror}") from None


def _announce(*lines: str) -> None:
    for line in lines:
        if line:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
