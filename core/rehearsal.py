"""Rehearses an upgrade: on a copy of the database, before anything is touched.

What is installed now is loaded over a copy of the data, the pending migrations are applied to it, and every part tries what
it has there (the hook `site_rehearsed`). The copy is thrown away.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import tempfile
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from core import db, migrate
from core.app import Cercle
from core.doctor import Finding
from core.errors import SettingsError
from core.parts import Parts
from core.settings import Settings

Say = Callable[[str], object]


async def rehearse(settings: Settings, say: Say, parts: Parts | None = None) -> list[Finding]:
    """What would change or break when this version runs on the data.

    Args:
        settings: of the site; its database is only read.
        say: told of each step.
        parts: those that run; all that are installed unless given.

    Raises:
        SettingsError: when the database cannot be copied, or the engine cannot be brought up to date.
    """
    with tempfile.TemporaryDirectory(prefix="cercle-rehearsal-") as folder:
        async with copied(settings, Path(folder)) as rehearsing:
            app = Cercle(rehearsing, parts)
            findings = [await _pending(app)]
            say(f"Migrations: {findings[0].text}")
            before = await _counted(app)
            async with app.running(jobs=False, upgrade=True):
                findings += [*_failures(app), *_lost(before, await _count_rows())]
                say("Trying every page as everybody")
                for answer in await app.hooks.collect("site_rehearsed", app=app):
                    findings += answer.value
    return findings


@asynccontextmanager
async def copied(settings: Settings, folder: Path) -> AsyncIterator[Settings]:
    """Settings of a site over a copy of the database, which sends no mail and shares nothing but the stored files.

    Args:
        settings: of the real site.
        folder: an empty one, for the copy.
    """
    alone: dict[str, Any] = {
        "data_dir": folder,
        "smtp_url": None,
        "redis_url": None,
        "storage_url": settings.storage_url,
    }
    if settings.is_sqlite:
        path = folder / "cercle.db"
        _copy_sqlite(Path(settings.database_url.removeprefix("sqlite://")), path)
        yield settings.model_copy(update={**alone, "database_url": f"sqlite://{path}"})
        return
    async with _copied_postgres(settings.database_url) as url:
        yield settings.model_copy(update={**alone, "database_url": url})


def _copy_sqlite(source: Path, target: Path) -> None:
    """A copy of one moment, while others write."""
    if not source.is_file():
        raise SettingsError(f"There is no database at {source} yet, so there is nothing to rehearse")
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
        connection.execute("VACUUM INTO ?", [str(target)])


@asynccontextmanager
async def _copied_postgres(url: str) -> AsyncIterator[str]:
    """A database of its own on the same server, with the tables and rows of one moment."""
    name = f"cercle_rehearsal_{secrets.token_hex(6)}"
    parts = urlsplit(url)
    copy = urlunsplit(parts._replace(path=f"/{name}"))
    source = await asyncpg.connect(_known_to_tools(url))
    try:
        await source.execute(f'CREATE DATABASE "{name}"')
    except asyncpg.InsufficientPrivilegeError:
        await source.close()
        raise SettingsError(
            "The database user may not make a database for the copy. Allow it with ALTER ROLE … CREATEDB, or rehearse "
            "on SQLite: restore a backup into an empty folder and rehearse there"
        ) from None
    try:
        await _dump(_known_to_tools(url), _known_to_tools(copy))
        yield copy
    finally:
        await source.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await source.close()


async def _dump(source: str, target: str) -> None:
    """Copy tables and rows with PostgreSQL's own tools."""
    dump, fill = shutil.which("pg_dump"), shutil.which("psql")
    if dump is None or fill is None:
        raise SettingsError("Copying needs pg_dump and psql: install the PostgreSQL client of the server's version")
    reading, writing = os.pipe()
    try:
        dumping = await create_subprocess_exec(
            dump, "--no-owner", "--no-privileges", source, stdout=writing, stderr=PIPE
        )
        options = ("--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
        filling = await create_subprocess_exec(fill, *options, target, stdin=reading, stderr=PIPE)
    finally:
        os.close(reading)
        os.close(writing)
    for process in (dumping, filling):
        _, said = await process.communicate()
        if process.returncode:
            raise SettingsError(f"The database could not be copied: {said.decode().strip()[-500:]}")


def _known_to_tools(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(scheme="postgresql"))


async def _pending(app: Cercle) -> Finding:
    await app.take_out_broken_models()
    async with db.opened(app.settings.database_url, app.parts.apps):
        waiting = await migrate.pending(app.parts.apps)
    text = f"{len(waiting)} to apply: {', '.join(waiting)}" if waiting else "none is waiting"
    return Finding("ok", "migrations", text)


async def _counted(app: Cercle) -> dict[str, int]:
    async with db.opened(app.settings.database_url, app.parts.apps):
        return await _count_rows()


async def _count_rows() -> dict[str, int]:
    """The number of rows of every table there is."""
    sqlite = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    postgres = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    names = [row["name"] for row in await db.rows(postgres if db.dialect().name == "postgres" else sqlite)]
    return {name: (await db.rows(f'SELECT count(*) AS n FROM "{name}"'))[0]["n"] for name in names}


def _lost(before: dict[str, int], after: dict[str, int]) -> list[Finding]:
    """Migrations that drop rows may be right, and are said in any case."""
    fewer = {name: count for name, count in before.items() if after.get(name, 0) < count}
    return [Finding("warn", name, f"{count} rows before, {after.get(name, 0)} after") for name, count in fewer.items()]


def _failures(app: Cercle) -> list[Finding]:
    failed = [one for one in app.parts.all() if one.failure]
    return [Finding("error", f"plugin {one.name}", f"would not run: {one.failure}") for one in failed]
