"""The tests that a stranger's package brings: they run against what is installed, with nothing of this repository's tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.platform.stranger import EXAMPLE, installed, second_version


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("version", "database"), [("1.0", "sqlite"), ("1.0", "postgres"), ("1.1", "sqlite")])
def test_the_tests_of_the_example_pass(
    tmp_path: Path, version: str, database: str, request: pytest.FixtureRequest
) -> None:
    """Among them what Cercle promises of every plugin; the second version keeps what the first one promised."""
    source = EXAMPLE if version == "1.0" else second_version(tmp_path)
    packages = installed(tmp_path / "packages", source)
    own = tmp_path / "own"
    shutil.copytree(source / "tests", own / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(source / "pyproject.toml", own)
    settings = {"CERCLE_TEST_DATABASES": database}
    if database == "postgres":
        settings["CERCLE_TEST_POSTGRES_URL"] = str(request.getfixturevalue("postgres").url("postgres"))
    ran = _pytest(own, packages, settings, *(("-k", "not Contract") if version == "1.1" else ()))
    assert ran.returncode == 0, ran.stdout[-8000:]
    assert "passed" in ran.stdout


def _pytest(folder: Path, packages: Path, settings: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CERCLE_", "PYTEST_"))}
    paths = {"PYTHONPATH": f"{packages}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options)
    return subprocess.run(
        command, cwd=folder, env={**kept, **paths, **settings}, capture_output=True, text=True, check=False
    )
