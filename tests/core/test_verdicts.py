"""The verdict sheet in a plugin's package: what is read of it, and what is said to the operator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import core
from cercle.testing import Village
from core import parts
from core.i18n import speaking
from core.parts import LoadedPart, Part, load_parts
from core.verdicts import FILE, read_verdict, verdict_summary

GOOD: dict[str, Any] = {
    "plugin": "stranger",
    "version": "1.2.0",
    "cercle": core.__version__,
    "date": "2026-05-03",
    "databases": ["sqlite", "postgres"],
    "results": {"off_is_a_freeze": "kept", "no_word_comes_out": "kept"},
}


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadedPart:
    """A plugin of somebody else, installed in a folder of its own."""
    folder = tmp_path / "stranger_plugin"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    parts._folder.cache_clear()
    return LoadedPart(Part("stranger", "Stranger", "", "1.2.0"), "stranger_plugin", bundled=False)


def publish(loaded: LoadedPart, **changes: Any) -> None:
    """Put a sheet into its package."""
    (loaded.folder / FILE).write_text(json.dumps({**GOOD, **changes}), encoding="utf-8")


def test_a_sheet_for_what_runs_here_is_good(loaded: LoadedPart) -> None:
    publish(loaded)
    verdict = read_verdict(loaded)
    assert verdict is not None
    assert (verdict.is_good, verdict.is_for_this, verdict.broken, verdict.untried) == (True, True, (), ())
    assert (str(verdict.date), verdict.databases) == ("2026-05-03", ("sqlite", "postgres"))
    assert verdict.summary == "Keeps all 2 promises of Cercle"


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        ({"version": "1.1.0"}, "For another version: 1.1.0 was tested with Cercle " + core.__version__),
        ({"cercle": "0.0.9"}, "For another version: 1.2.0 was tested with Cercle 0.0.9"),
        ({"results": {"a": "kept", "b": "broken"}}, "Breaks 1 of the 2 promises of Cercle"),
        ({"results": {"a": "kept", "b": "skipped"}}, "Keeps 1 of the 2 promises of Cercle; the others were not tried"),
        ({"results": {"a": "not tried"}}, "Keeps 0 of the 1 promises of Cercle; the others were not tried"),
    ],
)
def test_what_is_not_whole_is_not_good_and_says_why(loaded: LoadedPart, changes: dict[str, Any], summary: str) -> None:
    publish(loaded, **changes)
    verdict = read_verdict(loaded)
    assert verdict is not None
    assert (verdict.is_good, verdict.summary, verdict_summary(loaded)) == (False, summary, summary)


@pytest.mark.parametrize(
    "changes",
    [
        {"plugin": "wiki"},
        {"version": "<script>"},
        {"results": {}},
        {"results": {"a": "perfect"}},
        {"results": {"x" * 201: "kept"}},
        {"results": {str(number): "kept" for number in range(101)}},
        {"date": "yesterday"},
        {"praise": "the best"},
        {"databases": ["x" * 70_000]},
    ],
    ids=str,
)  # fmt: skip
def test_a_sheet_that_is_none_counts_as_none(loaded: LoadedPart, changes: dict[str, Any]) -> None:
    publish(loaded, **changes)
    assert read_verdict(loaded) is None
    assert verdict_summary(loaded).startswith("No verdict")


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", "null"])
def test_a_damaged_sheet_counts_as_none(loaded: LoadedPart, text: str) -> None:
    (loaded.folder / FILE).write_text(text)
    assert read_verdict(loaded) is None


def test_no_sheet_is_said(loaded: LoadedPart) -> None:
    assert (read_verdict(loaded), verdict_summary(loaded).startswith("No verdict")) == (None, True)


def test_bundled_plugins_are_tested_with_cercle() -> None:
    wiki = next(one for one in load_parts(third_party=False).all() if one.name == "wiki")
    assert (read_verdict(wiki), verdict_summary(wiki)) == (None, "Tested with Cercle itself")


def test_the_verdict_of_a_plugin_that_does_not_run_is_read_too(loaded: LoadedPart) -> None:
    publish(loaded)
    loaded.failure = "Needs wiki, which is not installed"
    assert read_verdict(loaded) is not None


@pytest.mark.sqlite_only
async def test_it_speaks_french(loaded: LoadedPart, village: Village) -> None:
    publish(loaded)
    with speaking("fr"):
        assert verdict_summary(loaded) == "Tient les 2 promesses de Cercle"
