"""`cercle user` and `cercle token`, run as an operator runs them."""

import json
import os
import subprocess
import sys
import zipfile
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


def test_a_reset_link_is_printed_for_its_owner(folder: Path) -> None:
    made = cercle(folder, "user", "reset-password", "ada@example.org", "--link")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("http://127.0.0.1:8000/reset-password/")
    assert len(made.stdout.split()) == 1


def test_a_weak_password_is_refused(folder: Path) -> None:
    made = cercle(folder, "user", "reset-password", "ada@example.org", "--password-stdin", stdin="password123\n")
    assert made.returncode == 1
    assert "first that others try" in made.stderr


def test_a_password_is_never_an_argument(folder: Path) -> None:
    assert cercle(folder, "user", "reset-password", "ada@example.org", "secret words here").returncode == 2


def test_sign_out_wants_one_person_or_everybody(folder: Path) -> None:
    for wrong in ((), ("ada@example.org", "--everybody")):
        refused = cercle(folder, "user", "sign-out", *wrong)
        assert (refused.returncode, "Name one address" in refused.stderr) == (1, True)
    for right in ("ada@example.org", "--everybody"):
        ended = cercle(folder, "user", "sign-out", right)
        assert (ended.returncode, "0 sessions ended" in ended.stderr) == (0, True)


def test_every_command_shows_an_example(folder: Path) -> None:
    for command in (["user", "create"], ["user", "promote"], ["user", "reset-password"], ["token", "create"]):
        assert "Example: cercle" in cercle(folder, *command, "--help").stdout


def test_user_export_writes_an_archive_that_is_the_operators_alone(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "ada.zip"
    written = cercle(folder, "user", "export", "ada@example.org", str(target))
    assert written.returncode == 0, written.stderr
    with zipfile.ZipFile(target) as archive:
        assert json.loads(archive.read("accounts/account.json"))["name"] == "Ada Lovelace"
    again = cercle(folder, "user", "export", "ada@example.org", str(target))
    assert (again.returncode, "exists already" in again.stderr) == (1, True)


def test_user_erase_only_says_what_stands_in_the_way_until_it_is_said_again(folder: Path) -> None:
    who = ("bob@example.org", "--name", "Bob Byron", "--password-stdin")
    assert cercle(folder, "user", "create", *who, stdin="five other words\n").returncode == 0
    asked = cercle(folder, "user", "erase", "bob@example.org")
    assert (asked.returncode, "Nothing was erased" in asked.stderr) == (0, True)
    assert cercle(folder, "token", "create", "bob@example.org").returncode == 0
    erased = cercle(folder, "user", "erase", "bob@example.org", "--yes")
    assert (erased.returncode, "Bob Byron is erased" in erased.stderr) == (0, True)
    gone = cercle(folder, "user", "erase", "bob@example.org", "--yes")
    assert (gone.returncode, "There is no account with the address bob@example.org" in gone.stderr) == (1, True)


def test_the_last_operator_is_not_erased(folder: Path) -> None:
    refused = cercle(folder, "user", "erase", "ada@example.org", "--yes")
    assert (refused.returncode, "last operator" in refused.stderr) == (1, True)
    assert cercle(folder, "token", "create", "ada@example.org").returncode == 0
