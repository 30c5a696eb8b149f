"""Removing what a plugin keeps in one club: a few hundred rows in each transaction, with the bytes that they hold.

It can be killed at any moment and done again: what is gone is gone with its bytes and its space, the rest is as it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tortoise.models import Model

from core import current
from core.backup_tables import self_references
from core.blobs import blobs_of, held_by, let_go
from core.db import after_commit, atomic, dialect, execute, rows
from core.models import Delivery, Fault, OutboxEvent, Setting
from spaces.models import Content, GrantOverride
from spaces.queries.erasing import club_models, in_club, told_of
from spaces.space import give_space, lock_club

BATCH = 300
Note = Callable[[str, int, int, int], Awaitable[None]]
"""Told in each transaction of a table and how many rows, bytes and files of it go; raising ends the work."""


async def remove_kept(club_id: int, plugin: str, note: Note) -> None:
    """Remove every row of a running plugin that belongs to a club, release what it held and give the space back.

    Args:
        club_id: the club; nobody may write with the plugin there meanwhile.
        plugin: its name.
        note: keeps the account of it.
    """
    for model in club_models(plugin):
        await remove_rows(model, club_id, note)
    while await _forget_batch(club_id, plugin):
        pass
    await _forget_traces(club_id, plugin)


async def remove_rows(model: type[Model], club_id: int, note: Note) -> None:
    """The same for the rows of one model, which belong to clubs."""
    for column in sorted(self_references(model)):
        while await _cut(model, column, club_id):
            pass
    while await _remove_batch(model, club_id, note):
        pass


async def _cut(model: type[Model], column: str, club_id: int) -> int:
    """Take references within a table away, which would let rows go with others, or keep others back."""
    table, key = model._meta.db_table, model._meta.db_pk_column
    return await execute(
        f'UPDATE "{table}" SET "{column}" = NULL WHERE "{key}" IN (SELECT "{key}" FROM "{table}" '
        f'WHERE {in_club(model)} AND "{column}" IS NOT NULL LIMIT {BATCH})',
        [club_id],
    )


async def _remove_batch(model: type[Model], club_id: int, note: Note) -> int:
    """Remove some rows; answers how many."""
    table, key, blobs = model._meta.db_table, model._meta.db_pk_column, blobs_of(model)
    columns = sorted({key, *(one.column for one in blobs), *(one.size for one in blobs if one.size)})
    answered = ", ".join(f'"{column}"' for column in columns)
    async with atomic():
        await lock_club(club_id)
        gone: list[dict[str, Any]] = await rows(
            f'DELETE FROM "{table}" WHERE "{key}" IN (SELECT "{key}" FROM "{table}" WHERE {in_club(model)} '
            f'ORDER BY "{key}" LIMIT {BATCH}) RETURNING {answered}',
            [club_id],
        )
        if not gone:
            return 0
        held = [held_by(row, blobs) for row in gone]
        hashes, size = [hash for hashes, _ in held for hash in hashes], sum(size for _, size in held)
        await note(table, len(gone), size, len(hashes))
        await let_go(hashes)
        if size:
            await give_space(club_id, size)
    return len(gone)


async def _forget_batch(club_id: int, plugin: str) -> int:
    """Take some of its entries out of the lists of the site."""
    table, word = Content._meta.db_table, dialect().param
    return await execute(
        f"DELETE FROM {table} WHERE id IN "
        f"(SELECT id FROM {table} WHERE club_id = {word(1)} AND plugin = {word(2)} LIMIT {BATCH})",
        [club_id, plugin],
    )


async def _forget_traces(club_id: int, plugin: str) -> None:
    """What else names it in this club: rights, settings, messages on their way, faults with pieces of texts in them."""
    async with atomic():
        await GrantOverride.filter(club_id=club_id, permission__startswith=f"{plugin}.").delete()
        await Setting.filter(scope="club", owner_id=club_id, part=plugin).delete()
        after_commit(lambda: current.app().plugin_settings.tell("club", club_id))
        word = dialect().param
        await execute(
            f"DELETE FROM {Delivery._meta.db_table} WHERE plugin = {word(1)} AND event_id IN "
            f"(SELECT id FROM {OutboxEvent._meta.db_table} WHERE club_id = {word(2)})",
            [plugin, club_id],
        )
        await told_of(plugin).filter(club_id=club_id).delete()
        await Fault.filter(club_id=club_id, plugin=plugin).delete()
