"""A stranger's package, installed by pip into a folder, and a site of its own that finds it there."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx

from tests.architecture.source import ROOT
from tests.services.processes import accepts_connections, running

EXAMPLE = ROOT / "tests" / "example_plugin"
PASSWORD = "seven quiet bicycles"
_PIP = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--upgrade")


def installed(target: Path, source: Path = EXAMPLE) -> Path:
    """Build a package and install it into a folder; answers the folder."""
    command = (sys.executable, "-m", "pip", "install", *_PIP, "--target", target, source)
    subprocess.run(command, check=True, capture_output=True)
    return target


def second_version(folder: Path) -> Path:
    """The source of version 1.1 of the example: the first one and `upgrade.patch`."""
    source = folder / "cercle-poll-1.1"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    subprocess.run(("git", "apply", "upgrade.patch"), cwd=source, check=True, capture_output=True)
    return source


@dataclass(frozen=True, slots=True)
class Site:
    """A site of its own for a test, with packages from a folder.

    Args:
        folder: what it writes.
        packages: installed beside Cercle.
        port: where it is served.
        database: its address, "" for SQLite in the folder.
    """

    folder: Path
    packages: Path
    port: int
    database: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its commands."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CERCLE_", "PYTEST_"))}
        own = {
            "PYTHONPATH": f"{self.packages}{os.pathsep}{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "CERCLE_DATA_DIR": str(self.folder / "data"),
            "CERCLE_BASE_URL": f"http://127.0.0.1:{self.port}",
        }
        return {**kept, **own, **({"CERCLE_DATABASE_URL": self.database} if self.database else {})}

    @property
    def log(self) -> str:
        """What the server said when it was last served."""
        return (self.folder / "serve.log").read_text()

    def having(self, packages: Path) -> Site:
        """The same site with other packages."""
        return replace(self, packages=packages)

    def run(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with something typed into it."""
        command = (sys.executable, "-m", "cercle", *arguments)
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, input=typed, capture_output=True, text=True, check=False
        )

    def cercle(self, *arguments: str, typed: str = "") -> str:
        """Run a command that must succeed; answers what it printed."""
        done = self.run(*arguments, typed=typed)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def settle(self) -> str:
        """Two people and two clubs of the first of them; answers her token."""
        for email, name, options in (
            ("ada@village.example", "Ada", ("--operator",)),
            ("ben@village.example", "Ben", ()),
        ):
            self.cercle("user", "create", email, "--name", name, *options, "--password-stdin", typed=PASSWORD)
        owner = ("--owner", "ada@village.example", "--visibility", "public")
        for name in ("Atelier", "Place"):
            self.cercle("club", "create", name, *owner, "--slug", name.lower())
        return self.cercle("token", "create", "ada@village.example")

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it; gives its address."""
        command = (sys.executable, "-m", "cercle", "serve", "--port", str(self.port))
        log = self.folder / "serve.log"
        with running(command, ready=lambda: accepts_connections(self.port), log=log, env=self.environment):
            yield f"http://127.0.0.1:{self.port}"

    def everything(self) -> dict[str, list[str]]:
        """Every row of every table as text, by table; what the site knows of itself may be looked for in it."""
        return (
            asyncio.run(_of_postgres(self.database))
            if self.database
            else _of_sqlite(self.folder / "data" / "cercle.db")
        )


@contextmanager
def browser(address: str, email: str = "") -> Iterator[httpx.Client]:
    """A browser in which somebody is signed in, or nobody."""
    with httpx.Client(base_url=address, timeout=30) as client:
        if email:
            assert client.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 303
        yield client


def program(address: str, token: str) -> httpx.Client:
    """A program that asks the API."""
    return httpx.Client(base_url=f"{address}/api/v1/", headers={"authorization": f"Bearer {token}"}, timeout=30)


def _of_sqlite(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        names = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return {name: sorted(map(repr, database.execute(f'SELECT * FROM "{name}"'))) for (name,) in names.fetchall()}


async def _of_postgres(url: str) -> dict[str, list[str]]:
    database = await asyncpg.connect(url.replace("asyncpg:", "postgresql:", 1))
    try:
        names = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {
            name: sorted(repr(tuple(row)) for row in await database.fetch(f'SELECT * FROM "{name}"'))
            for (name,) in names
        }
    finally:
        await database.close()
