"""A server beside packages of others: without any, with a broken one. `tests/platform` has the whole life of a sound one."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.platform.stranger import EXAMPLE, Site
from tests.services.processes import free_port


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
