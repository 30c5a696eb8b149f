"""The documentation says what is there: every extension point, public name and command, the order of a request, each sample."""

from __future__ import annotations

import ast
import importlib
import io
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import cercle
import cercle.testing
from core import errors
from core.app import Cercle
from core.parts import MODULES
from core.reference.inclusions import with_inclusions
from core.reference.names import meaning_of
from core.reference.parts import EXTENSIONS, Extension, users_of
from tests.architecture.source import ROOT, name_of, python_files
from tests.imports import on_the_import_path

DOCS = ROOT / "docs"
PAGES = [DOCS / name for name in ("tutorial.md", "recipes.md", "request.md")]
EXAMPLE = ROOT / "tests" / "example_plugin"
SAMPLES = [
    pytest.param(code, language, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, (language, code) in enumerate(re.findall(r"```(python|po)\n(.*?)\n```", page.read_text(), re.DOTALL), 1)
]

UNUSED_NAMES: dict[str, str] = {
    "Access": "the type of `request.access`, for annotations",
    "Deprecation": "for plugins that ask hooks of their own; no bundled hook is old",
    "Merge": "what `three_way` answers, for annotations",
    "Tab": "what the tabs of a club are, for tests of a plugin",
    "Unavailable": "what `store` raises when there is no room, for plugins that have something else to offer then",
    "Wishes": "what `wishes_of` answers, for annotations",
}


def test_every_command_says_what_it_does() -> None:
    """That the generated pages are up to date is seen by tests/cli, which has all commands mounted."""
    sections = re.split(r"^## ", (DOCS / "commands.md").read_text(), flags=re.MULTILINE)[1:]
    assert [text.splitlines()[0] for text in sections if not re.search(r"```\n\n\w", text)] == []


def test_every_list_that_cercle_takes_from_a_part_is_described() -> None:
    described = {(one.file, one.name) for one in EXTENSIONS}
    assert _lists_taken() - described == set()
    assert {one.file for one in EXTENSIONS} == {"__init__", *MODULES}


@pytest.mark.parametrize("extension", EXTENSIONS, ids=lambda one: f"{one.file}.{one.name}")
def test_every_extension_point_is_used_by_a_bundled_part(site: Cercle, extension: Extension) -> None:
    assert users_of(extension, site.parts) != []


def test_every_public_name_says_what_it_is() -> None:
    assert [name for name in cercle.__all__ if not meaning_of(name, cercle)] == []


def test_every_public_name_is_used_by_a_plugin() -> None:
    sources = [*(ROOT / "plugins").rglob("*.py"), *EXAMPLE.rglob("*.py"), *(ROOT / "core" / "skeleton").rglob("*.tpl")]
    used = {name for path in sources for name in re.findall(r"\b\w+\b", path.read_text(encoding="utf-8"))}
    assert set(cercle.__all__) - used == set(UNUSED_NAMES)


def test_every_hook_has_its_place_in_the_reference(site: Cercle) -> None:
    page = (DOCS / "hooks.md").read_text()
    assert [name for name in site.hooks.names() if f"### `{name}`" not in page] == []


def test_every_event_and_permission_of_a_part_is_under_its_name(site: Cercle) -> None:
    page = (DOCS / "events.md").read_text()
    own = [name for name in site.events if name.partition(".")[0] in {one.name for one in site.parts if one.bundled}]
    assert [name for name in own if f"### `{name}`" not in page] == []


def test_the_stations_of_a_request_are_those_of_the_program(site: Cercle) -> None:
    text = (DOCS / "request.md").read_text()
    named = re.findall(r"^\d+\. `(\w+)`", text, re.MULTILINE)
    met, at = [], site._serve
    while True:
        met.append(type(at).__name__)
        if not hasattr(at, "inner"):
            break
        at = at.inner
    assert named == met


def test_the_errors_answer_with_the_status_that_is_written() -> None:
    text = (DOCS / "request.md").read_text().partition("## What you may raise")[2]
    written = {name: int(status) for name, status in re.findall(r"`(\w+)` \((\d+)", text)}
    assert {name: getattr(errors, name).status for name in written} == written
    assert set(written) <= set(cercle.__all__)


@pytest.mark.parametrize("code,language", SAMPLES)
def test_samples_compile_and_import_what_there_is(code: str, language: str) -> None:
    if language == "po":
        assert len(read_po(io.StringIO(code), abort_invalid=True)) > 0
        return
    tree = ast.parse(code)
    compile(tree, "sample", "exec")
    with on_the_import_path(EXAMPLE, {"cercle_poll"}):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert [one.name for one in node.names if not _offers(node.module, one.name)] == []


def test_code_that_the_pages_include_is_that_of_the_files() -> None:
    assert [page.name for page in PAGES if with_inclusions(page.read_text()) != page.read_text()] == []


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_links_between_the_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)", page.read_text())
    assert [link for link in links if not (DOCS / link).is_file()] == []


def test_every_page_is_reached_from_the_first() -> None:
    first = (DOCS / "index.md").read_text()
    assert [page.name for page in DOCS.glob("*.md") if page.name != "index.md" and f"({page.name})" not in first] == []


def _lists_taken() -> set[tuple[str, str]]:
    """What the engine and the clubs read from the modules of a part, as (file, name)."""
    found = set()
    for path in python_files():
        if name_of(path).startswith(("core/", "spaces/")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                words = (
                    [one.value for one in getattr(node, "args", ()) if isinstance(one, ast.Constant)]
                    if isinstance(node, ast.Call)
                    else []
                )
                if len(words) >= 2 and words[0] in MODULES and isinstance(words[1], str):
                    found.add((words[0], words[1]))
    return found


def _offers(module: str, name: str) -> bool:
    if module == "cercle":
        return name in cercle.__all__
    if module == "cercle.testing":
        return name in cercle.testing.__all__
    return hasattr(importlib.import_module(module), name) or importlib.util.find_spec(f"{module}.{name}") is not None
