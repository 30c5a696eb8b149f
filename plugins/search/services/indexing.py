"""Keeping the index in step with the catalogue.

The catalogue tells of each change, and that is only a nudge: what is indexed is the row as it stands. Whatever nobody told of
is found by looking: what is newer than the newest entry before each search, and a piece of the whole catalogue each minute.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from cercle import atomic, dialect, execute, rows
from plugins.search.index import index_here
from plugins.search.index.entries import Source, entry_of

BATCH = 50
_LOOKED_AT = 2000  # rows of the catalogue that each look compares
_PATIENCE = 40.0  # seconds that one run of the job works at most
_LOCK = 7_2007  # the number of PostgreSQL's advisory lock: one process writes the index at a time
_IS_OPEN = "(k.visibility = 'public' AND (s.readers LIKE '% anonymous %' OR s.readers LIKE '% visitor %'))"
_SOURCE = (
    "SELECT c.id, c.club_id, c.plugin, c.kind, c.title, c.summary, c.words, c.audience, c.updated_at, u.name AS author, "
    f"CASE WHEN {_IS_OPEN} THEN 1 ELSE 0 END AS is_open FROM spaces_content c JOIN spaces_club k ON k.id = c.club_id "
    "LEFT JOIN spaces_club_plugin s ON s.id = c.switch_id LEFT JOIN accounts_user u ON u.id = c.author_id "
)
_SWITCHES = (
    "FROM spaces_club_plugin s JOIN spaces_club k ON k.id = s.club_id LEFT JOIN search_open o ON o.id = s.id WHERE "
)
_ALL_OPEN = f"INSERT INTO search_open (id) SELECT s.id {_SWITCHES} o.id IS NULL AND {_IS_OPEN}"

Progressed = Callable[[int], None]


async def index_rows(ids: Collection[int], *, before_round: int | None = None) -> int:
    """Bring the entries of these rows in step with the catalogue; answers how many were written.

    Args:
        ids: of rows of the catalogue; entries of rows that are gone went with them.
        before_round: leave out what this rebuild has done already.
    """
    wanted, written = sorted(ids), 0
    for start in range(0, len(wanted), BATCH):
        written += await _index_batch(wanted[start : start + BATCH], before_round)
    return written


async def _index_batch(ids: Sequence[int], before_round: int | None) -> int:
    async with atomic():
        round = await _begin_to_write()
        found = await _sources(ids)
        if before_round is not None:
            done = await _done(ids, before_round)
            found = [source for source in found if source.id not in done]
        if found:
            await index_here().put([entry_of(source) for source in found], round=round)
    return len(found)


async def catch_up(limit: int = BATCH) -> int:
    """Index what is newer than the newest entry; answers how many rows that were, at most `limit`.

    Called before each search, so that everybody finds what they have just written, whatever the jobs are doing.
    """
    word = dialect().param(1)
    newer = (
        "c.id > COALESCE((SELECT MAX(id) FROM search_entry), 0)",
        f"c.updated_at > (SELECT MAX(updated_at) FROM search_entry WHERE updated_at <= {word})",
    )
    looks = [
        f"SELECT id FROM (SELECT c.id FROM spaces_content c WHERE {condition} ORDER BY c.{column} LIMIT {int(limit)}) AS {name}"
        for condition, column, name in zip(newer, ("id", "updated_at"), ("a", "b"), strict=True)
    ]
    now = datetime.now(UTC)
    due = await rows(" UNION ".join(looks), [now if dialect().name == "postgres" else now.isoformat(" ")])
    return await index_rows([row["id"] for row in due][:limit]) if due else 0


async def look_around() -> None:
    """Index what is not as the catalogue has it: what is new, what opened to outsiders or closed, and a piece of the rest."""
    until = monotonic() + _PATIENCE
    while await catch_up() and monotonic() < until:
        pass
    await _follow_switches(until)
    await _compare_a_piece()
    await index_here().tidy()


async def begin_rebuild() -> int:
    """The number of the rebuild that is now under way: one that was broken off goes on."""
    async with atomic():
        await _begin_to_write()
        if not await _state("rebuild"):
            await _keep("round", await _state("round") + 1)
            await _keep("rebuild", 1)
            await execute("DELETE FROM search_open")
            await execute(_ALL_OPEN)
        return await _state("round")


async def rebuild(progressed: Progressed) -> None:
    """Write each entry anew, in the order of the catalogue. Each takes the place of the one before in one step, so searches find
    everything meanwhile; killed, it goes on where it was; two at once share the work.

    Args:
        progressed: told after each batch how many rows were looked at.
    """
    round, last = await begin_rebuild(), 0
    word = dialect().param(1)
    while True:
        batch = await rows(f"SELECT id FROM spaces_content WHERE id > {word} ORDER BY id LIMIT {BATCH}", [last])
        if not batch:
            break
        last = batch[-1]["id"]
        await index_rows([row["id"] for row in batch], before_round=round)
        progressed(len(batch))
    await _keep("rebuild", 0)


async def _begin_to_write() -> int:
    """Let nobody else write the index in this transaction, and answer the number of the round. SQLite has one writer anyway."""
    if dialect().name == "postgres":
        await rows(f"SELECT pg_advisory_xact_lock({_LOCK})")
    return await _state("round")


async def _sources(ids: Sequence[int]) -> list[Source]:
    marks = ", ".join(dialect().param(number) for number in range(1, len(ids) + 1))
    held = " FOR KEY SHARE OF c" if dialect().name == "postgres" else ""
    found = await rows(f"{_SOURCE}WHERE c.id IN ({marks}) ORDER BY c.id{held}", list(ids))
    return [_source(row) for row in found]


def _source(row: dict[str, Any]) -> Source:
    return Source(**{**row, "is_open": bool(row["is_open"])})


async def _done(ids: Sequence[int], round: int) -> set[int]:
    marks = ", ".join(dialect().param(number) for number in range(2, len(ids) + 2))
    sql = f"SELECT id FROM search_entry WHERE round >= {dialect().param(1)} AND id IN ({marks})"
    return {row["id"] for row in await rows(sql, [round, *ids])}


async def _follow_switches(until: float) -> None:
    """Plugins of clubs that outsiders may read from now on, or may no more: that is a mark of each entry."""
    opened = await rows(f"SELECT s.id {_SWITCHES} o.id IS NULL AND {_IS_OPEN} ORDER BY s.id")
    closed = await rows(f"SELECT s.id {_SWITCHES} o.id IS NOT NULL AND NOT {_IS_OPEN} ORDER BY s.id")
    word = dialect().param(1)
    for switch in [*closed, *opened]:
        if monotonic() > until:
            return
        contents = await rows(f"SELECT id FROM spaces_content WHERE switch_id = {word}", [switch["id"]])
        await _compare([row["id"] for row in contents])
        note = "DELETE FROM search_open WHERE id =" if switch in closed else "INSERT INTO search_open (id) SELECT"
        again = "" if switch in closed else " ON CONFLICT (id) DO NOTHING"
        await execute(f"{note} CAST({word} AS INTEGER){again}", [switch["id"]])


async def _compare_a_piece() -> None:
    last = await _state("looked")
    piece = await rows(f"SELECT id FROM spaces_content WHERE id > {int(last)} ORDER BY id LIMIT {_LOOKED_AT}")
    await _compare([row["id"] for row in piece])
    await _keep("looked", piece[-1]["id"] if len(piece) == _LOOKED_AT else 0)


async def _compare(ids: Sequence[int]) -> None:
    for start in range(0, len(ids), BATCH * 4):
        some = ids[start : start + BATCH * 4]
        marks = ", ".join(dialect().param(number) for number in range(1, len(some) + 1))
        entries = await rows(f"SELECT id, digest FROM search_entry WHERE id IN ({marks})", some)
        digests = {row["id"]: row["digest"] for row in entries}
        sources = [_source(row) for row in await rows(f"{_SOURCE}WHERE c.id IN ({marks})", some)]
        await index_rows([source.id for source in sources if digests.get(source.id) != source.digest])


async def _state(name: str) -> int:
    found = await rows(f"SELECT value FROM search_state WHERE name = {dialect().param(1)}", [name])
    return int(found[0]["value"])


async def _keep(name: str, value: int) -> None:
    one, two = dialect().param(1), dialect().param(2)
    await execute(f"UPDATE search_state SET value = {one} WHERE name = {two}", [value, name])
