"""Safe mode: the code of installed packages is not even imported, whatever the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.runs import ROOT, cercle, operator, served
from tests.core.packages import MANIFEST, Packages

NOTING = "from pathlib import Path\nPath(__file__).with_name('imported').touch()\n"
COMMANDS = "import typer\nnoting = typer.Typer()\ngroups = {'noting': noting}\n@noting.command()\ndef hello(): print('hello')\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An import path with a plugin that leaves a mark when somebody imports it, and has a command."""
    folder = tmp_path / "packages"
    folder.mkdir()
    Packages(folder).add("noting", init=NOTING + MANIFEST.format(name="noting", more=""), commands=COMMANDS)
    return folder


def _mark(folder: Path) -> Path:
    return folder / "cercle_noting" / "imported"


@pytest.mark.parametrize("safe", ["1", "true"])
def test_no_command_imports_a_package_in_safe_mode(folder: Path, tmp_path: Path, safe: str) -> None:
    settings = {"PYTHONPATH": f"{ROOT}:{folder}", "CERCLE_SAFE": safe}
    operator(tmp_path / "data", **settings)
    for command in (("version",), ("doctor",), ("plugin", "list"), ("makemigrations", "wiki"), ("openapi",)):
        answer = cercle(tmp_path / "data", *command, **settings)
        assert answer.returncode == 0, answer.stderr
    assert "noting" in cercle(tmp_path / "data", "doctor", **settings).stdout
    assert cercle(tmp_path / "data", "noting", "hello", **settings).returncode == 2
    assert not _mark(folder).exists()


def test_a_site_that_is_served_safely_imports_no_package(folder: Path, tmp_path: Path) -> None:
    settings = {"PYTHONPATH": f"{ROOT}:{folder}"}
    with served(tmp_path / "data", "--safe", **settings) as site:
        assert site.get("/healthz") == "ok\n"
        assert "Plugin noting does not run: Not loaded: the site runs in safe mode" in site.log.read_text()
    assert not _mark(folder).exists()


def test_without_safe_mode_the_command_is_there(folder: Path, tmp_path: Path) -> None:
    settings = {"PYTHONPATH": f"{ROOT}:{folder}", "CERCLE_SAFE": "0"}
    assert cercle(tmp_path / "data", "noting", "hello", **settings).stdout == "hello\n"
    assert _mark(folder).exists()


def test_a_plugin_that_is_disabled_is_not_imported(folder: Path, tmp_path: Path) -> None:
    settings = {"PYTHONPATH": f"{ROOT}:{folder}", "CERCLE_DISABLED_PLUGINS": "noting, wiki"}
    assert cercle(tmp_path / "data", "version", **settings).returncode == 0
    assert not _mark(folder).exists()
