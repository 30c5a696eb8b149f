"""The manifest and the project file: versions that exist, ranges that something can satisfy, an entry point that leads here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

import core
from core.errors import PluginError
from core.loading.needs import needs_of
from core.parts import ENTRY_POINT_GROUP
from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault, at, meant


def check_manifest(checked: Checked) -> Iterator[Fault]:
    """`Part(…)` and `pyproject.toml`."""
    yield from _needs(checked)
    yield from _range(checked)
    project = checked.root / "pyproject.toml" if checked.root else None
    if project is not None and project.is_file():
        yield from _project(checked, project)


def _needs(checked: Checked) -> Iterator[Fault]:
    path, part = checked.folder / "__init__.py", checked.loaded.part
    try:
        needs = needs_of(part)
    except PluginError:
        return  # it does not load for this reason
    installed = {one.name: one for one in checked.app.parts.all()}
    for name, versions in needs.items():
        found = installed.get(name)
        if is_impossible(versions):
            yield at(
                path, name, f"requires {name}{versions}, which no version can satisfy", after=_line(path, "requires=")
            )
        elif found is None:
            hint = meant(name, installed.keys() - {checked.name})
            yield at(path, name, f"requires {name}, which is not installed{hint}", after=_line(path, "requires="))
        elif not versions.contains(found.part.version, prereleases=True):
            text = f"requires {name}{versions}, but {found.part.version} is installed"
            yield at(path, name, text, after=_line(path, "requires="))
    for name in part.after:
        if name not in installed and (hint := meant(name, installed.keys() - {checked.name}, cutoff=0.75)):
            yield at(
                path,
                name,
                f"comes after {name}, which is not installed{hint}",
                after=_line(path, "after="),
                level="warning",
            )


def _range(checked: Checked) -> Iterator[Fault]:
    path, part = checked.folder / "__init__.py", checked.loaded.part
    try:
        versions = SpecifierSet(part.cercle)
    except InvalidSpecifier:
        return
    if is_impossible(versions):
        yield at(path, "cercle=", f"works with Cercle {versions}, which no version can satisfy")
    elif not any(one.operator in ("<", "<=", "~=", "==") for one in versions):
        text = f'says cercle="{part.cercle}", so that a Cercle that is not written yet would do; add ",<1"'
        yield at(path, "cercle=", text, level="warning")


def _project(checked: Checked, path: Path) -> Iterator[Fault]:
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        yield Fault(path, _toml_line(error), f"is no TOML: {error}")
        return
    facts = project.get("project", {})
    yield from _entry_points(checked, path, facts)
    version = facts.get("version")
    if checked.is_running and version is not None and not _same(str(version), checked.loaded.part.version):
        text = (
            f"the version is {version}, but that of the manifest is {checked.loaded.part.version}; raise both together"
        )
        yield at(path, "version", text)
    yield from _dependencies(path, facts)


def _entry_points(checked: Checked, path: Path, facts: Mapping[str, Any]) -> Iterator[Fault]:
    points: Mapping[str, str] = facts.get("entry-points", {}).get(ENTRY_POINT_GROUP, {})
    package, name = checked.loaded.package, checked.name
    if not points:
        text = f'Cercle does not find the plugin; add [project.entry-points."{ENTRY_POINT_GROUP}"] with {name} = "{package}"'
        yield at(path, "[project", text)
    elif package not in points.values():
        wrong = next(iter(points.values()))
        yield at(path, f'"{wrong}"', f"the entry point names {wrong!r}; the package is {package!r}")
    elif checked.is_running and points.get(name) != package:
        wrong = next(key for key, value in points.items() if value == package)
        yield at(
            path,
            wrong,
            f"the entry point is called {wrong!r}, the plugin {name!r}; give both one name",
            level="warning",
        )


def _dependencies(path: Path, facts: Mapping[str, Any]) -> Iterator[Fault]:
    """Ranges of the distribution that nothing can satisfy, and one of Cercle that leaves this one out."""
    for text in facts.get("dependencies", ()):
        try:
            wanted = Requirement(text)
        except InvalidRequirement as error:
            yield at(path, str(text), f"the dependency {text!r} cannot be read: {error}")
            continue
        if is_impossible(wanted.specifier):
            yield at(path, text, f"the dependency {text!r} asks for a version that there cannot be")
        elif canonicalize_name(wanted.name) == "cercle" and not wanted.specifier.contains(
            core.__version__, prereleases=True
        ):
            yield at(path, text, f"the dependency {text!r} leaves out this Cercle, {core.__version__}")
    if facts and not any(str(one).startswith("cercle") for one in facts.get("dependencies", ())):
        yield at(
            path,
            "[project]",
            'the dependencies lack "cercle"; say with which versions the plugin works',
            level="warning",
        )


def is_impossible(versions: SpecifierSet) -> bool:
    """Whether no version can satisfy a range: tried at, below and above each version that it names."""
    tried = [Version("0"), Version("99999")]
    for one in versions:
        try:
            named = Version(one.version.removesuffix(".*"))
        except InvalidVersion:
            return False
        tried += [named, Version(f"{named.public}.1"), *_below(named), Version(f"{named.major}.{named.minor + 1}")]
    return bool(list(versions)) and not any(versions.contains(version, prereleases=True) for version in tried)


def _below(version: Version) -> list[Version]:
    """The largest version that there may be before this one."""
    release = list(version.release)
    while release and release[-1] == 0:
        release.pop()
    if not release:
        return []
    return [Version(".".join(map(str, [*release[:-1], release[-1] - 1, 99999])))]


def _same(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other


def _line(path: Path, words: str) -> int:
    return at(path, words, "").line


def _toml_line(error: Exception) -> int:
    return int(getattr(error, "lineno", 0) or 1)
