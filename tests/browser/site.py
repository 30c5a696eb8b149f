"""A demo site in a process of its own, as `cercle demo` serves it."""

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
    """

    url: str

    def at(self, path: str) -> str:
        """The address of a path that begins with a slash."""
        return f"{self.url}{path}"


@contextmanager
def demo_site(folder: Path) -> Iterator[Site]:
    """Serves the demo from `folder` until the block is left.

    Raises AssertionError at the end when the server had a fault that it did not foresee.
    """
    port, log = free_port(), folder / "server.log"
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CERCLE_")}
    with running(
        (sys.executable, "-m", "cercle", "demo", "--port", str(port)),
        ready=lambda: accepts_connections(port),
        log=log,
        env={**ours, "CERCLE_DATA_DIR": str(folder / "data")},
    ):
        yield Site(f"http://127.0.0.1:{port}")
    assert "Traceback" not in log.read_text(), log.read_text()
