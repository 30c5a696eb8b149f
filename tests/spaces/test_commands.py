"""`cercle club …` and `cercle plugin …`: data on stdout, messages on stderr, failures exit with 1."""

from __future__ import annotations

import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner, Result

from core.accounts.commands import users
from spaces.commands import clubs, plugins


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a new site with one account."""
    folder = tmp_path_factory.mktemp("commands") / "data"
    with pytest.MonkeyPatch.context() as patch:
        _environment(patch, folder)
        arguments = ["create", "ada@example.org", "--name", "Ada", "--password-stdin"]
        assert CliRunner().invoke(users, arguments, input="eleven green doors\n").exit_code == 0
    return folder


@pytest.fixture
def site(founded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A runner of commands on a copy of that site."""
    shutil.copytree(founded, tmp_path / "data")
    _environment(monkeypatch, tmp_path / "data")
    return CliRunner()


def test_a_club_is_founded_listed_and_switched(site: CliRunner) -> None:
    made = site.invoke(clubs, ["create", "Été 2027", "--owner", "ada@example.org", "--kind", "region"])
    listed = site.invoke(clubs, ["list"])
    enabled = site.invoke(plugins, ["enable", "wiki", "--club", "ete-2027", "--read-only"])
    state = _state(site.invoke(plugins, ["list", "--club", "ete-2027"]))
    disabled = site.invoke(plugins, ["disable", "wiki", "--club", "ete-2027"])

    assert made.stdout == "ete-2027\n"
    assert listed.stdout == "ete-2027\tÉté 2027\tregion\tlisted\t1\n"
    assert (enabled.exit_code, disabled.exit_code) == (0, 0)
    assert state == "read_only"
    assert _state(site.invoke(plugins, ["list", "--club", "ete-2027"])) == "off"


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "X", "--owner", "nobody@example.org"],
        ["create", "X", "--owner", "ada@example.org", "--kind", "gang"],
        ["create", "X", "--owner", "ada@example.org", "--slug", "Not A Slug"],
    ],
)
def test_what_is_wrong_is_said_and_exits_with_1(site: CliRunner, arguments: list[str]) -> None:
    answer = site.invoke(clubs, arguments)

    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("cercle: ")


def test_an_unknown_club_or_plugin_turns_no_switch(site: CliRunner) -> None:
    site.invoke(clubs, ["create", "Ici", "--owner", "ada@example.org"])

    assert site.invoke(plugins, ["enable", "wiki", "--club", "nowhere"]).exit_code == 1
    assert site.invoke(plugins, ["enable", "nonsense", "--club", "ici"]).exit_code == 1


def _environment(patch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", "SECRET_KEY"):
        patch.delenv(f"CERCLE_{name}", raising=False)
    patch.setenv("CERCLE_DATA_DIR", str(folder))


def _state(listed: Result) -> str:
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    return next(row[2] for row in rows if row[0] == "wiki")


def test_the_plan_of_a_club_is_read_decided_and_taken_back(site: CliRunner) -> None:
    site.invoke(clubs, ["create", "Eau", "--owner", "ada@example.org"])

    read = site.invoke(clubs, ["plan", "eau"])
    set_once = site.invoke(clubs, ["plan", "eau", "--quota", "5GB", "--members", "50", "--reason", "a trial"])
    changed = site.invoke(clubs, ["plan", "eau", "--quota", "500 Mo"])
    undone = site.invoke(clubs, ["plan", "eau", "--quota", "none", "--members", "none"])

    assert read.stdout == "storage\t0 bytes\tof 20 GB\tsetting\nmembers\t1\tno limit\tsetting\n"
    assert set_once.stdout == "storage\t0 bytes\tof 5 GB\tclub\ta trial\nmembers\t1\tof 50\tclub\ta trial\n"
    assert changed.stdout == "storage\t0 bytes\tof 500 MB\tclub\ta trial\nmembers\t1\tof 50\tclub\ta trial\n"
    assert undone.stdout == read.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "nowhere", "--quota", "5GB"],
        ["plan", "eau", "--quota", "plenty"],
        ["plan", "eau", "--members", "-3"],
        ["plan", "eau", "--members", "0"],
    ],
)
def test_a_wrong_plan_is_said_and_exits_with_1(site: CliRunner, arguments: list[str]) -> None:
    site.invoke(clubs, ["create", "Eau", "--owner", "ada@example.org"])

    answer = site.invoke(clubs, arguments)

    assert (answer.exit_code, answer.stdout) == (1, "")
    assert answer.stderr.startswith("cercle: ")


