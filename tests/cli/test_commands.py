"""What every command has: help with an example, data on stdout, messages on stderr, a clear end when something is wrong."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from core import __version__, cli
from tests.cli.runs import cercle


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a migrated site without people."""
    folder = tmp_path_factory.mktemp("site")
    assert cercle(folder, "migrate").returncode == 0
    return folder


def commands() -> dict[str, Any]:
    """Every command by what is typed for it."""
    if not cli.root.registered_groups:
        cli._mount_commands(cli._parts_with_commands())
    group: Any = typer.main.get_command(cli.root)
    return dict(_below(group, ""))


def _below(group: Any, prefix: str) -> list[tuple[str, Any]]:
    found = []
    for name, command in group.commands.items():
        deeper = hasattr(command, "commands")
        found += _below(command, f"{prefix}{name} ") if deeper else [(f"{prefix}{name}", command)]
    return found


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_shows_help_with_an_example_of_itself(name: str) -> None:
    shown = CliRunner().invoke(cli.root, [*name.split(), "--help"])
    assert (shown.exit_code, f"cercle {name}" in " ".join(shown.output.split("Example:")[1].split())) == (0, True)
    assert commands()[name].help


def test_nothing_asked_shows_what_there_is(tmp_path: Path) -> None:
    shown = cercle(tmp_path)
    assert shown.returncode == 2
    assert "makemigrations" in shown.stdout + shown.stderr


def test_a_wrong_call_ends_with_2(tmp_path: Path) -> None:
    assert cercle(tmp_path, "serve", "--port", "many").returncode == 2


def test_the_version_is_data(tmp_path: Path) -> None:
    shown = cercle(tmp_path, "version")
    assert (shown.stdout, shown.stderr) == (f"{__version__}\n", "")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CERCLE_DATABASE_URL", "mysql://here"),
        ("CERCLE_DATABASE_URL", "postgres://postgres@127.0.0.1:1/nothing"),
        ("CERCLE_REDIS_URL", "http://here"),
        ("CERCLE_STORAGE_URL", "ftp://here"),
        ("CERCLE_BASE_URL", "here"),
        ("CERCLE_SECRET_KEY", "short"),
        ("CERCLE_LOCALE", "de"),
        ("CERCLE_SIGN_UP", "maybe"),
        ("CERCLE_THEME", "nosuch"),
        ("CERCLE_MAX_BODY", "many"),
        ("CERCLE_TRUSTED_PROXIES", "here"),
        ("CERCLE_DATA_DIR", "/dev/null/here"),
    ],
)
def test_a_wrong_setting_is_named_before_a_port_is_bound(tmp_path: Path, variable: str, value: str) -> None:
    started = cercle(tmp_path, "serve", "--port", "1", **{variable: value, "PYTHONWARNINGS": "ignore"})
    if "--port" in started.stderr:  # those that are looked at after the port: a free one then
        started = cercle(tmp_path, "serve", "--port", "0", **{variable: value})
    assert started.returncode == 1
    assert variable in started.stderr
    assert "Traceback" not in started.stderr


def test_several_wrong_settings_are_told_at_once(tmp_path: Path) -> None:
    started = cercle(tmp_path, "serve", CERCLE_LOCALE="de", CERCLE_SIGN_UP="maybe")
    assert ("CERCLE_LOCALE" in started.stderr, "CERCLE_SIGN_UP" in started.stderr) == (True, True)


def test_a_database_of_a_newer_version_is_refused_with_both_versions(tmp_path: Path) -> None:
    assert cercle(tmp_path, "migrate").returncode == 0
    with sqlite3.connect(tmp_path / "cercle.db") as database:
        database.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('core', '0900_far', '2030-01-01')"
        )
        database.execute('UPDATE core_setting SET "values" = \'{"version": "9.8.7"}\' WHERE part = \'core\'')
    for command in (("serve", "--port", "0"), ("migrate",), ("doctor",)):
        refused = cercle(tmp_path, *command)
        assert refused.returncode == 1
        assert "9.8.7" in refused.stderr
        assert __version__ in refused.stderr


def test_openapi_prints_a_document_of_what_is_installed(site: Path) -> None:
    printed = cercle(site, "openapi")
    document = json.loads(printed.stdout)
    assert (printed.returncode, document["openapi"], document["info"]["version"]) == (0, "3.1.0", __version__)
    assert "/api/v1/clubs/{club}/wiki/pages" in document["paths"]
    assert unresolved(document, document) == []
    operations = [one for path in document["paths"].values() for method, one in path.items() if method != "parameters"]
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert [one["operationId"] for one in operations if not one["summary"] or "default" not in one["responses"]] == []


def test_path_parameters_of_the_document_are_those_of_the_paths(site: Path) -> None:
    document = json.loads(cercle(site, "openapi").stdout)
    for path, item in document["paths"].items():
        named = {parameter["name"] for parameter in item["parameters"]}
        assert named == {step[1:-1] for step in path.split("/") if step.startswith("{")}, path


def unresolved(document: dict[str, Any], node: Any) -> list[str]:
    """References that lead nowhere."""
    if isinstance(node, list):
        return [name for item in node for name in unresolved(document, item)]
    if not isinstance(node, dict):
        return []
    found = [name for item in node.values() for name in unresolved(document, item)]
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.rpartition("/")[2] not in document["components"]["schemas"]:
        found.append(reference)
    return found


def test_a_backup_goes_where_the_operator_stands_and_comes_back(site: Path, tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    made = cercle(site, "backup", "kept.tar", cwd=tmp_path, **environment)
    assert (made.returncode, made.stdout, (tmp_path / "kept.tar").is_file()) == (0, "", True), made.stderr
    again = cercle(site, "backup", "kept.tar", cwd=tmp_path)
    assert (again.returncode, "exists already" in again.stderr) == (1, True)
    back = cercle(tmp_path / "new", "restore", "kept.tar", cwd=tmp_path)
    assert back.returncode == 0, back.stderr
    assert "rows and 0 files restored" in back.stderr


def test_a_folder_that_cannot_be_written_is_a_sentence(site: Path, tmp_path: Path) -> None:
    refused = cercle(site, "backup", tmp_path / "nowhere" / "kept.tar")
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert f"{tmp_path}/nowhere/kept.tar.partial: No such file or directory" in refused.stderr


def test_the_doctor_reports_on_stdout(site: Path) -> None:
    report = cercle(site, "doctor")
    assert report.returncode == 0, report.stdout
    assert {line.split(maxsplit=1)[0] for line in report.stdout.splitlines()} <= {"ok", "warn"}
    assert "outbox: nothing waits" in report.stdout


def test_the_generated_pages_of_the_documentation_are_up_to_date(site: Path) -> None:
    checked = cercle(site, "docs", "--check")
    assert (checked.returncode, checked.stderr) == (0, ""), "run: make docs"


def test_a_message_is_never_broken_into_lines(site: Path) -> None:
    word = "x" * 300
    assert word in cercle(site, "plugin", "check", word, COLUMNS="40").stderr
