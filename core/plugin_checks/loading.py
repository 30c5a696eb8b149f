"""Why a plugin does not load, at the line of it that is to blame."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault, line_of

_FRAME = re.compile(r'File "([^"]+)", line (\d+)')
_PLACE = re.compile(r" \((\w+\.py), line (\d+)\)")
_QUOTED = re.compile(r"['\"]([\w.:<>=,~! -]{2,60})['\"]")
_FIELD = re.compile(r"\b([A-Z]\w+)\.(\w+)\b")
_ADDRESS = re.compile(r"(?<!\S)(/[^\s;,]*)")
_FILES = {
    "Table": "models.py",
    "Event": "events.py",
    "Route": "routes.py",
    "Job": "jobs.py",
    "Permission": "permissions.py",
}
_MANIFEST = {"Needs Cercle": "cercle=", "Wrong version": "version=", "The name": "name=", "Needs ": "requires="}


def check_loading(checked: Checked) -> Iterator[Fault]:
    """The one reason for which the site would do without it."""
    failure = checked.loaded.failure
    if failure is None:
        return
    path, line = _named(checked, failure) or _blamed(checked) or _said(checked, failure) or _first(checked)
    yield Fault(path, line, f"does not load: {_PLACE.sub('', failure)}{_mend(failure)}")


def _named(checked: Checked, failure: str) -> tuple[Path, int] | None:
    """Where the reason itself says a place."""
    found = _PLACE.search(failure)
    path = checked.folder / found[1] if found else None
    return (path, int(found[2])) if found and path and path.is_file() else None


def _blamed(checked: Checked) -> tuple[Path, int] | None:
    """The last line of the plugin in the traceback."""
    frames = [(Path(name), int(line)) for name, line in _FRAME.findall(checked.loaded.detail)]
    own = [frame for frame in frames if frame[0].is_relative_to(checked.folder)]
    return own[-1] if own else None


def _said(checked: Checked, failure: str) -> tuple[Path, int] | None:
    """Where the plugin says what the reason quotes: an argument, a field, a word, an address."""
    for start, argument in _MANIFEST.items():
        if failure.startswith(start) and (line := line_of(checked.folder / "__init__.py", argument)):
            return checked.folder / "__init__.py", line
    likely = checked.folder / _FILES.get(failure.partition(" ")[0], "")
    paths = sorted(checked.sources, key=lambda path: (path != likely, path))
    return _field(paths, failure) or _word(paths, [*_QUOTED.findall(failure), *_ADDRESS.findall(failure)])


def _field(paths: list[Path], failure: str) -> tuple[Path, int] | None:
    for owner, name in _FIELD.findall(failure):
        for path in paths:
            if start := line_of(path, f"class {owner}("):
                return path, line_of(path, name, after=start + 1) or start
    return None


def _word(paths: list[Path], words: list[str]) -> tuple[Path, int] | None:
    for word in words:
        for path in paths:
            for written in (f'"{word}"', f"'{word}'", f"def {word}(", f"class {word}("):
                if line := line_of(path, written):
                    return path, line
    return None


def _first(checked: Checked) -> tuple[Path, int]:
    path = checked.folder / "__init__.py"
    return path, line_of(path, "Part(") or 1


def _mend(failure: str) -> str:
    if failure.startswith("ModuleNotFoundError"):
        return "; install it, and name it in the dependencies of pyproject.toml"
    if failure.startswith("ImportError") and "circular" in failure:
        return "; move what both modules need into a third"
    return ""
