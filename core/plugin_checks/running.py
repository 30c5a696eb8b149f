"""Checks a plugin in a process of its own: what it does while it is imported stays there, and nothing must be installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import core
from core.errors import Invalid
from core.loading.manifests import NAME
from core.parts import ENTRY_POINT_GROUP
from core.plugin_checks.faults import Fault

SECONDS = 300


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be checked.

    Args:
        name: of an installed plugin, "" for one in a folder.
        package: importable name of one in a folder.
        folder: that package's folder.
        path: the folder from which it is imported.
        root: the folder of its `pyproject.toml`, where there is one.
    """

    name: str = ""
    package: str = ""
    folder: Path = Path()
    path: Path = Path()
    root: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found.

    Args:
        name, version: of the plugin.
        faults: by file and line.
        verdict: how it was tested, in a sentence.
    """

    name: str
    version: str
    faults: tuple[Fault, ...]
    verdict: str = ""

    def fails(self, *, strict: bool) -> bool:
        """Whether the check is not passed; warnings count when it is strict."""
        return any(strict or fault.level == "error" for fault in self.faults)


class UnknownPlugin(Invalid):
    """There is no plugin of this name; names those there are."""


def run_check(text: str) -> Outcome:
    """Check the plugin that somebody means.

    Args:
        text: the name of an installed plugin, or a folder with a `pyproject.toml` or an `__init__.py`.

    Raises:
        Invalid: when there is no such plugin, or no plugin in the folder.
    """
    if not NAME.fullmatch(text):
        return _checked(target_in(Path(text)))
    try:
        return _checked(Target(name=text))
    except UnknownPlugin:
        if not Path(text).is_dir():
            raise
        return _checked(target_in(Path(text)))


def target_in(given: Path) -> Target:
    """The plugin in a folder: that of a project, or the package itself.

    Raises:
        Invalid: when there is none.
    """
    folder = given.resolve()
    if not folder.is_dir():
        raise Invalid(f"There is no folder {given}, and no plugin of that name")
    if folder.parent == Path(core.__file__).parents[1] / "plugins":
        return Target(name=folder.name)
    if (folder / "pyproject.toml").is_file():
        return _in_project(folder)
    if not (folder / "__init__.py").is_file():
        raise Invalid(f"{given} holds no plugin: neither a pyproject.toml nor an __init__.py")
    above = (folder.parent, folder.parent.parent)
    root = next((one for one in above if (one / "pyproject.toml").is_file()), None)
    return Target(package=folder.name, folder=folder, path=folder.parent, root=root)


def _in_project(root: Path) -> Target:
    places = [path for path in (root, root / "src") if path.is_dir()]
    for package in _named(root / "pyproject.toml"):
        for path in places:
            if (folder := path.joinpath(*package.split("."))).joinpath("__init__.py").is_file():
                return Target(package=package, folder=folder, path=path, root=root)
    found = [one.parent for path in places for one in sorted(path.glob("*/__init__.py")) if one.parent.name != "tests"]
    if len(found) != 1:
        text = f"{root}: the entry point of pyproject.toml leads to no package, and there is not exactly one folder of Python"
        raise Invalid(text)
    return Target(package=found[0].name, folder=found[0], path=found[0].parent, root=root)


def _named(project: Path) -> list[str]:
    """The packages that a project names as plugins; a file that cannot be read is told by the check itself."""
    try:
        points = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["entry-points"][ENTRY_POINT_GROUP]
        return [str(value).partition(":")[0].strip() for value in points.values()]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, AttributeError, TypeError):
        return []


def _checked(target: Target) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="cercle-check-") as place:
        report = Path(place) / "report.json"
        asked = {
            "name": target.name,
            "package": target.package,
            "path": str(target.path),
            "root": str(target.root or ""),
        }
        command = (sys.executable, "-P", "-m", "core.plugin_checks", str(report), json.dumps(asked))
        try:
            ran = subprocess.run(  # noqa: S603 - ourselves
                command, env=_environment(), capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return _stopped(
                target, f"did not come to an end within {SECONDS} seconds; something waits while it is imported"
            )
        if not report.is_file():
            last = " ".join(ran.stderr.strip().splitlines()[-1:])[:300]
            return _stopped(target, f"ends the process that imports it (exit code {ran.returncode}) {last}".strip())
        return _read(target, json.loads(report.read_text(encoding="utf-8")))


def _environment() -> dict[str, str]:
    """That of the caller without the settings of a site: a check is about the plugin alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CERCLE_")}
    paths = [str(Path(core.__file__).parents[1]), *filter(None, [kept.get("PYTHONPATH", "")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


def _read(target: Target, report: dict[str, object]) -> Outcome:
    if known := report.get("unknown"):
        raise UnknownPlugin(f"There is no plugin {target.name!r}; there are: {known}")
    listed = report["faults"]
    assert isinstance(listed, list)
    faults = tuple(Fault(Path(path), line, text, level) for path, line, text, level in listed)
    return Outcome(str(report["name"]), str(report["version"]), faults, str(report["verdict"]))


def _stopped(target: Target, reason: str) -> Outcome:
    fault = Fault(target.folder / "__init__.py", 1, f"does not load: {reason}")
    return Outcome(target.name or target.package, "", (fault,))
