"""A plugin as the checks see it: its files, read once, and what was loaded of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from core.parts import LoadedPart
from core.plugin_checks.faults import Fault

if TYPE_CHECKING:
    from core.app import Cercle

_WORD = re.compile(r"[A-Za-z_]\w*")


class Checked:
    """A plugin under examination.

    Args:
        app: built with it, not running.
        loaded: the plugin; it may have failed to load.
        root: the folder of its `pyproject.toml`, where it is known.
    """

    def __init__(self, app: Cercle, loaded: LoadedPart, root: Path | None = None) -> None:
        self.app, self.loaded, self.root = app, loaded, root
        self.folder = loaded.folder
        self.name = loaded.name
        self.is_running = loaded.failure is None

    @cached_property
    def sources(self) -> dict[Path, str]:
        """The text of every Python file, migrations apart, which are generated."""
        found = [path for path in sorted(self.folder.rglob("*.py")) if "migrations" not in path.parts]
        return {path: path.read_text(encoding="utf-8", errors="replace") for path in found}

    @cached_property
    def _parsed(self) -> dict[Path, ast.Module | SyntaxError]:
        return {path: _parse(path, text) for path, text in self.sources.items()}

    @property
    def trees(self) -> dict[Path, ast.Module]:
        """Every Python file that can be read."""
        return {path: tree for path, tree in self._parsed.items() if isinstance(tree, ast.Module)}

    @cached_property
    def templates(self) -> list[Path]:
        """Every file below `templates/`."""
        return [path for path in sorted((self.folder / "templates").rglob("*")) if path.is_file()]

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word in the plugin's Python; what a template is given must be one of them."""
        return frozenset(word for text in self.sources.values() for word in _WORD.findall(text))

    def address(self, template: Path) -> str:
        """The name under which a template is found."""
        return f"{self.name}/{template.relative_to(self.folder / 'templates').as_posix()}"

    def unreadable(self) -> Iterator[Fault]:
        """Python files that are no Python."""
        for path, error in self._parsed.items():
            if isinstance(error, SyntaxError):
                yield Fault(path, error.lineno or 1, f"is no Python: {error.msg}")


def _parse(path: Path, text: str) -> ast.Module | SyntaxError:
    try:
        return ast.parse(text, str(path))
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError) as error:
        return SyntaxError(str(error))
