"""Whether the tables of a part carry its name, so that no two parts meet in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.errors import PluginError

if TYPE_CHECKING:
    from core.parts import LoadedPart


def check_models(loaded: LoadedPart) -> None:
    """Look at each model of a part.

    Raises:
        PluginError: for a table, or a name on the other side of a relation, that is not the part's own.
    """
    from core.blobs import check_blobs

    for model in models_of(loaded):
        for table in _tables(model):
            if not table.startswith(f"{loaded.name}_"):
                raise PluginError(f"Table {table!r} must start with {loaded.name + '_'!r}", plugin=loaded.name)
        check_blobs(model, loaded.name)


def check_relations(loaded: LoadedPart) -> None:
    """Look at the names that a plugin's models give to the other side of their relations.

    Raises:
        PluginError: for one without the plugin's prefix on a model that is not its own.
    """
    for model in models_of(loaded):
        meta = model._meta
        for name in sorted({*meta.fk_fields, *meta.o2o_fields, *meta.m2m_fields}):
            relation: Any = meta.fields_map[name]
            target, back = str(relation.model_name), relation.related_name
            own = target.startswith(f"{loaded.name}.") or back is False
            if not own and not str(back or "").startswith(f"{loaded.name}_"):
                wrong = f"the related_name {back!r}" if back else "no related_name"
                sentence = (
                    f"models.py: {model.__name__}.{name} has {wrong}, which may meet another plugin's on {target}. "
                    f'Write related_name="{loaded.name}_{model.__name__.lower()}s"'
                )
                raise PluginError(sentence, plugin=loaded.name)


def refuse_tables_of_others(plugins: Sequence[LoadedPart]) -> None:
    """Mark a plugin failed whose table is another's already."""
    owners: dict[str, str] = {}
    for loaded in [one for one in plugins if not one.failure]:
        for table in [table for model in models_of(loaded) for table in _tables(model)]:
            if owners.setdefault(table, loaded.name) != loaded.name:
                sentence = f"models.py: the table {table!r} belongs to {owners[table]}; give it another name"
                loaded.fail(PluginError(sentence, plugin=loaded.name))


def models_of(loaded: LoadedPart) -> list[Any]:
    """The models that a part defines itself."""
    from tortoise.models import Model

    module = loaded.modules.get("models")
    found = vars(module).values() if module else ()
    models = [one for one in found if isinstance(one, type) and issubclass(one, Model)]
    home = f"{getattr(module, '__name__', '')}."  # of a module, or of a package with several
    return [one for one in models if f"{one.__module__}.".startswith(home) and not one._meta.abstract]


def _tables(model: Any) -> list[str]:
    through = [str(model._meta.fields_map[name].through) for name in sorted(model._meta.m2m_fields)]
    return [str(model._meta.db_table), *(table for table in through if table)]
