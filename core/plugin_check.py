"""What `cercle plugin check` looks at: whether a plugin keeps to the rules, with file and line of what does not."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2 import TemplateSyntaxError
from tortoise.models import Model

from core import migrate
from core.app import FOUNDATION
from core.db import AppTables, fits
from core.http import SAFE_METHODS, Route
from core.parts import LoadedPart
from core.permissions import OPERATE, SIGNED_IN

if TYPE_CHECKING:
    from core.app import Cercle

ROOMS = frozenset({"core", "spaces", "plugins"})
KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
JINJA = {"extensions": "jinja2.ext.do", "trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}
ADDRESS = re.compile(r"""\burl\(\s*["']([a-z_0-9]+:[a-z_.0-9]+)["']""")
STATIC = re.compile(r"""\bstatic\(\s*["']([a-z_0-9]+)["']\s*,\s*["']([^"']+)["']""")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something that a plugin does wrong.

    Args:
        path, line: where.
        text: what, and what to do instead.
    """

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        path = self.path.relative_to(Path.cwd()) if self.path.is_relative_to(Path.cwd()) else self.path
        return f"{path}:{self.line}: {self.text}"


async def check_plugin(app: Cercle, loaded: LoadedPart) -> list[Fault]:
    """Everything that is wrong with a plugin that loads.

    Args:
        app: built, not running.
        loaded: the plugin.
    """
    looks: tuple[Callable[[Cercle, LoadedPart], Iterator[Fault]], ...] = (
        _imports, _permissions, _routes, _models, _events, _templates, _translations
    )  # fmt: skip
    if misfit := await fits("sqlite://:memory:", _tables(app, loaded)):
        return [Fault(loaded.folder / "models.py", 1, f"the models do not fit those of Cercle: {misfit}")]
    faults = {fault for look in looks for fault in look(app, loaded)}
    return sorted([*faults, *await _migrations(app, loaded)])


def _imports(app: Cercle, loaded: LoadedPart) -> Iterator[Fault]:
    """A plugin may import `cercle`, itself and libraries."""
    others = {one.package for one in app.parts.all() if one.name != loaded.name}
    for path in _python_files(loaded):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in _imported(node):
                inside = name == loaded.package or name.startswith(f"{loaded.package}.")
                if not inside and (name.partition(".")[0] in ROOMS or name in others):
                    yield Fault(path, node.lineno, f"imports {name}; a plugin imports only cercle")  # type: ignore[attr-defined]


def _permissions(app: Cercle, loaded: LoadedPart) -> Iterator[Fault]:
    """Who may read a plugin decides about its tab and its rows in search."""
    view = app.permissions.get(f"{loaded.name}.view")
    if loaded.part.scope == "club" and (view is None or view.writes):
        text = f'there is no permission("{loaded.name}.view", …, writes=False), which says who sees the plugin'
        yield Fault(loaded.folder / "permissions.py", 1, text)


def _routes(app: Cercle, loaded: LoadedPart) -> Iterator[Fault]:
    """Every route names a permission that exists; what changes something asks for more than reading."""
    for module, names in {
        "routes": ("routes", "site_routes", "club_routes"),
        "api": ("api", "site_api", "club_api"),
    }.items():
        seen: set[str] = set()
        for route in [route for name in names for route in loaded.get(module, name)]:
            for text in _route_faults(app, route, seen):
                yield _at(loaded.folder / f"{module}.py", f'"{route.name.removeprefix("api.")}"', text)
            seen.add(route.name)


def _route_faults(app: Cercle, route: Route, seen: set[str]) -> Iterator[str]:
    if "." not in route.name:
        yield f"the route's name {route.name!r} should be resource.action"
    if route.name in seen:
        yield f"two routes are called {route.name!r}"
    if route.permission is None or str(route.permission) in (OPERATE, SIGNED_IN):
        return
    known = app.permissions.get(str(route.permission))
    if known is None:
        yield f"asks for the permission {str(route.permission)!r}, which nobody declares"
        return
    unsafe = [method for method in route.method_list if method not in SAFE_METHODS]
    if unsafe and not known.writes and not route.reads:
        yield f"{unsafe[0]} {route.path} asks only for {known.name!r}, which is for reading; say reads=True if that is right"


def _models(app: Cercle, loaded: LoadedPart) -> Iterator[Fault]:
    """Rows know their club, and names in other parts' models carry the plugin's."""
    path = loaded.folder / "models.py"
    for model in _own_models(loaded):
        line = inspect.getsourcelines(model)[1]
        for name in model._meta.fk_fields | model._meta.o2o_fields:
            field: Any = model._meta.fields_map[name]
            if "club_id" in field.related_model._meta.fields_map and "club_id" not in model._meta.fields_map:
                text = f"{model.__name__} has no `club`, but {field.model_name} has; all rows of a club carry it"
                yield Fault(path, line, text)
            foreign = not field.model_name.startswith(f"{loaded.name}.")
            related = field.related_name
            if foreign and related is not False and not str(related or "").startswith(loaded.name):
                text = f'{model.__name__}.{name}: related_name must start with "{loaded.name}_"'
                yield _at(path, name, f"{text}, since others refer to {field.model_name} too", after=line)


def _events(app: Cercle, loaded: LoadedPart) -> Iterator[Fault]:
    for value in vars(loaded.modules["events"]).values() if "events" in loaded.modules else ():
        name = getattr(value, "event_name", "")
        if name and value.__module__ == f"{loaded.package}.events" and not name.startswith(f"{loaded.name}."):
            path, line = loaded.folder / "events.py", inspect.getsourcelines(value)[1]
            yield Fault(path, line, f"the event {name!r} must start with {loaded.name + '.'!r}")


def _templates(app: Cercle, loaded: LoadedPart) -> Iterator[Fault]:
    """Templates compile, and lead to routes and files that exist."""
    for path in _template_files(loaded):
        address = f"{loaded.name}/{path.relative_to(loaded.folder / 'templates').as_posix()}"
        try:
            app.pages.environment.get_template(address)
        except TemplateSyntaxError as error:
            yield Fault(Path(error.filename or path), error.lineno, error.message or "does not compile")
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for name in ADDRESS.findall(line):
                if not app.urls.has(name) and (name.partition(":")[0] == loaded.name or "has_url" not in line):
                    yield Fault(path, number, f"leads to {name!r}, a route that does not exist")
            for part, file in STATIC.findall(line):
                if part == loaded.name and not (loaded.folder / "static" / file).is_file():
                    yield Fault(path, number, f"asks for static/{file}, which does not exist")


def _translations(app: Cercle, loaded: LoadedPart) -> Iterator[Fault]:
    """Every text is there in French too."""
    known = _translated([one.folder for one in app.parts if one.name in FOUNDATION] + [loaded.folder])
    for path in (*_python_files(loaded), *_template_files(loaded)):
        method, options = ("python", {}) if path.suffix == ".py" else ("jinja2", JINJA)
        with path.open("rb") as file:
            for line, text, _, _ in extract(method, file, KEYWORDS, options=options):
                if text and (key := text[0] if isinstance(text, tuple) else text) not in known:
                    yield Fault(path, line, f"{key!r} is not translated in locale/fr/LC_MESSAGES/messages.po")


async def _migrations(app: Cercle, loaded: LoadedPart) -> list[Fault]:
    """The tables that the migrations make are those of the models."""
    tables = loaded.tables
    if tables is None or not _own_models(loaded):
        return []
    advice = f"Run: cercle makemigrations {loaded.name}"
    if tables.migrations is None:
        return [Fault(loaded.folder / "models.py", 1, f"there are models and no migrations. {advice}")]
    if loaded.name not in await migrate.changes("sqlite://:memory:", _tables(app, loaded)):
        return []
    return [Fault(loaded.folder / "models.py", 1, f"the models have changed since the last migration. {advice}")]


def _tables(app: Cercle, loaded: LoadedPart) -> list[AppTables]:
    """Those of the foundation, of what the plugin requires, and its own."""
    needed = {*FOUNDATION, *loaded.needs, loaded.name}
    return [tables for one in app.parts if one.name in needed and (tables := one.tables)]


def _own_models(loaded: LoadedPart) -> list[type[Model]]:
    module = loaded.modules.get("models")
    found = [value for value in vars(module).values() if isinstance(value, type)] if module else []
    return [
        one for one in found
        if issubclass(one, Model) and module and one.__module__ == module.__name__ and not one._meta.abstract
    ]  # fmt: skip


def _python_files(loaded: LoadedPart) -> list[Path]:
    return [path for path in sorted(loaded.folder.rglob("*.py")) if "migrations" not in path.parts]


def _template_files(loaded: LoadedPart) -> list[Path]:
    return [path for path in sorted((loaded.folder / "templates").rglob("*")) if path.is_file()]


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []


def _translated(folders: list[Path]) -> set[str]:
    known: set[str] = set()
    for path in [folder / "locale" / "fr" / "LC_MESSAGES" / "messages.po" for folder in folders]:
        if not path.is_file():
            continue
        with path.open("rb") as file:
            for message in read_po(file, locale="fr"):
                done = all(message.string) if isinstance(message.string, tuple) else bool(message.string)
                if message.id and done and not message.fuzzy:
                    known.add(message.id[0] if isinstance(message.id, tuple) else str(message.id))
    return known


def _at(path: Path, words: str, text: str, *, after: int = 1) -> Fault:
    """A fault at the first line that holds these words."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    found = (number for number, line in enumerate(lines, 1) if number >= after and words in line)
    return Fault(path, next(found, after), text)
