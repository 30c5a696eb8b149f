"""File names: those that Cercle reads, those that look like them, and those that belong to a plugin that is complete."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from core.parts import MODULES
from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault, at, meant

FOLDERS = ("templates", "static", "locale", "migrations")
GROWN = ("views", "services", "queries", "importers", "exporters", "api")
LIKE = 0.75


def check_layout(checked: Checked) -> Iterator[Fault]:
    """Names that nobody reads, names that are nearly right, and what is missing."""
    used = frozenset(_imported_modules(checked))
    for path in sorted(checked.folder.iterdir()):
        if path.name.startswith((".", "__")):
            continue
        yield from _folder(path, used) if path.is_dir() else _file(path, used)
    yield from _locale(checked)
    yield from _doubled(checked)
    yield from _beside(checked)


def _file(path: Path, used: frozenset[str]) -> Iterator[Fault]:
    if path.suffix != ".py" or path.stem in MODULES or path.stem in used:
        return
    if hint := meant(path.stem, MODULES, cutoff=LIKE):
        yield Fault(path, 1, f"Cercle does not read {path.name}{hint}")
    else:
        yield Fault(
            path,
            1,
            f"nothing reads {path.name}: neither Cercle nor the plugin; import it or drop it",
            "warning",
        )


def _folder(path: Path, used: frozenset[str]) -> Iterator[Fault]:
    if path.name in (*FOLDERS, *GROWN) or path.name in used:
        if path.name == "migrations" and not (path / "__init__.py").is_file():
            yield Fault(
                path, 1, "migrations/ has no __init__.py, so that its migrations are not found; add an empty one"
            )
        return
    if hint := meant(path.name, (*FOLDERS, *GROWN), cutoff=LIKE):
        yield Fault(path, 1, f"Cercle does not read {path.name}/{hint}")


def _locale(checked: Checked) -> Iterator[Fault]:
    folder = checked.folder / "locale"
    for path in sorted(folder.rglob("*.po")):
        steps = path.relative_to(folder).parts
        if steps[1:] != ("LC_MESSAGES", "messages.po"):
            yield Fault(
                path, 1, f"is not read; move it to locale/{steps[0].removesuffix('.po')}/LC_MESSAGES/messages.po"
            )


def _doubled(checked: Checked) -> Iterator[Fault]:
    """Templates and static files need no folder of the plugin's name: their addresses have it anyway."""
    for room in ("templates", "static"):
        if (inner := checked.folder / room / checked.name).is_dir():
            name = checked.name
            yield Fault(
                inner, 1, f"what is in here has the address {name}/{name}/…; move it up into {room}/", "warning"
            )


def _beside(checked: Checked) -> Iterator[Fault]:
    """What stands beside the code, where the whole project is at hand."""
    if checked.root is None:
        return
    project = checked.root / "pyproject.toml"
    if not any(place.is_file() for place in (checked.root / "README.md", checked.folder / "README.md")):
        yield Fault(
            project, 1, "there is no README.md; say in it what the plugin is for and how it is installed", "warning"
        )
    tests = [*checked.root.glob("tests/**/test_*.py"), *checked.folder.glob("tests/**/test_*.py")]
    if not tests:
        yield Fault(project, 1, "there are no tests; begin with PluginContract of cercle.testing", "warning")
    elif not any("PluginContract" in path.read_text(encoding="utf-8", errors="replace") for path in tests):
        yield at(project, "[tool.pytest", "the tests do not inherit PluginContract of cercle.testing", level="warning")


def _imported_modules(checked: Checked) -> Iterator[str]:
    """Modules of the plugin that one of its files imports, by their name below the package."""
    package = f"{checked.loaded.package}."
    for tree in checked.trees.values():
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = f"{package}{node.module or ''}" if node.level else f"{node.module}"
                names = [base, *(f"{base}.{alias.name}".replace("..", ".") for alias in node.names)]
            yield from (name.removeprefix(package).partition(".")[0] for name in names if name.startswith(package))
