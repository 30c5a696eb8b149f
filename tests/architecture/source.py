"""What the architecture tests look at: the parts, their files, and what is under version control."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("cercle", "core", "spaces", "plugins")


def plugin_folders() -> list[Path]:
    """The bundled plugins."""
    return sorted(path.parent for path in (ROOT / "plugins").glob("*/__init__.py"))


def part_folders() -> list[Path]:
    """Every bundled part that has the layout of one."""
    return [ROOT / "core" / "accounts", ROOT / "spaces", *plugin_folders()]


def python_files() -> list[Path]:
    """The Python files of the rooms, without migrations, which are generated."""
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


def templates() -> list[Path]:
    """The templates of parts, core and themes."""
    folders = (ROOT / "core", ROOT / "spaces", ROOT / "plugins", ROOT / "themes")
    return sorted(path for folder in folders for path in folder.rglob("templates/**/*") if path.is_file())


def name_of(path: Path) -> str:
    """A path as it is written in messages and dictionaries of exemptions."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def versioned_files() -> list[Path]:
    """The files that are, or would be, under version control."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
