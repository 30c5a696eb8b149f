"""`cercle user` and `cercle token`, run as an operator runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def cercle(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command with its own data folder."""
    env = {**os.environ, "CERCLE_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "cercle", *arguments],
        cwd=ROOT,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with one account."""
    place = tmp_path_factory.mktemp("site")
    made = cercle(
        place,
        *("user", "create", "ada@example.org", "--name", "Ada Lovelace", "--operator", "--password-stdin"),
        stdin="four random words\n",
    )
    assert made.returncode == 0, made.stderr
    return place


def test_token_create_prints_the_token_and_nothing_else(folder: Path) -> None:
    made = cercle(folder, "token", "create", "ADA@example.org", "--name", "night", "--days", "3")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("cercle_")
    assert len(made.stdout.split()) == 1


def test_an_unknown_address_fails_with_a_sentence(folder: Path) -> None:
    made = cercle(folder, "token", "create", "nobody@example.org")
    assert (made.returncode, made.stdout) == (1, "")
    assert "There is no account with the address nobody@example.org" in made.stderr


def test_a_weak_password_is_refused(folder: Path) -> None:
    made = cercle(folder, "user", "reset-password", "ada@example.org", "--password-stdin", stdin="password123\n")
    assert made.returncode == 1
    assert "first that others try" in made.stderr


def test_a_password_is_never_an_argument(folder: Path) -> None:
    assert cercle(folder, "user", "reset-password", "ada@example.org", "secret words here").returncode == 2


def test_every_command_shows_an_example(folder: Path) -> None:
    for command in (["user", "create"], ["user", "promote"], ["user", "reset-password"], ["token", "create"]):
        assert "Example: cercle" in cercle(folder, *command, "--help").stdout
