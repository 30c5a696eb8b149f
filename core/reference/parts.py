"""The generated pages about what a part may have: its files and lists, and its events."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from types import ModuleType
from typing import Any

from tortoise.models import Model

from core.blobs import Blobs
from core.events import Event, events_of
from core.http import Route
from core.importing import Exporter, Importer
from core.jobs import Job
from core.notification_kinds import NotificationKind
from core.parts import MODULES, LoadedPart, Part, Parts, load_parts
from core.permissions import Permission
from core.plugin_settings import PluginSettings
from core.reference.names import described, ticked
from core.slots import Slot


@dataclass(frozen=True, slots=True)
class Extension:
    """Something that a part may have in one of its files.

    Args:
        file: without its ending; `__init__` for the manifest.
        name: of the list or class that is looked for; "" for everything of a kind that the file defines.
        kind: what it is made of; None where the file is an author's own affair.
        text: what it is for.
    """

    file: str
    name: str
    kind: type | None
    text: str


_SITE_PART = 'Only for a part with `scope="site"`.'

EXTENSIONS: tuple[Extension, ...] = (
    Extension("__init__", "part", Part, "The manifest: `part = Part(…)`. The file imports nothing but `cercle`."),
    Extension("models", "", Model, "Tables. Their names begin with the part's, and rows of a club carry `club_id`."),
    Extension(
        "models", "blobs", Blobs, "On a model: which of its columns hold stored bytes, so that erasing gives them back."
    ),
    Extension(
        "permissions", "", Permission, "The verbs and who has them until a club decides; `<plugin>.view` must be one."
    ),
    Extension(
        "settings", "SiteSettings", PluginSettings, "What the operator chooses about the plugin, for the whole site."
    ),
    Extension("settings", "ClubSettings", PluginSettings, "What a club chooses, where the operator has not fixed it."),
    Extension("settings", "MemberSettings", PluginSettings, "What a person chooses for themself, in all their clubs."),
    Extension("queries", "", None, "Reads, which take the viewer. A folder of this name when it grows."),
    Extension(
        "services", "", None, "Writes: one verb, one function, one transaction. A folder of this name when it grows."
    ),
    Extension("forms", "", None, "Input models for forms and the API."),
    Extension("views", "", None, "One function for each screen or submit. A folder of this name when it grows."),
    Extension("routes", "routes", Route, "Pages, below `/c/{club}/<plugin>`; those of a site part at their own paths."),
    Extension("routes", "site_routes", Route, "Pages that belong to no club, at their own paths."),
    Extension("routes", "club_routes", Route, f"Pages below `/c/{{club}}`. {_SITE_PART}"),
    Extension(
        "routes", "slots", Slot, "Places on pages that are not its own: below an item, in its menu, on top of the page."
    ),
    Extension("api", "api", Route, "Made by `api_route`, below `/api/v1/clubs/{club}/<plugin>`."),
    Extension("api", "site_api", Route, "Made by `api_route`, below `/api/v1`."),
    Extension("api", "club_api", Route, f"Made by `api_route`, below `/api/v1/clubs/{{club}}`. {_SITE_PART}"),
    Extension("events", "", Event, "What the part announces; see [Events](events.md)."),
    Extension(
        "notifications", "kinds", NotificationKind, "Reasons to write to somebody who is not looking; see `notify`."
    ),
    Extension("jobs", "jobs", Job, "Work beside the requests: nudged, or at a period."),
    Extension("commands", "groups", dict, "Groups of commands (`typer.Typer`) by the word after `cercle`."),
    Extension("commands", "top", None, "A `typer.Typer` whose commands come right after `cercle`."),
    Extension("hooks", "", None, "Implementations of [hooks](hooks.md), each marked `@hookimpl`."),
    Extension("hookspecs", "", None, "Hooks that the part itself asks others, each marked `@hookspec(…)`."),
    Extension("importers", "importers", Importer, "Formats that `cercle import` can bring into a club."),
    Extension("exporters", "exporters", Exporter, "Formats that `cercle export` can write."),
    Extension(
        "audit",
        "actions",
        dict,
        "What the audit log says of your acts: sentences with `%(actor)s` and `%(subject)s`, by name.",
    ),
)


def extension_points_page(note: str) -> str:
    """Every file of a part and every list that Cercle takes from it, with its fields and who uses it.

    Args:
        note: that the page is generated.
    """
    loaded, shown = load_parts(third_party=False), set[type]()
    made = [f"# Extension points\n\n{note}\n{_EXTENSIONS_INTRODUCTION}"]
    for file in ("__init__", *MODULES):
        made.append(f"## `{file}.py`")
        made += [_extension(one, loaded, shown) for one in EXTENSIONS if one.file == file]
    return "\n\n".join(made) + "\n"


def users_of(extension: Extension, loaded: Iterable[LoadedPart]) -> list[str]:
    """The parts that have something of this kind."""
    return [one.name for one in loaded if _has(one, extension)]


def events_page(note: str) -> str:
    """Every event with its fields, by part.

    Args:
        note: that the page is generated.
    """
    own = {one.name for one in fields(Event)}
    made = [f"# Events\n\n{note}\n{_EVENTS_INTRODUCTION}"]
    for loaded in load_parts(third_party=False):
        if found := events_of(loaded):
            made.append(f"## `{loaded.name}`")
            made += [_event(kind, own) for kind in sorted(found, key=lambda kind: kind.event_name)]
    return "\n\n".join(made) + "\n"


def _extension(one: Extension, loaded: Parts, shown: set[type]) -> str:
    used = ", ".join(f"`{part}`" for part in users_of(one, loaded))
    title = [f"### `{one.name}`"] if one.name else []
    lines = [*title, one.text + (f" Used by {used}." if used else "")]
    if one.kind is not None and is_dataclass(one.kind) and one.kind is not Event:
        lines.append(f"See `{one.kind.__name__}` above." if one.kind in shown else _fields(one.kind))
        shown.add(one.kind)
    return "\n\n".join(lines)


def _fields(kind: Any) -> str:
    _, arguments = described(inspect.getdoc(kind) or "")
    lines = [f"| field of `{kind.__name__}` | meaning |", "|---|---|"]
    return "\n".join([*lines, *(f"| {ticked(name)} | {_cell(text)} |" for name, text in arguments)])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _has(loaded: LoadedPart, extension: Extension) -> bool:
    if extension.file == "__init__":
        return True
    module = loaded.modules.get(extension.file)
    if module is None or extension.kind is None:
        return module is not None and (not extension.name or hasattr(module, extension.name))
    if extension.kind is Blobs:
        return any(getattr(value, "blobs", ()) for value in vars(module).values() if inspect.isclass(value))
    if extension.name:
        return bool(getattr(module, extension.name, None))
    return any(_is_one(value, extension.kind, module) for value in vars(module).values())


def _is_one(value: object, kind: type, module: ModuleType) -> bool:
    if inspect.isclass(value):
        return issubclass(value, kind) and value.__module__ == module.__name__
    return isinstance(value, kind)


def _event(kind: type[Event], own: set[str]) -> str:
    text = " ".join((inspect.getdoc(kind) or "").split())
    more = [f"`{one.name}: {getattr(one.type, '__name__', one.type)}`" for one in fields(kind) if one.name not in own]
    return f"### `{kind.event_name}`\n\n{text}\n\nFields: {', '.join(more) or 'none of its own'}."


_EXTENSIONS_INTRODUCTION = """What a part may have: these files, and in them these lists. Cercle looks for nothing else, and an
absent file is an absent role. Every name that is declared begins with the part's, as in `wiki.edit`; Cercle refuses a plugin
that takes other names, with the reason in the console. Where a file holds no list, it is there so that every part reads alike.
Next to it stand the folders `templates/`, `static/`, `locale/<language>/LC_MESSAGES/messages.po` and `migrations/`."""

_EVENTS_INTRODUCTION = """What Cercle and its plugins tell. An event is stored with the change it tells of and delivered after the
commit, at least once, to the `event_announced` hook of the plugins that are on in its club. Beside its own fields each has
`club_id` and `actor_id` (None for the site and for the machine) and `id`, which is the same at each repeat. A name belongs to one
event; a plugin that takes another's does not run."""
