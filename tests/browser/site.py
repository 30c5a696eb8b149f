"""A demo site in a process of its own, as `cercle demo` serves it; and a fresh one, which nobody uses yet."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.processes import accepts_connections, free_port, running

PASSWORD = "cercle-demo"


@dataclass(frozen=True, slots=True)
class Site:
    """A running site.

    Args:
        url: its address, without a slash at the end.
        folder: where it keeps its data, mails that it sent included.
        log: what it prints.
    """

    url: str
    folder: Path
    log: Path

    def at(self, path: str) -> str:
        """The address of a path that begins with a slash."""
        return f"{self.url}{path}"


@contextmanager
def demo_site(folder: Path, *, theme: str = "default", host: str = "127.0.0.1") -> Iterator[Site]:
    """Serves the demo from `folder` in this theme, under this name of the machine, until the block is left.

    Raises AssertionError at the end when the server had a fault that it did not foresee.
    """
    with _served("demo", folder, host, CERCLE_THEME=theme) as site:
        yield site


@contextmanager
def fresh_site(folder: Path, **settings: str) -> Iterator[Site]:
    """Serves a site without people from `folder` until the block is left; `settings` by their names in the environment.

    Raises AssertionError at the end when the server had a fault that it did not foresee.
    """
    with _served("serve", folder, **settings) as site:
        yield site


@contextmanager
def _served(command: str, folder: Path, host: str = "127.0.0.1", **settings: str) -> Iterator[Site]:
    port, log, data = free_port(), folder / "server.log", folder / "data"
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CERCLE_")}
    url = f"http://{host}:{port}"
    with running(
        (sys.executable, "-m", "cercle", command, "--port", str(port)),
        ready=lambda: accepts_connections(port),
        log=log,
        env={**ours, "CERCLE_DATA_DIR": str(data), "CERCLE_BASE_URL": url, **settings},
    ):
        yield Site(url, data, log)
    assert "Traceback" not in log.read_text(), log.read_text()
