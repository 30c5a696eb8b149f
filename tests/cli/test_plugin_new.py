"""`cercle plugin new` and `cercle plugin check`: what a plugin's author sees first must work, and what is wrong be told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.fixture
def changed(package: Path, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A copy of the plugin that a test may break, and the variables with which it is installed."""
    target = tmp_path / "packages"
    subprocess.run(("cp", "-R", package.parent / "packages", target), check=True)
    return target / "cercle_poll", {"PYTHONPATH": f"{target}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}


def test_the_new_plugin_is_served(installed: dict[str, str], tmp_path: Path) -> None:
    token = operator(tmp_path, **installed)
    assert cercle(tmp_path, "plugin", "enable", "poll", "--club", "lyon", **installed).returncode == 0
    with served(tmp_path, **installed) as site:
        assert "does not run" not in site.log.read_text()
        assert asked(site, "/api/v1/clubs/lyon/poll/notes", token) == 200
        assert ".poll-byline" in site.get("/static/poll/poll.css")


def test_its_own_tests_pass(package: Path, installed: dict[str, str]) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CERCLE_", "PYTEST_"))}
    ran = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        cwd=package, env={**kept, **installed}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert "passed" in ran.stdout


def test_it_is_sound(installed: dict[str, str], tmp_path: Path) -> None:
    checked = cercle(tmp_path, "plugin", "check", "poll", **installed)
    assert (checked.returncode, checked.stdout, checked.stderr.splitlines()[-1]) == (0, "", "poll 0.1.0 is sound")


def test_it_is_formatted_and_without_lint(package: Path) -> None:
    for command in (("check", "--select", "ANN,B,D100,E,F,I,SIM,UP,W"), ("format", "--check")):
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


def test_an_unknown_plugin_is_told_with_those_there_are(tmp_path: Path) -> None:
    checked = cercle(tmp_path, "plugin", "check", "nosuch")
    assert (checked.returncode, "There is no plugin 'nosuch'" in checked.stderr) == (1, True)
    assert "wiki" in checked.stderr


def test_everything_wrong_is_told_with_file_and_line(changed: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, variables = changed
    mistakes = {
        "queries.py": ("from cercle import Club, NotFound", "import core.db\nfrom cercle import Club, NotFound"),
        "routes.py": ('views.new, "notes.new", WRITE', 'views.new, "notes.new", "poll.wrte"'),
        "api.py": ("permission=REMOVE,", "permission=VIEW,"),
        "events.py": ('name="poll.note_removed"', 'name="note_removed"'),
        "models.py": ('"accounts.User", related_name="poll_notes"', '"accounts.User", related_name="notes"'),
        "views.py": ('"Your note is there."', '"Your note is somewhere."'),
        "templates/notes/new.html": ("poll:notes.create", "poll:notes.crate"),
        "templates/notes/index.html": ("{% endfor %}", "{% endfr %}"),
        "templates/notes/show.html": ('"poll.css"', '"pool.css"'),
    }
    for name, (right, wrong) in mistakes.items():
        text = (folder / name).read_text()
        assert right in text, name
        (folder / name).write_text(text.replace(right, wrong))
    checked = cercle(tmp_path / "data", "plugin", "check", "poll", cwd=folder, **variables)
    told = [line.partition(": ") for line in checked.stdout.splitlines()]
    assert checked.returncode == 1, checked.stderr
    assert {place.rpartition(":")[0]: words for place, _, words in told if "models have changed" not in words} == {
        "api.py": "DELETE /notes/{note:int} asks only for 'poll.view', which is for reading; say reads=True if that is right",
        "events.py": "the event 'note_removed' must start with 'poll.'",
        "models.py": 'Note.author: related_name must start with "poll_", since others refer to accounts.User too',
        "queries.py": "imports core.db; a plugin imports only cercle",
        "routes.py": "asks for the permission 'poll.wrte', which nobody declares",
        "templates/notes/index.html": "Encountered unknown tag 'endfr'. Jinja was looking for the following tags: 'endfor' or "
        "'else'. The innermost block that needs to be closed is 'for'.",
        "templates/notes/new.html": "leads to 'poll:notes.crate', a route that does not exist",
        "templates/notes/show.html": "asks for static/pool.css, which does not exist",
        "views.py": "'Your note is somewhere.' is not translated in locale/fr/LC_MESSAGES/messages.po",
    }  # fmt: skip
    assert all(place.rpartition(":")[2].isdigit() for place, _, _ in told)


def test_a_plugin_that_does_not_load_is_told_with_its_traceback(
    changed: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, variables = changed
    models = folder / "models.py"
    models.write_text(models.read_text().replace('"poll_note"', '"note"'))
    checked = cercle(tmp_path / "data", "plugin", "check", "poll", **variables)
    assert checked.returncode == 1
    assert "poll does not run: Table 'note' must start with 'poll_'" in checked.stderr
