"""Where the rows of a plugin hold stored bytes: said on its models, so that erasing can let them go without its code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tortoise.models import Model

from core.errors import PluginError
from core.storage import release


@dataclass(frozen=True, slots=True)
class Blobs:
    """Says that each row of a model holds stored bytes, one reference for the hash in a column.

    Put it on the model: `blobs = (Blobs("hash", size="size"),)`. Whoever writes a row calls `hold`, whoever deletes one
    `release`; erasing a plugin does the same for all rows at once, and gives the space back to the club.

    Args:
        column: name of the column with the SHA-256, "" or NULL where a row holds nothing.
        size: name of the column with the bytes that `take_space` counted for it; "" where they were not counted.
    """

    column: str
    size: str = ""


def blobs_of(model: type[Model]) -> tuple[Blobs, ...]:
    """What a model declares; nothing for most."""
    declared = getattr(model, "blobs", ())
    return tuple(one for one in declared if isinstance(one, Blobs)) if isinstance(declared, Sequence) else ()


def check_blobs(model: type[Model], plugin: str) -> None:
    """Refuse a declaration that names columns which the model does not have, or sizes that count for no club.

    Raises:
        PluginError: naming table and column.
    """
    columns = {*model._meta.fields_db_projection.values(), *_keys(model)}
    for one in blobs_of(model):
        for column in filter(None, (one.column, one.size, one.size and "club_id")):
            if column not in columns:
                raise PluginError(
                    f"{model.__name__}.blobs names the column {column!r}, which {model._meta.db_table!r} does not have",
                    plugin=plugin,
                )


def _keys(model: type[Model]) -> set[str]:
    """The columns of its foreign keys, which Tortoise knows only once the database is open."""
    meta = model._meta
    keys = [(name, meta.fields_map[name]) for name in meta.fk_fields | meta.o2o_fields]
    return {field.source_field or f"{name}_id" for name, field in keys}


def held_by(row: dict[str, object], blobs: Iterable[Blobs]) -> tuple[list[str], int]:
    """The hashes that a row holds, and the bytes that it counts into its club's space."""
    held = [one for one in blobs if row[one.column]]
    return [str(row[one.column]) for one in held], sum(int(str(row[one.size] or 0)) for one in held if one.size)


async def let_go(hashes: Iterable[str]) -> None:
    """Release each of these, in an order that no two transactions meet head-on in; inside `atomic()`."""
    for hash in sorted(hashes):
        await release(hash)
