"""Tables carry the name of their plugin and the club they belong to, texts have a length, migrations are in step."""

from collections.abc import AsyncIterator

from tortoise import Tortoise, fields
from tortoise.models import Model

from core import migrate
from core.app import Cercle
from core.db import tortoise_config

FIELDS = "the operator defines the fields once for the site"
PERSON = "a person has one profile; each club sees what the audience of each field leaves"
WITHOUT_A_CLUB = {
    "directory_field_group": FIELDS,
    "directory_field": FIELDS,
    "directory_profile": PERSON,
    "directory_answer": PERSON,
    "directory_tag": PERSON,
}


async def test_every_table_carries_the_name_of_its_part(site: Cercle) -> None:
    wrong = [m._meta.db_table async for label, m in _models(site) if not m._meta.db_table.startswith(f"{label}_")]
    assert wrong == []


async def test_every_table_of_a_plugin_says_to_which_club_a_row_belongs(site: Cercle) -> None:
    names = site.parts.plugin_names
    without = {
        m._meta.db_table async for label, m in _models(site) if label in names and "club_id" not in m._meta.db_fields
    }
    assert without == set(WITHOUT_A_CLUB)


async def test_every_line_of_text_has_a_length(site: Cercle) -> None:
    unbounded = [
        (m._meta.db_table, name)
        async for _, m in _models(site)
        for name, field in m._meta.fields_map.items()
        if isinstance(field, fields.CharField) and not 1 <= field.max_length <= 2000
    ]
    assert unbounded == []


async def test_names_of_backward_relations_carry_the_name_of_the_plugin(site: Cercle) -> None:
    names = site.parts.plugin_names
    wrong = [
        (m._meta.db_table, name)
        async for label, m in _models(site)
        if label in names
        for name, field in m._meta.fields_map.items()
        if isinstance(field, fields.relational.ForeignKeyFieldInstance)
        and str(field.model_name).partition(".")[0] != label
        and not str(field.related_name or "").startswith(label)
    ]
    assert wrong == []


async def test_every_part_with_tables_has_its_first_migration(site: Cercle) -> None:
    assert [app.label for app in site.parts.apps if app.migrations is None] == []


async def test_migrations_are_in_step_with_the_models(site: Cercle) -> None:
    assert await migrate.changes("sqlite://:memory:", site.parts.apps) == []


async def _models(site: Cercle) -> AsyncIterator[tuple[str, type[Model]]]:
    await Tortoise.init(config=tortoise_config("sqlite://:memory:", site.parts.apps), init_connections=False)
    for label, models in (Tortoise.apps or {}).items():
        for model in models.values():
            yield label, model
