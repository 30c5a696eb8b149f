"""Fresh databases for tests: a migrated and populated template is made once, each test gets a copy of it."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

Fill = Callable[[str], Awaitable[None]]


class Databases:
    """The databases of one test process.

    Args:
        folder: where templates and SQLite files are kept.
        fill: migrates and populates the database at an address; called once for each kind of database.
        postgres: gives the address of a database on a server where databases may be made; None where there is none.
    """

    def __init__(self, folder: Path, fill: Fill, postgres: Callable[[], str | None]) -> None:
        self._folder = folder
        self._fill = fill
        self._postgres = postgres
        self._templates: dict[str, str] = {}

    @contextmanager
    def fresh(self, kind: str) -> Iterator[str]:
        """The address of a copy of the template, for one test.

        Args:
            kind: `sqlite` or `postgres`.

        Raises:
            LookupError: for `postgres` when there is no server.
        """
        name = f"test_{secrets.token_hex(6)}"
        if kind == "sqlite":
            path = self._folder / f"{name}.db"
            shutil.copyfile(self._sqlite_template(), path)
            yield f"sqlite://{path}"
            for leftover in self._folder.glob(f"{name}.db*"):
                leftover.unlink()
            return
        template = self._postgres_template()
        self._on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield self._address(name)
        self._on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _sqlite_template(self) -> Path:
        path = self._folder / "template.db"
        if "sqlite" not in self._templates:
            asyncio.run(self._filled(f"sqlite://{path}"))
            self._templates["sqlite"] = str(path)
        return path

    def _postgres_template(self) -> str:
        if "postgres" not in self._templates:
            name = f"template_{secrets.token_hex(6)}"
            self._on_server(f'CREATE DATABASE "{name}"')
            asyncio.run(self._filled(self._address(name)))
            self._templates["postgres"] = name
        return self._templates["postgres"]

    async def _filled(self, url: str) -> None:
        await self._fill(url)

    def _address(self, database: str) -> str:
        return urlsplit(self._server())._replace(path=f"/{database}").geturl()

    def _server(self) -> str:
        address = self._postgres()
        if address is None:
            raise LookupError("There is no PostgreSQL server for tests; set CERCLE_TEST_POSTGRES_URL")
        return address

    def _on_server(self, statement: str) -> None:
        asyncio.run(_execute(self._server(), statement))


async def _execute(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
