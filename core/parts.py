"""Parts: what they are, where they are found, whether they fit. A part that does not fit is marked failed with its reason."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import pkgutil
import re
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

import core
from core.db import AppTables
from core.errors import PluginError
from core.needs import in_order_of_need, needs_of

logger = logging.getLogger("cercle.parts")

ENTRY_POINT_GROUP = "cercle.plugins"
NAME = re.compile(r"[a-z][a-z0-9_]{1,29}")
RESERVED = frozenset(
    {
        *("core", "accounts", "spaces", "admin", "api", "settings", "static", "people", "feeds", "clubs", "palette"),
        *("share", "styleguide"),
    }
)
LETTERS_OF_THE_SITE = frozenset("chmps")
MODULES = (
    *("models", "permissions", "settings", "queries", "services", "forms", "views", "routes", "api", "events"),
    *("notifications", "jobs", "commands", "hooks", "hookspecs", "importers", "exporters"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """The manifest of a part: `part = Part(...)` in its `__init__.py`.

    Args:
        name: its prefix everywhere: app label, tables, URL, templates, static files, settings, permissions.
        title: what members read on its tab (source language).
        summary: a sentence for the operator's list (source language).
        version: its own version.
        cercle: the versions of Cercle it works with, as a PEP 440 specifier.
        requires: plugins it cannot run without, each with the versions that will do where that matters: `"wiki>=1.2,<2"`. In
            a club it is off while one of them is off.
        after: names of plugins that it comes after where they are installed: in the order of hooks.
        icon: name of an icon of the sprite.
        scope: `club` when it is switched per club, `site` when it is always on.
        policy: what a club of any kind gets when nobody decided: one of the operator's four policies.
        order: where its tab stands; smaller is further left.
        shortcut: the letter that leads to its tab after `g` on a keyboard, "" for none; c, h, m, p and s are the site's.
    """

    name: str
    title: str
    summary: str
    version: str
    cercle: str = ">=0.1,<1"
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    icon: str = "puzzle"
    scope: Literal["club", "site"] = "club"
    policy: Literal["unavailable", "available", "on_by_default", "required"] = "available"
    order: int = 100
    shortcut: str = ""


@dataclass(slots=True)
class LoadedPart:
    """A part that was found, with its modules; `failure` says why it does not run.

    Args:
        part: its manifest; a stand-in with the found name when the manifest itself cannot be imported.
        package: importable name of its folder.
        bundled: whether it came with Cercle.
        failure: one sentence, or None when it runs.
        detail: the traceback behind the failure.
    """

    part: Part
    package: str
    bundled: bool
    failure: str | None = None
    detail: str = ""
    modules: dict[str, ModuleType] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.part.name

    @property
    def folder(self) -> Path:
        """Where its templates, static files, locale and migrations are."""
        return _folder(self.package)

    @property
    def is_foundation(self) -> bool:
        """Whether the site cannot be without it."""
        return self.package in ("core", *FOUNDATION)

    @property
    def tables(self) -> AppTables | None:
        """Its models and migrations for the database, or None when it has no models."""
        if "models" not in self.modules:
            return None
        has_migrations = (self.folder / "migrations" / "__init__.py").exists()
        return AppTables(self.name, f"{self.package}.models", f"{self.package}.migrations" if has_migrations else None)

    @property
    def needs(self) -> frozenset[str]:
        """Names of the parts that it cannot run without."""
        return frozenset(needs_of(self.part))

    def get(self, module: str, attribute: str, default: Any = ()) -> Any:
        """A value of one of its modules, or the default when the module or the value is absent."""
        return getattr(self.modules.get(module), attribute, default)

    def fail(self, error: BaseException) -> None:
        """Mark it failed because of this error."""
        message = error.message if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
        self.failure = message[:500]
        self.detail = "".join(traceback.format_exception(error))[-8000:]
        logger.error("Plugin %s failed: %s", self.name, self.failure)


class Parts:
    """The parts of this process, in the order in which they may rely on each other."""

    def __init__(self, loaded: Sequence[LoadedPart]) -> None:
        self._all = tuple(loaded)

    def __iter__(self) -> Iterator[LoadedPart]:
        """The parts that run."""
        return (loaded for loaded in self._all if loaded.failure is None)

    def all(self) -> tuple[LoadedPart, ...]:
        """Every part that was found, the failed ones included."""
        return self._all

    def get(self, name: str) -> LoadedPart | None:
        """The running part of this name, or None."""
        return next((loaded for loaded in self if loaded.name == name), None)

    @property
    def plugins(self) -> tuple[LoadedPart, ...]:
        """The running parts that are switched per club, in the order of their tabs."""
        switched = [loaded for loaded in self if loaded.part.scope == "club"]
        return tuple(sorted(switched, key=lambda loaded: (loaded.part.order, loaded.name)))

    @property
    def plugin_names(self) -> frozenset[str]:
        """Names of the running plugins."""
        return frozenset(loaded.name for loaded in self.plugins)

    @property
    def apps(self) -> list[AppTables]:
        """The tables of every running part."""
        return [tables for loaded in self if (tables := loaded.tables)]


ENGINE = Part("core", "Cercle", "The engine", core.__version__, scope="site", icon="circle", policy="required", order=0)
FOUNDATION = ("core.accounts", "spaces")


def load_parts(*, disabled: Iterable[str] = (), third_party: bool = True) -> Parts:
    """Find and import the engine, accounts, spaces, the bundled plugins and those of installed packages.

    Args:
        disabled: names of plugins that the operator switched off for the whole site.
        third_party: False for `cercle serve --safe`.

    A plugin that cannot be imported or does not fit is kept with its failure; the foundation must load.
    """
    engine = LoadedPart(ENGINE, "core", bundled=True)
    engine.modules["models"] = importlib.import_module("core.models")
    loaded = [engine, *(_load(name, bundled=True, essential=True) for name in FOUNDATION)]
    found = [(f"plugins.{info.name}", True) for info in _bundled_plugins()]
    if third_party:
        found += [(package, False) for package in _installed_plugins()]
    plugins = [_load(package, bundled=bundled) for package, bundled in found]
    plugins = [one for one in plugins if one.name not in set(disabled)]
    _refuse_second_of_a_name(loaded, plugins)
    return Parts([*loaded, *in_order_of_need(loaded, plugins)])


def _bundled_plugins() -> list[pkgutil.ModuleInfo]:
    folder = importlib.import_module("plugins")
    return sorted((i for i in pkgutil.iter_modules(folder.__path__) if i.ispkg), key=lambda info: info.name)


def _installed_plugins() -> list[str]:
    return sorted({point.module for point in entry_points(group=ENTRY_POINT_GROUP)})


def _load(package: str, *, bundled: bool, essential: bool = False) -> LoadedPart:
    name = re.sub(r"[^a-z0-9_]", "_", package.rpartition(".")[2].lower()).removeprefix("cercle_")
    loaded = LoadedPart(Part(name, name.title(), "", "0"), package, bundled)
    try:
        loaded.part = _manifest(package)
        _check_manifest(loaded.part, essential=essential)
        present = {path.stem for path in loaded.folder.iterdir() if path.suffix in (".py", "") and path.name[0] != "_"}
        for module in MODULES:
            if module in present:
                loaded.modules[module] = importlib.import_module(f"{package}.{module}")
        _check_tables(loaded)
    except Exception as error:
        if essential:
            raise
        loaded.fail(error)
    return loaded


@lru_cache(maxsize=256)
def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise PluginError(f"{package} is not a package", plugin=package)
    return Path(next(iter(spec.submodule_search_locations)))


def _manifest(package: str) -> Part:
    part = getattr(importlib.import_module(package), "part", None)
    if not isinstance(part, Part):
        raise PluginError(f"{package}/__init__.py does not define `part = Part(…)`", plugin=package)
    return part


def _check_manifest(part: Part, *, essential: bool) -> None:
    if not NAME.fullmatch(part.name):
        raise PluginError(f"The name {part.name!r} must be 2 to 30 of a-z, 0-9 and _", plugin=part.name)
    if part.name in RESERVED and not essential:
        raise PluginError(f"The name {part.name!r} is taken by Cercle itself", plugin=part.name)
    if part.shortcut and (not re.fullmatch("[a-z]", part.shortcut) or part.shortcut in LETTERS_OF_THE_SITE):
        raise PluginError(f"The shortcut {part.shortcut!r} must be one of a-z without c, h, m, p, s", plugin=part.name)
    try:
        fits = Version(core.__version__) in SpecifierSet(part.cercle, prereleases=True)
        Version(part.version)
    except (InvalidSpecifier, InvalidVersion) as error:
        raise PluginError(f"Wrong version in the manifest: {error}", plugin=part.name) from None
    needs_of(part)
    if not fits:
        raise PluginError(f"Needs Cercle {part.cercle}; this is {core.__version__}", plugin=part.name)


def _check_tables(loaded: LoadedPart) -> None:
    from tortoise.models import Model

    models = loaded.modules.get("models")
    for value in vars(models).values() if models else ():
        own = isinstance(value, type) and issubclass(value, Model) and value.__module__ == models.__name__  # type: ignore[union-attr]
        if not own or value._meta.abstract:
            continue
        table = value._meta.db_table
        if not table.startswith(f"{loaded.name}_"):
            raise PluginError(f"Table {table!r} must start with {loaded.name + '_'!r}", plugin=loaded.name)


def _refuse_second_of_a_name(loaded: Sequence[LoadedPart], plugins: Sequence[LoadedPart]) -> None:
    seen = {one.name: one for one in loaded}
    for one in plugins:
        if other := seen.get(one.name):
            one.fail(PluginError(f"The name {one.name!r} is already taken by {other.package}", plugin=one.name))
        seen.setdefault(one.name, one)
