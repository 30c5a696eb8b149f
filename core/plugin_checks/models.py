"""Tables: rows know their club, names carry the plugin's, people can leave, migrations are in step."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tortoise import fields
from tortoise.models import Model

from core import migrate
from core.db import AppTables
from core.loading.assembly import FOUNDATION
from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault, at

LONGEST = 2000  # characters of a CharField
PERSON = "accounts.User"


def check_models(checked: Checked) -> Iterator[Fault]:
    """Every model of the plugin, field by field."""
    path = checked.folder / "models.py"
    for model in own_models(checked):
        line = inspect.getsourcelines(model)[1]
        yield from _lengths(path, line, model)
        for name in sorted(model._meta.fk_fields | model._meta.o2o_fields):
            field: Any = model._meta.fields_map[name]
            yield from _relation(checked, path, line, model, name, field)
    yield from _people(checked, path)


def check_events(checked: Checked) -> Iterator[Fault]:
    """Names of events carry that of the plugin."""
    module = checked.loaded.modules.get("events")
    for value in vars(module).values() if module else ():
        name = getattr(value, "event_name", "")
        if name and value.__module__ == f"{checked.loaded.package}.events" and not name.startswith(f"{checked.name}."):
            line = inspect.getsourcelines(value)[1]
            yield Fault(
                checked.folder / "events.py", line, f"the event {name!r} must start with {checked.name + '.'!r}"
            )


async def check_migrations(checked: Checked) -> list[Fault]:
    """The tables that the migrations make are those of the models."""
    tables = checked.loaded.tables
    if tables is None or not own_models(checked):
        return []
    path, advice = checked.folder / "models.py", f"Run: cercle makemigrations {checked.name}"
    if tables.migrations is None:
        return [Fault(path, 1, f"there are models and no migrations. {advice}")]
    try:
        behind = checked.name in await migrate.changes("sqlite://:memory:", tables_of(checked))
    except Exception as error:  # noqa: BLE001 - a migration may hold anything
        return [
            Fault(checked.folder / "migrations", 1, f"the migrations cannot be read: {type(error).__name__}: {error}")
        ]
    return [Fault(path, 1, f"the models have changed since the last migration. {advice}")] if behind else []


def own_models(checked: Checked) -> list[type[Model]]:
    """The tables that `models.py` declares itself."""
    module = checked.loaded.modules.get("models")
    found = [value for value in vars(module).values() if isinstance(value, type)] if module else []
    return [
        one
        for one in found
        if issubclass(one, Model) and module and one.__module__ == module.__name__ and not one._meta.abstract
    ]


def tables_of(checked: Checked) -> list[AppTables]:
    """Those of the foundation, of what the plugin requires, and its own."""
    needed = {*FOUNDATION, *checked.loaded.needs, checked.name}
    return [tables for one in checked.app.parts if one.name in needed and (tables := one.tables)]


def _lengths(path: Path, line: int, model: type[Model]) -> Iterator[Fault]:
    for name, field in model._meta.fields_map.items():
        if isinstance(field, fields.CharField) and not 1 <= field.max_length <= LONGEST:
            text = f"{model.__name__}.{name}: a CharField has 1 to {LONGEST} characters; longer texts are a TextField"
            yield at(path, f"{name} ", text, after=line)


def _relation(checked: Checked, path: Path, line: int, model: type[Model], name: str, field: Any) -> Iterator[Fault]:
    if "club_id" in field.related_model._meta.fields_map and "club_id" not in model._meta.fields_map:
        text = f"{model.__name__} has no `club`, but {field.model_name} has; all rows of a club carry it"
        yield Fault(path, line, text)
    foreign = not field.model_name.startswith(f"{checked.name}.")
    related = field.related_name
    if foreign and related is not False and not str(related or "").startswith(checked.name):
        text = f'{model.__name__}.{name}: related_name must start with "{checked.name}_"'
        yield at(path, f"{name}:", f"{text}, since others refer to {field.model_name} too", after=line)
    if field.model_name == PERSON and field.on_delete in (fields.RESTRICT, fields.NO_ACTION):
        text = f"{model.__name__}.{name}: on_delete={field.on_delete.value} keeps a person from ever being erased"
        yield at(path, f"{name}:", f"{text}; use null=True, on_delete=fields.SET_NULL", after=line)


def _people(checked: Checked, path: Path) -> Iterator[Fault]:
    """Who keeps something of people gives it to them, and says what goes with them."""
    holding = [
        (model, name)
        for model in own_models(checked)
        for name in sorted(model._meta.fk_fields | model._meta.o2o_fields)
        if getattr(model._meta.fields_map[name], "model_name", "") == PERSON
    ]
    hooks = checked.loaded.modules.get("hooks")
    if holding and not hasattr(hooks, "person_exported"):
        model, name = holding[0]
        text = f"{model.__name__}.{name} says whose it is, but hooks.py has no person_exported, so nobody can take theirs along"
        yield at(path, f"{name}:", text, after=inspect.getsourcelines(model)[1], level="warning")
    for model, name in holding:
        lost = getattr(model._meta.fields_map[name], "on_delete", None) == fields.CASCADE
        if lost and not hasattr(hooks, "person_erased"):
            text = f"{model.__name__}.{name}: its rows go with the person; keep them with null=True, on_delete=fields.SET_NULL"
            also = "or say in person_erased of hooks.py what is theirs alone"
            yield at(path, f"{name}:", f"{text}, {also}", after=inspect.getsourcelines(model)[1], level="warning")
