"""What a plugin does with what it keeps of people: they take it along, and are erased."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from tortoise import Tortoise
from tortoise.models import Model

from cercle._testing.village import Village
from core.accounts.models import User
from core.accounts.services.leaving import erase_person
from core.accounts.services.taking import export_person
from core.db import rows

PERSON = "accounts.User"


async def taken_along(village: Village, person: User, plugin: str, folder: Path) -> dict[str, bytes]:
    """What somebody takes along of a plugin, by path; an archive that is not whole is an error.

    Args:
        village: the village.
        person: who asks.
        plugin: whose files.
        folder: for the archive.
    """
    target = folder / f"{plugin}-{person.handle}-{len(list(folder.glob('*.zip')))}.zip"
    taken = await export_person(village.app, person, target)
    assert taken.is_whole, f"not in the archive: {[*taken.lacking, *taken.damaged]}; see the log for why"
    with zipfile.ZipFile(target) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name.startswith(f"{plugin}/")}
    for name, content in files.items():
        if name.endswith(".json"):
            json.loads(content)
    return files


async def traces_after_erasing(village: Village, person: User, plugin: str) -> list[str]:
    """Erase somebody, and name what a plugin's tables still know of them, a sentence each.

    Args:
        village: the village.
        person: who goes.
        plugin: whose tables are looked at.
    """
    words = (person.name, person.email)
    await village.app.hooks.notify("person_erased", only=plugin, user=person)  # at least once means twice as well
    await erase_person(village.app, person, actor=None)
    await village.settle()
    found = []
    for model in models_of(plugin):
        table, people = model._meta.db_table, people_columns(model)
        for row in await rows(f'SELECT * FROM "{table}"'):
            found += [f"{table}.{name} still names user {person.id}" for name in people if row[name] == person.id]
            found += [
                f"{table}.{name} still holds {word!r}" for name in row for word in words if word in str(row[name])
            ]
    return found


def models_of(plugin: str) -> list[type[Model]]:
    """The tables of a running plugin."""
    return [model for label, models in (Tortoise.apps or {}).items() if label == plugin for model in models.values()]


def people_columns(model: type[Model]) -> list[str]:
    """The columns of a table that name a person."""
    fields: dict[str, Any] = model._meta.fields_map
    named = [
        one for one in fields.values() if getattr(one, "model_name", "") == PERSON and getattr(one, "source_field", "")
    ]
    return [str(one.source_field) for one in named]


async def is_named(plugin: str, person: User) -> bool:
    """Whether a row of a plugin names a person as whose it is."""
    for model in models_of(plugin):
        for column in people_columns(model):
            if await rows(f'SELECT 1 FROM "{model._meta.db_table}" WHERE "{column}" = {int(person.id)} LIMIT 1'):
                return True
    return False
