"""`cercle` as an operator runs it: a process of its own, with its own settings."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.processes import free_port, running

ROOT = Path(__file__).parents[2]
PASSWORD = "four random words"
CERCLE = (sys.executable, "-m", "cercle")


@dataclass(frozen=True, slots=True)
class Served:
    """A site that is being served.

    Args:
        process: the serving process.
        port: on 127.0.0.1.
        log: what it writes.
    """

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def get(self, path: str) -> str:
        """The text of a page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as response:
            text: str = response.read().decode()
            return text


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The variables of a process whose data are in this folder; nothing of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CERCLE_")}
    return {**kept, "PYTHONPATH": str(ROOT), "CERCLE_DATA_DIR": str(folder), **settings}


def cercle(
    folder: Path, *arguments: str | Path, stdin: str = "", cwd: str | Path = ROOT, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end.

    Args:
        folder: the data folder.
        arguments: of the command.
        stdin: what it reads.
        cwd: the folder it is called in.
        settings: further variables.
    """
    env = environment(folder, **settings)
    return subprocess.run(
        [*CERCLE, *arguments], cwd=cwd, env=env, input=stdin, capture_output=True, text=True, check=False
    )


@contextmanager
def served(folder: Path, *options: str, **settings: str) -> Iterator[Served]:
    """Serve a site on a free port until the block is left; entered once it answers."""
    port, log = free_port(), folder / "serve.log"
    command = (*CERCLE, "serve", "--port", str(port), *options)
    folder.mkdir(exist_ok=True)
    with running(command, ready=lambda: _is_ready(port), log=log, env=environment(folder, **settings)) as process:
        yield Served(process, port, log)


def operator(folder: Path, **settings: str) -> str:
    """Make an operator with a club; answers an API token of theirs."""
    who = ("ada@example.org", "--name", "Ada Lovelace", "--operator", "--password-stdin")
    made = cercle(folder, "user", "create", *who, stdin=f"{PASSWORD}\n", **settings)
    assert made.returncode == 0, made.stderr
    assert cercle(folder, "club", "create", "Lyon", "--owner", "ada@example.org", **settings).stdout == "lyon\n"
    return cercle(folder, "token", "create", "ada@example.org", **settings).stdout.strip()


def asked(site: Served, path: str, token: str, body: dict[str, str] | None = None) -> int:
    """The status of a request by a program, on a connection of its own; a PUT when there is a body."""
    data = json.dumps(body).encode() if body else None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{site.port}{path}"
    request = urllib.request.Request(url, data, headers, method="PUT" if body else "GET")
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False
