"""A plugin of somebody else, installed as its own package, works in a real server, and has its way in nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.architecture.source import ROOT
from tests.services.processes import accepts_connections, free_port, running

EXAMPLE = ROOT / "tests" / "example_plugin"


@dataclass(frozen=True, slots=True)
class Site:
    """A site of its own for a test, with packages from a folder.

    Args:
        folder: what it writes.
        packages: installed beside Cercle.
        port: where it is served.
    """

    folder: Path
    packages: Path
    port: int

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its commands."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CERCLE_")}
        own = {
            "PYTHONPATH": f"{self.packages}{os.pathsep}{ROOT}",
            "CERCLE_DATA_DIR": str(self.folder / "data"),
            "CERCLE_BASE_URL": f"http://127.0.0.1:{self.port}",
        }
        return {**kept, **own}

    def cercle(self, *arguments: str, typed: str = "") -> str:
        """Run a command, with something typed into it; answers what it printed."""
        command = (sys.executable, "-m", "cercle", *arguments)
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, input=typed, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it; gives its address."""
        command = (sys.executable, "-m", "cercle", "serve", "--port", str(self.port))
        log = self.folder / "serve.log"
        with running(command, ready=lambda: accepts_connections(self.port), log=log, env=self.environment):
            yield f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def poll_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example plugin, built and installed into a folder."""
    target = tmp_path_factory.mktemp("packages")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
    command = (sys.executable, "-m", "pip", "install", *options, "--target", target, EXAMPLE)
    subprocess.run(command, check=True, capture_output=True)
    return target


@pytest.fixture
def site(tmp_path: Path, poll_package: Path) -> Site:
    return Site(tmp_path, poll_package, free_port())


def test_a_package_of_somebody_else_works_in_a_real_server(site: Site) -> None:
    assert "poll" in site.cercle("plugin", "list")
    ada = ("ada@village.example", "--name", "Ada", "--operator", "--password-stdin")
    site.cercle("user", "create", *ada, typed="seven quiet bicycles")
    site.cercle("club", "create", "Atelier", "--owner", "ada@village.example", "--slug", "atelier")
    site.cercle("plugin", "enable", "poll", "--club", "atelier")
    token = site.cercle("token", "create", "ada@village.example")
    with site.served() as address, httpx.Client(base_url=f"{address}/api/v1/clubs/atelier/poll") as anybody:
        assert anybody.get("/polls").status_code == 401
        anybody.headers["authorization"] = f"Bearer {token}"
        made = anybody.post("/polls", json={"question": "Which day?", "choices": ["Monday", "Friday"]})
        assert (made.status_code, made.json()["question"]) == (201, "Which day?")
        assert [item["question"] for item in anybody.get("/polls").json()["items"]] == ["Which day?"]
        site.cercle("plugin", "disable", "poll", "--club", "atelier")
        assert anybody.get("/polls").status_code == 404


def test_a_server_without_packages_starts_empty_and_says_how_to_begin(tmp_path: Path) -> None:
    alone = Site(tmp_path, tmp_path, free_port())
    with alone.served() as address:
        assert httpx.get(f"{address}/readyz").text == "ok\n"
        assert httpx.get(f"{address}/", headers={"host": "evil.example"}).status_code == 421
    assert f"{address}/" in (tmp_path / "serve.log").read_text()


def test_a_server_with_a_broken_package_starts_and_says_what_is_wrong(tmp_path: Path) -> None:
    package = tmp_path / "packages" / "cercle_broken"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('half a plugin')\n")
    facts = package.with_name("cercle_broken-1.0.dist-info")
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: cercle-broken\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[cercle.plugins]\nbroken = cercle_broken\n")
    with Site(tmp_path, package.parent, free_port()).served() as address:
        assert httpx.get(f"{address}/readyz").text == "ok\n"
    assert "RuntimeError: half a plugin" in (tmp_path / "serve.log").read_text()


def test_the_example_keeps_to_the_rules_for_plugins() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (EXAMPLE / "cercle_poll").rglob("*.py")]
    assert [
        line for text in sources for line in text.splitlines() if line.startswith(("from core", "from spaces"))
    ] == []
