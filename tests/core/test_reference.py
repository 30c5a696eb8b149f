"""The documentation says what is: generated pages are up to date, samples of code are true, each dependency has its reason."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

import cercle
import cercle.testing
from core import cli, hookspecs
from core.reference import hooks_page, settings_page, write_pages
from core.settings import Settings

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
SKELETON = ROOT / "core" / "skeleton" / "cercle_NAME"


def test_a_page_is_written_once_and_then_up_to_date(tmp_path: Path) -> None:
    written = write_pages(tmp_path, cli.root)
    assert {path.name for path in written} == {
        *("hooks.md", "settings.md", "commands.md", "tokens.md"),
        *("events.md", "extension-points.md", "names.md"),
    }
    assert write_pages(tmp_path, cli.root, check=True) == []
    (tmp_path / "hooks.md").write_text("old")
    assert write_pages(tmp_path, cli.root, check=True) == [tmp_path / "hooks.md"]
    assert (tmp_path / "hooks.md").read_text() == "old"


def test_every_hook_and_setting_has_its_place() -> None:
    hooks = [name for name, value in vars(hookspecs).items() if hasattr(value, "cercle_mode")]
    assert [name for name in hooks if f"### `{name}`" not in hooks_page()] == []
    assert [name for name in Settings.model_fields if f"`CERCLE_{name.upper()}`" not in settings_page()] == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: next(filter(None, sample.splitlines())))
def test_samples_of_the_guide_compile_and_import_what_there_is(sample: str) -> None:
    tree = ast.parse(sample)
    compile(tree, "plugins.md", "exec")
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        names = {alias.name for alias in node.names}
        if node.module == "cercle":
            assert names <= set(cercle.__all__)
        elif node.module == "cercle.testing":
            assert names <= set(cercle.testing.__all__)
        elif node.module and node.module.startswith("cercle_poll"):
            assert names <= defined(node.module.partition(".")[2])


def test_public_names_that_the_guide_speaks_of_exist() -> None:
    spoken = set(re.findall(r"`([a-z]+_[a-z_]+)`", re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL)))
    hooks = re.findall(r"^### `(\w+)`", (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8"), re.MULTILINE)
    known = {"on_by_default", *cercle.__all__, *hooks} | set(re.findall(r"\w+", " ".join(SAMPLES)))
    assert spoken - known == set()


def test_the_guide_names_every_file_of_a_new_plugin() -> None:
    top = {path.name.removesuffix(".tpl") for path in SKELETON.iterdir() if path.name != "__pycache__"}
    assert [name for name in top if name not in GUIDE] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    development = [line for lines in project["optional-dependencies"].values() for line in lines]
    node = json.loads((ROOT / "package.json").read_text())
    assert listed("In a running site") == sorted({name(line) for line in project["dependencies"]})
    assert listed("For development and tests") == sorted({name(line) for line in development})
    assert listed("In the browser") == sorted({*node["dependencies"], *node["devDependencies"]})


def listed(heading: str) -> list[str]:
    """The packages of a section."""
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line.split("|")[1].strip() for line in section.splitlines()[3:] if line.startswith("|")]


def name(requirement: str) -> str:
    """The package of a requirement such as `pwdlib[argon2]>=0.3`."""
    return re.split(r"[\[<>=]", requirement)[0]


def defined(module: str) -> set[str]:
    """What a module of the new plugin defines; the modules themselves for the package."""
    if not module:
        return {path.name.removesuffix(".py.tpl") for path in SKELETON.glob("*.py.tpl")}
    text = (SKELETON / f"{module}.py.tpl").read_text(encoding="utf-8")
    found = re.findall(r"^(?:async def|def|class) (\w+)|^(\w+) =", text, re.MULTILINE)
    return {word for pair in found for word in pair if word}
