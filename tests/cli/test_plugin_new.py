"""`cercle plugin new`: what a plugin's author sees first must work, at once."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import core
from cercle._testing.wcag import find_axe
from tests.cli.runs import ROOT, asked, cercle, operator, served

NEXT = "pip install -e"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that `cercle plugin new poll` writes."""
    folder = tmp_path_factory.mktemp("author")
    made = cercle(folder / "data", "plugin", "new", "poll", "--into", str(folder))
    assert made.returncode == 0, made.stderr
    assert NEXT in made.stderr
    return folder / "cercle-poll"


@pytest.fixture(scope="module")
def installed(package: Path) -> dict[str, str]:
    """Variables with which the package is installed, by pip, in a folder of its own."""
    target = package.parent / "packages"
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(target))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *options, str(package))
    subprocess.run(pip, check=True, capture_output=True)
    return {"PYTHONPATH": f"{target}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}


def test_the_new_plugin_is_served(installed: dict[str, str], tmp_path: Path) -> None:
    token = operator(tmp_path, **installed)
    assert cercle(tmp_path, "plugin", "enable", "poll", "--club", "lyon", **installed).returncode == 0
    with served(tmp_path, **installed) as site:
        assert "does not run" not in site.log.read_text()
        assert asked(site, "/api/v1/clubs/lyon/poll/notes", token) == 200
        assert ".poll-byline" in site.get("/static/poll/poll.css")


def test_its_own_tests_pass_and_write_its_verdict(package: Path, installed: dict[str, str]) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CERCLE_", "PYTEST_"))}
    ran = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--cercle-verdict"),
        cwd=package, env={**kept, **installed}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    path = package / "cercle_poll" / "verdict.json"
    assert f"verdict: {path}" in ran.stdout
    sheet = json.loads(path.read_text())
    results = sheet.pop("results")
    assert sheet == {
        "plugin": "poll",
        "version": "0.1.0",
        "cercle": core.__version__,
        "date": datetime.now(UTC).date().isoformat(),
        "databases": ["sqlite"],
    }
    in_a_browser = results.pop("pages_keep_to_wcag_in_a_browser")
    assert in_a_browser == ("kept" if find_axe() else "skipped")
    assert (set(results.values()), len(results)) == ({"kept"}, 8)


def test_an_operator_reads_its_verdict(package: Path, installed: dict[str, str], tmp_path: Path) -> None:
    sheet = {"plugin": "poll", "version": "0.1.0", "cercle": core.__version__, "date": "2026-05-03"}
    target = package.parent / "packages" / "cercle_poll" / "verdict.json"
    target.write_text(json.dumps({**sheet, "results": {"off_is_a_freeze": "kept"}}))
    listed = cercle(tmp_path, "plugin", "list", **installed)
    rows = {line.split("\t")[0]: line.split("\t")[-1] for line in listed.stdout.splitlines()}
    assert rows["wiki"] == "Tested with Cercle itself"
    assert rows["poll"] == "Keeps all 1 promises of Cercle"


def test_it_is_sound(installed: dict[str, str], tmp_path: Path) -> None:
    checked = cercle(tmp_path, "plugin", "check", "poll", **installed)
    assert (checked.returncode, checked.stdout, checked.stderr.splitlines()[-1]) == (0, "", "poll 0.1.0 is sound")


def test_it_is_formatted_and_without_lint(package: Path) -> None:
    for command in (("check", "--select", "ANN,B,D100,E,F,I,SIM,UP,W", "--ignore", "ANN401"), ("format", "--check")):
        ruff = (sys.executable, "-m", "ruff", *command, "--no-cache", ".")
        linted = subprocess.run(ruff, cwd=package, capture_output=True, text=True, check=False)
        assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("name", ["Poll", "p", "core", "class", "poll-box", "x" * 31, "../poll"])
def test_a_name_that_cannot_be_used_is_refused(tmp_path: Path, name: str) -> None:
    refused = cercle(tmp_path / "data", "plugin", "new", name, "--into", str(tmp_path))
    assert (refused.returncode, "cannot be a plugin's name" in refused.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir() if path.name != "data"] == []


def test_a_folder_that_exists_is_left_alone(package: Path, tmp_path: Path) -> None:
    refused = cercle(tmp_path, "plugin", "new", "poll", "--into", str(package.parent))
    assert (refused.returncode, "exists already" in refused.stderr) == (1, True)
