"""What the pages of security say of identity is so: tests that are named are there, numbers are those of the program."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest

from core.accounts.services import links, steps
from core.accounts.services.acting import MINUTES
from core.accounts.services.devices import DEVICE_LASTS
from core.accounts.views.entry import PROOF_LASTS
from core.settings import Settings
from tests.architecture.source import ROOT, name_of, python_files, templates

DOCS = ROOT / "docs"
CHAPTERS = {
    6: (3, 12, 8, 6, 8, 4, 2, 4),
    7: (3, 4, 2, 5, 3, 2),
    8: (4, 4, 3, 2),
    9: (3, 4),
    10: (2, 3, 5, 16, 5, 2, 3),
}
"""How many requirements OWASP ASVS 5.0.0 has in each section of the chapters V6 to V10."""
STATES = ("met", "partly", "not", "does not apply")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (DOCS / "security-asvs.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d", line)
]
NOT_SECRET = {"core/bus.py": "how long a listener waits before it connects again"}
"""Files that may use the module random, with what for."""


def test_every_requirement_has_one_row() -> None:
    wanted = [
        f"{chapter}.{section}.{number}"
        for chapter, sections in CHAPTERS.items()
        for section, most in enumerate(sections, 1)
        for number in range(1, most + 1)
    ]
    assert [row[0] for row in ROWS] == wanted


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_how_it_is_and_names_what_proves_it(row: list[str]) -> None:
    _number, level, state, how, proofs = row
    assert (level in "123", state in STATES, bool(how)) == (True, True, True)
    assert bool(proofs) or state != "met"
    assert [proof for proof in proofs.split("<br>") if proof and not _is_there(proof)] == []


def test_the_table_counts_itself() -> None:
    met, partly, missing, beside = map(Counter(row[2] for row in ROWS).__getitem__, STATES)
    said = f"{met} are met, {partly} in part, {missing} is not, and {beside} do not apply."
    assert f"Of {len(ROWS)} requirements {said}" in (DOCS / "security-asvs.md").read_text(encoding="utf-8")


def test_the_life_times_that_are_written_are_those_of_the_program() -> None:
    text = (DOCS / "security.md").read_text(encoding="utf-8")
    settings = Settings(data_dir=ROOT)
    lives = {
        "session without use": timedelta(hours=settings.session_idle_hours),
        "session in any case": timedelta(hours=settings.session_absolute_hours),
        "proof for what matters": PROOF_LASTS,
        "a step of a sign-in": steps.LASTS,
        "known browser": DEVICE_LASTS,
        "to sign in": links.LASTS[links.SIGN_IN],
        "to set a new password": links.LASTS[links.RESET],
        "to prove or to stop a new address": links.LASTS[links.EMAIL],
        "to prove the address of a sign-up or a request": links.LASTS[links.SIGN_UP],
        "to take a changed address back": links.LASTS[links.EMAIL_UNDO],
        "to set the first password": links.LASTS[links.WELCOME],
        "invitation": links.LASTS[links.INVITE],
    }
    assert {what: _written(text, what) for what in lives} == {what: _words(life) for what, life in lives.items()}
    assert links.LASTS[links.EMAIL_STOP] == links.LASTS[links.EMAIL]
    assert links.LASTS[links.REQUEST] == links.LASTS[links.SIGN_UP]
    assert links.LASTS[links.FIRST_OPERATOR] == links.LASTS[links.WELCOME]
    assert MINUTES == (15, 30, 60)


def test_the_tests_that_the_promises_name_are_there() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", (DOCS / "security.md").read_text(encoding="utf-8"))
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_password_is_typed_into_a_field_for_passwords() -> None:
    fields = [
        (name_of(path), call)
        for path in templates()
        for call in re.findall(r"{{ field\(.*?\) }}", path.read_text(encoding="utf-8"), re.DOTALL)
        if "-password" in call or 'type="password"' in call
    ]
    assert len(fields) > 5
    wrong = [
        one for one in fields if 'type="password"' not in one[1] or "autocomplete=" not in one[1] or "paste" in one[1]
    ]
    assert wrong == []


def test_nothing_that_is_secret_comes_from_the_module_random() -> None:
    using = re.compile(r"^\s*(?:import random|from random import)\b", re.MULTILINE)
    found = [name_of(path) for path in python_files() if using.search(path.read_text(encoding="utf-8"))]
    assert found == list(NOT_SECRET)


def _is_there(proof: str) -> bool:
    """Whether a row's proof exists: a test by path and name, or a section of a page."""
    link = re.fullmatch(r"\[[^\]]+\]\(([\w.-]+\.md)#([\w-]+)\)", proof)
    if link:
        return link[2] in _anchors((DOCS / link[1]).read_text(encoding="utf-8"))
    test = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", proof)
    if test is None or not (ROOT / test[1]).is_file():
        return False
    text = (ROOT / test[1]).read_text(encoding="utf-8")
    return re.search(rf"^(?:async )?def {test[2]}\(", text, re.MULTILINE) is not None


def _anchors(text: str) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def _written(text: str, what: str) -> str:
    """The second cell of the row that begins so: what stands there before a bracket."""
    found = re.search(rf"^\| {re.escape(what)}[^|]*\| ([^|(]+)", text, re.MULTILINE)
    return found[1].strip() if found else ""


def _words(life: timedelta) -> str:
    """A life time as the page writes it."""
    minutes = int(life.total_seconds() // 60)
    if minutes < 2 * 60:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes <= 72 * 60 else f"{life.days} days"
