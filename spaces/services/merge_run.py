"""Moving everything of a club that goes into another one: in steps, each in batches of some hundred rows.

Each batch is a transaction that holds the merge's row, so several processes go on one after the other, and a run that is killed
is simply followed by the next. After a fault it begins again with the first step: what is done already has nothing to move.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from tortoise.models import Model

from core import current
from core.blobs import blobs_of, held_by
from core.db import atomic, dialect, execute, rows
from core.errors import CercleError, PluginError
from spaces.hookspecs import MergeStep
from spaces.models import ClubMerge, ClubPlugin, Content
from spaces.queries.erasing import OWN, club_models
from spaces.queries.merges import club_plugins
from spaces.services.inheritance import hold_pair
from spaces.services.merge_ending import end_merge
from spaces.services.merge_people import move_bans, move_groups, move_people, move_rules, move_tokens, tell_asking
from spaces.space import give_space

logger = logging.getLogger("cercle.merging")

BATCH = 300
MOST_ROUNDS = 5  # how often it begins again because something came in meanwhile
END = "end"
Work = Callable[[ClubMerge], Awaitable[bool]]
"""Does the next part of a step, in the running transaction; whether there may be more."""


async def merge_clubs() -> None:
    """Go on with every club that goes into another one, until it is done. One that fails keeps no other back."""
    if current.app().settings.safe:
        return
    for merge in await ClubMerge.filter(done_at=None).order_by("id").only("id"):
        try:
            await _run(merge.id)
        except Exception as error:
            logger.exception("Merging clubs, number %s, failed", merge.id)
            await _note_failure(merge.id, error)


async def _run(id: int) -> None:
    rounds = 0
    while (step := await next_batch(id)) is not None:
        rounds += step == ""
        if rounds > MOST_ROUNDS:
            raise CercleError("Something still writes in the club that goes into another one")


async def next_batch(id: int) -> str | None:
    """Do the next batch of a merge; answers the last step that is done, "" where it begins again, None when all are."""
    async with atomic():
        await execute(f"UPDATE spaces_club_merge SET step = step WHERE id = {dialect().param(1)}", [id])
        merge = await ClubMerge.get_or_none(id=id, done_at=None)
        if merge is None:
            return None
        await hold_pair(*sorted((merge.source_id, merge.target_id)))
        await merge.fetch_related("source", "target")
        steps = _steps()
        names = list(steps)
        name = names[names.index(merge.step) + 1] if merge.step in names else names[0]
        more = await steps[name](merge)
        if name == END:
            return "" if more else END
        if not more:
            await ClubMerge.filter(id=id).update(step=name)
        return merge.step or name


def _steps() -> dict[str, Work]:
    """What is done, in this order, by the name that is kept when it is done."""
    made: dict[str, Work] = {}
    for loaded in club_plugins():
        made[f"room:{loaded.name}"] = partial(_make_room, loaded.name)
        made[f"rows:{loaded.name}"] = partial(_move_rows, loaded.name)
        made[f"list:{loaded.name}"] = partial(_move_contents, loaded.name)
        made[f"over:{loaded.name}"] = partial(_tell_over, loaded.name)
    return made | {
        "cases": _move_cases,
        "bans": move_bans,
        "people": move_people,
        "groups": move_groups,
        "asking": tell_asking,
        "rules": move_rules,
        "tokens": move_tokens,
        END: end_merge,
    }


async def _make_room(plugin: str, merge: ClubMerge) -> bool:
    answer = await _ask(plugin, merge, is_over=False)
    if answer is None:
        return False
    base = f"/c/{merge.source.slug}/"
    for old, new in answer.addresses.items():
        await Content.filter(club_id=merge.source_id, plugin=plugin, url=base + old).update(url=base + new)
    if answer.addresses:
        said = json.loads(merge.counts or "{}")
        known = {old: answer.addresses.get(new, new) for old, new in said.get("addresses", {}).items()}
        said["addresses"] = known | dict(answer.addresses)
        await ClubMerge.filter(id=merge.id).update(counts=json.dumps(said))
    return bool(answer.more)


async def _tell_over(plugin: str, merge: ClubMerge) -> bool:
    await _ask(plugin, merge, is_over=True)
    return False


async def _ask(plugin: str, merge: ClubMerge, *, is_over: bool) -> MergeStep | None:
    failed: list[str] = []
    found = await current.app().hooks.collect(
        "club_merged",
        only=plugin,
        failed=failed,
        club_id=merge.source_id,
        source=merge.source,
        target=merge.target,
        is_over=is_over,
    )
    if failed:
        raise PluginError(f"{plugin} could not make room for the rows of the other club", plugin=plugin)
    return found[0].value if found else None


async def _move_rows(plugin: str, merge: ClubMerge) -> bool:
    """Some rows of the plugin, with the bytes that they count."""
    for model in club_models(plugin):
        if OWN in model._meta.fields_db_projection.values() and await _move_some(model, merge):
            return True
    return False


async def _move_some(model: type[Model], merge: ClubMerge) -> int:
    table, key, blobs, word = model._meta.db_table, model._meta.db_pk_column, blobs_of(model), dialect().param
    columns = sorted({key, *(one.column for one in blobs), *(one.size for one in blobs if one.size)})
    answered = ", ".join(f'"{column}"' for column in columns)
    moved: list[dict[str, Any]] = await rows(
        f'UPDATE "{table}" SET "{OWN}" = {word(1)} WHERE "{key}" IN (SELECT "{key}" FROM "{table}" '
        f'WHERE "{OWN}" = {word(2)} ORDER BY "{key}" LIMIT {BATCH}) RETURNING {answered}',
        [merge.target_id, merge.source_id],
    )
    if size := sum(held_by(row, blobs)[1] for row in moved):
        await give_space(merge.source_id, size)
        await execute(
            f"UPDATE spaces_club SET storage_used = storage_used + CAST({word(1)} AS BIGINT) WHERE id = {word(2)}",
            [size, merge.target_id],
        )
    return len(moved)


async def _move_contents(plugin: str, merge: ClubMerge) -> bool:
    """Its entries in the lists of the site, with the new address."""
    if not await Content.filter(club_id=merge.source_id, plugin=plugin).exists():
        return False
    switch, _ = await ClubPlugin.get_or_create(club_id=merge.target_id, plugin=plugin)
    old, new, word = f"/c/{merge.source.slug}/", f"/c/{merge.target.slug}/", dialect().param
    moved = await execute(
        f"UPDATE spaces_content SET club_id = {word(1)}, switch_id = {word(2)}, "
        f"url = CASE WHEN substr(url, 1, {len(old)}) = {word(3)} THEN CAST({word(4)} AS TEXT) || substr(url, {len(old) + 1}) "
        f"ELSE url END WHERE id IN (SELECT id FROM spaces_content WHERE club_id = {word(5)} AND plugin = {word(6)} "
        f"ORDER BY id LIMIT {BATCH})",
        [merge.target_id, switch.id, old, new, merge.source_id, plugin],
    )
    return moved == BATCH


async def _move_cases(merge: ClubMerge) -> bool:
    """What was reported; of two open cases about one person both stay."""
    old, new, word = f"/c/{merge.source.slug}/", f"/c/{merge.target.slug}/", dialect().param
    moved = await execute(
        f"UPDATE spaces_case SET club_id = {word(1)}, key = CASE WHEN EXISTS (SELECT 1 FROM spaces_case t "
        f"WHERE t.club_id = {word(2)} AND t.key = spaces_case.key) THEN key || ' {merge.source_id}' ELSE key END, "
        f"url = CASE WHEN substr(url, 1, {len(old)}) = {word(3)} THEN CAST({word(4)} AS TEXT) || substr(url, {len(old) + 1}) "
        f"ELSE url END WHERE id IN (SELECT id FROM spaces_case WHERE club_id = {word(5)} ORDER BY id LIMIT {BATCH})",
        [merge.target_id, merge.target_id, old, new, merge.source_id],
    )
    return moved == BATCH


async def _note_failure(id: int, error: Exception) -> None:
    """Note for the console why the last try failed, and begin again with the first step the next time."""
    async with atomic():
        merge = await ClubMerge.get_or_none(id=id, done_at=None)
        if merge is not None:
            said = {**json.loads(merge.counts or "{}"), "failed": f"{type(error).__name__}: {error}"[:300]}
            await ClubMerge.filter(id=id).update(counts=json.dumps(said), step="")
