"""`cercle migrate` and `cercle makemigrations`: twice, killed half-way, and with a plugin that was changed."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli.plugins import write_skeleton
from tests.cli.runs import ROOT, cercle, environment

KILLED = """
import os, signal

async def die(apps, editor):
    if os.environ.get("TEST_DIE") == "inside":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def plugin(tmp_path: Path) -> dict[str, str]:
    """Variables with which a fresh plugin `poll` is installed."""
    return installed(tmp_path)


def installed(folder: Path, name: str = "poll") -> dict[str, str]:
    """Install a fresh plugin into a folder of its own, as pip would."""
    package = write_skeleton(name, folder)
    target = folder / "packages"
    shutil.copytree(package / f"cercle_{name}", target / f"cercle_{name}")
    about = target / f"cercle_{name}-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: cercle-{name}\nVersion: 0.1.0\n")
    (about / "entry_points.txt").write_text(f"[cercle.plugins]\n{name} = cercle_{name}\n")
    return {"PYTHONPATH": f"{target}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}


def test_migrating_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    first, second = cercle(tmp_path, "migrate"), cercle(tmp_path, "migrate")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "migrated spaces to 0001_initial" in first.stderr
    assert second.stderr.splitlines()[-1] == "the database is up to date"
    assert "migrated" not in second.stderr


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_migration_killed_half_way_is_run_again(
    tmp_path: Path, plugin: dict[str, str], kind: str, request: pytest.FixtureRequest
) -> None:
    """It dies between two statements of one migration, whose first table must not stay."""
    if kind == "postgres":
        plugin["CERCLE_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    path = tmp_path / "packages" / "cercle_poll" / "migrations" / "0001_initial.py"
    text = path.read_text().replace("\nclass Migration", f"{KILLED}\n\nclass Migration")
    path.write_text(text.replace("        ),\n    ]\n", "        ),\n        ops.RunPython(die),\n    ]\n"))
    killed = cercle(tmp_path / "data", "migrate", **plugin, TEST_DIE="inside")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert "migrated spaces" in killed.stderr
    again = cercle(tmp_path / "data", "migrate", **plugin)
    assert again.returncode == 0, again.stderr
    assert "migrated poll to 0001_initial" in again.stderr
    assert "migrated spaces" not in again.stderr


def test_killed_right_after_a_migration_it_knows_that_it_was_applied(tmp_path: Path) -> None:
    """The note that a migration is applied is part of its transaction."""
    (tmp_path / "die.py").write_text(
        "import os, signal\n"
        "from tortoise.migrations.executor import MigrationExecutor\n"
        "def emit(progress, event, key):\n"
        "    if (event, key.app_label) == ('apply_done', 'spaces'):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "MigrationExecutor._emit = staticmethod(emit)\n"
        "from core.cli import main\n"
        "main()\n"
    )
    killed = subprocess.run(
        [sys.executable, tmp_path / "die.py", "migrate"], env=environment(tmp_path / "data"), cwd=ROOT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    again = cercle(tmp_path / "data", "migrate")
    assert (again.returncode, "spaces to 0001_initial" in again.stderr) == (0, False), again.stderr
    with sqlite3.connect(tmp_path / "data" / "cercle.db") as database:
        noted = database.execute("SELECT name FROM tortoise_migrations WHERE app = 'spaces' ORDER BY name").fetchall()
    assert [name for (name,) in noted] == sorted(path.stem for path in (ROOT / "spaces" / "migrations").glob("0*.py"))


def test_a_plugin_whose_migration_fails_does_not_keep_the_site_from_starting(
    tmp_path: Path, plugin: dict[str, str]
) -> None:
    path = tmp_path / "packages" / "cercle_poll" / "migrations" / "0001_initial.py"
    path.write_text(path.read_text().replace('"table": "poll_note"', '"table": "core_blob"'))
    failed = cercle(tmp_path / "data", "migrate", **plugin)
    assert failed.returncode == 1
    assert "the plugin poll was not migrated and will not run" in failed.stderr
    report = cercle(tmp_path / "data", "doctor", **plugin)
    assert "error plugin poll: Its tables are not up to date" in report.stdout


def test_makemigrations_writes_what_has_changed(tmp_path: Path, plugin: dict[str, str]) -> None:
    models = tmp_path / "packages" / "cercle_poll" / "models.py"
    nothing = cercle(tmp_path / "data", "makemigrations", "poll", **plugin)
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "nothing has changed\n")
    models.write_text(
        models.read_text().replace("    words =", "    pinned = fields.BooleanField(default=False)\n    words =")
    )
    checked = cercle(tmp_path / "data", "plugin", "check", "poll", **plugin)
    assert (checked.returncode, "Run: cercle makemigrations poll" in checked.stdout) == (1, True)
    written = cercle(tmp_path / "data", "makemigrations", "poll", **plugin)
    assert (written.returncode, Path(written.stdout.strip()).is_file()) == (0, True), written.stderr
    assert "pinned" in Path(written.stdout.strip()).read_text()
    assert cercle(tmp_path / "data", "plugin", "check", "poll", **plugin).returncode == 0


def test_makemigrations_names_a_part_that_does_not_exist(tmp_path: Path) -> None:
    refused = cercle(tmp_path, "makemigrations", "nosuch")
    assert (refused.returncode, refused.stderr) == (1, "cercle: There is no part 'nosuch' with models\n")
