"""Parts: what they are, where they are found, whether they fit. A part that does not fit is marked failed with its reason."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import pkgutil
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import core
from core.db import AppTables
from core.errors import PluginError
from core.i18n import N_
from core.loading.manifests import NAME, RESERVED, check_manifest
from core.loading.mends import KeptOut, advice_about, reason_of
from core.loading.models import check_models, check_relations, refuse_tables_of_others
from core.loading.needs import in_order_of_need, needs_of
from core.search_fields import SearchField

logger = logging.getLogger("cercle.parts")

ENTRY_POINT_GROUP = "cercle.plugins"
MODULES = (
    *("models", "permissions", "settings", "queries", "services", "forms", "views", "routes", "api", "events"),
    *("notifications", "jobs", "commands", "hooks", "hookspecs", "importers", "exporters", "audit"),
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
        content: what it publishes to the catalogue: the kind -> what one is called (source language), such as `page` -> `Page`.
        search_fields: by which what it publishes can be found, such as `type:pdf`; the values go with `publish_content`.
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
    content: Mapping[str, str] = field(default_factory=dict)
    search_fields: tuple[SearchField, ...] = ()


@dataclass(slots=True)
class LoadedPart:
    """A part that was found, with its modules; `failure` says why it does not run.

    Args:
        part: its manifest; a stand-in with the found name when the manifest itself cannot be imported.
        package: importable name of its folder.
        bundled: whether it came with Cercle.
        failure: one sentence, or None when it runs.
        detail: the traceback behind the failure.
        advice: what an operator can do about it (source language).
    """

    part: Part
    package: str
    bundled: bool
    failure: str | None = None
    detail: str = ""
    advice: str = ""
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
        self.failure = reason_of(error, self.package)[:500]
        self.advice = advice_about(error)
        if isinstance(error, KeptOut):
            self.detail = ""
            return
        self.detail = "".join(traceback.format_exception(error))[-8000:]
        logger.error("Plugin %s failed: %s", self.name, self.failure)


class Parts:
    """The parts of this process, in the order in which they may rely on each other."""

    def __init__(self, loaded: Sequence[LoadedPart]) -> None:
        self._all = tuple(loaded)
        self._sorted: tuple[list[str | None], tuple[LoadedPart, ...], frozenset[str]] = ([], (), frozenset())

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
        return self._in_order()[0]

    @property
    def plugin_names(self) -> frozenset[str]:
        """Names of the running plugins."""
        return self._in_order()[1]

    def _in_order(self) -> tuple[tuple[LoadedPart, ...], frozenset[str]]:
        """Sorted once for each set of parts that run; a page asks for it dozens of times."""
        running = [loaded.failure for loaded in self._all]
        if running != self._sorted[0]:
            switched = [loaded for loaded in self if loaded.part.scope == "club"]
            plugins = tuple(sorted(switched, key=lambda loaded: (loaded.part.order, loaded.name)))
            self._sorted = (running, plugins, frozenset(loaded.name for loaded in plugins))
        return self._sorted[1:]

    @property
    def failed_plugins(self) -> tuple[str, ...]:
        """Names of the plugins that do not run although they are installed; in clubs their addresses say so."""
        failed = {loaded.name for loaded in self._all if loaded.failure and loaded.part.scope == "club"}
        if not failed:
            return ()
        fitting = {name for name in failed if NAME.fullmatch(name) and name not in RESERVED}
        return tuple(sorted(fitting - {loaded.name for loaded in self}))

    @property
    def apps(self) -> list[AppTables]:
        """The tables of every running part."""
        return [tables for loaded in self if (tables := loaded.tables)]


ENGINE = Part(
    "core", "Cercle", N_("The engine"), core.__version__, scope="site", icon="circle", policy="required", order=0
)
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
    unwanted = set(disabled)
    bundled = [f"plugins.{info.name}" for info in _bundled_plugins()]
    plugins = [_load(package, bundled=True) for package in bundled if _name_of(package) not in unwanted]
    packages = [package for package in _installed_plugins() if _name_of(package) not in unwanted]
    plugins += [_load(package, bundled=False) if third_party else _kept_out(package) for package in packages]
    plugins = [one for one in plugins if one.name not in unwanted]
    _refuse_second_of_a_name(loaded, plugins)
    refuse_tables_of_others(plugins)
    return Parts([*loaded, *in_order_of_need(loaded, plugins)])


def _bundled_plugins() -> list[pkgutil.ModuleInfo]:
    folder = importlib.import_module("plugins")
    return sorted((i for i in pkgutil.iter_modules(folder.__path__) if i.ispkg), key=lambda info: info.name)


def _installed_plugins() -> list[str]:
    return sorted({point.module for point in entry_points(group=ENTRY_POINT_GROUP)})


def _name_of(package: str) -> str:
    """The name that a plugin most likely has, as long as its manifest is not read."""
    return re.sub(r"[^a-z0-9_]", "_", package.rpartition(".")[2].lower()).removeprefix("cercle_")


def _unread(package: str, bundled: bool) -> LoadedPart:
    name = _name_of(package)
    return LoadedPart(Part(name, name.replace("_", " ").title(), "", "0"), package, bundled)


def _kept_out(package: str) -> LoadedPart:
    """A plugin that is not even imported."""
    loaded = _unread(package, bundled=False)
    loaded.fail(KeptOut())
    return loaded


def _load(package: str, *, bundled: bool, essential: bool = False) -> LoadedPart:
    loaded = _unread(package, bundled)
    try:
        loaded.part = _manifest(package)
        check_manifest(loaded.part, essential=essential)
        present = {path.stem for path in loaded.folder.iterdir() if path.suffix in (".py", "") and path.name[0] != "_"}
        for module in MODULES:
            if module in present:
                loaded.modules[module] = importlib.import_module(f"{package}.{module}")
        check_models(loaded)
        if not essential:
            check_relations(loaded)
    except BaseException as error:
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


def _refuse_second_of_a_name(loaded: Sequence[LoadedPart], plugins: Sequence[LoadedPart]) -> None:
    seen = {one.name: one for one in loaded}
    for one in plugins:
        if other := seen.get(one.name):
            one.fail(PluginError(f"The name {one.name!r} is already taken by {other.package}", plugin=one.name))
        seen.setdefault(one.name, one)
