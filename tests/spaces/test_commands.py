"""`cercle club …` and `cercle plugin …`: data on stdout, messages on stderr, failures exit with 1."""

from __future__ import annotations

import shutil
from pathlib import Path

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