def test_a_policy_holds_for_a_kind_and_for_a_club(site: CliRunner) -> None:
    site.invoke(clubs, ["create", "Eau", "--owner", "ada@example.org", "--kind", "region"])

    banned = site.invoke(plugins, ["policy", "wiki", "--policy", "unavailable", "--kind", "region", "--reason", "no"])
    off = _state(site.invoke(plugins, ["list", "--club", "eau"]))
    required = site.invoke(plugins, ["policy", "wiki", "--policy", "required", "--club", "eau"])
    on = _state(site.invoke(plugins, ["list", "--club", "eau"]))
    taken_back = site.invoke(plugins, ["policy", "wiki", "--policy", "none", "--club", "eau"])

    assert [one.exit_code for one in (banned, required, taken_back)] == [0, 0, 0]
    assert (off, on, _state(site.invoke(plugins, ["list", "--club", "eau"]))) == ("off", "on", "off")
    both = site.invoke(plugins, ["policy", "wiki", "--policy", "required", "--club", "eau", "--kind", "region"])
    assert both.exit_code == 1


def test_settings_of_plugins_are_printed_and_changed(site: CliRunner) -> None:
    site.invoke(clubs, ["create", "Essai", "--owner", "ada@example.org"])
    changed = site.invoke(plugins, ["settings", "blog", "posts_per_page=10", "--club", "essai"])
    printed = site.invoke(plugins, ["settings", "files", "blocked_endings=exe"])
    wrong = site.invoke(plugins, ["settings", "blog", "posts_per_page=4", "--club", "essai"])
    nothing = site.invoke(plugins, ["settings", "directory"])
    unclear = site.invoke(plugins, ["settings", "files", "blocked_endings"])

    assert changed.stdout.splitlines() == ["posts_per_page\t10", "trash_days\t0"]
    assert printed.stdout.splitlines() == ["largest_upload\t", "blocked_endings\t.exe"]
    assert [(one.exit_code, one.stdout) for one in (wrong, nothing, unclear)] == [(1, "")] * 3
    assert "At least 5, please." in wrong.stderr
    assert site.invoke(plugins, ["settings", "blog", "--club", "essai"]).stdout == changed.stdout


def test_a_plugin_is_erased_in_one_club_after_it_said_what_would_go(site: CliRunner, tmp_path: Path) -> None:
    site.invoke(clubs, ["create", "Atelier", "--owner", "ada@example.org"])
    site.invoke(plugins, ["enable", "wiki", "--club", "atelier"])
    erase = ["erase", "wiki", "--club", "atelier"]
    export = tmp_path / "wiki.zip"

    assert site.invoke(plugins, [*erase, "--no-export", "--yes"]).exit_code == 1  # it is on
    site.invoke(plugins, ["disable", "wiki", "--club", "atelier"])
    assert site.invoke(plugins, [*erase, "--yes"]).exit_code == 2  # neither an export nor none
    counted = site.invoke(plugins, erase)
    erased = site.invoke(plugins, [*erase, "--export", str(export), "--yes"])

    assert (counted.exit_code, counted.stdout) == (0, "files\t0\t0 bytes\n")
    assert (erased.exit_code, erased.stdout) == (0, "files\t0\t0 bytes\n")
    assert "cercle.json" in ZipFile(export).namelist()
    assert site.invoke(plugins, [*erase, "--export", str(export), "--yes"]).exit_code == 1  # would write over it
