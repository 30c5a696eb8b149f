"""The index in step with the catalogue: told, looked after, written anew, killed, and without what was erased."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cercle import Content, atomic, execute, forget_content, rows
from cercle.testing import Village
from core.accounts.models import User
from plugins.search.services import indexing
from plugins.search.services.indexing import catch_up, look_around, rebuild
from spaces.models import Club
from tests.search.publishing import found, publish, shown

REBUILDING = """
import asyncio, os, signal, sys
from pathlib import Path
from cercle.testing import opened_village, village_settings
from plugins.search.services.indexing import rebuild

def stop(many):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with opened_village(village_settings(Path(sys.argv[1]), sys.argv[2])):
        await rebuild(stop if sys.argv[3] == "die" else lambda many: None)

asyncio.run(main())
"""


async def run(how: str, database_url: str, folder: Path) -> int:
    """Write the index anew in a process of its own; answers how it ended."""
    command = [sys.executable, "-c", REBUILDING, str(folder / "data"), database_url, how]
    process = await asyncio.create_subprocess_exec(*command)
    return await process.wait()


async def rounds() -> list[int]:
    return [row["round"] for row in await rows("SELECT round FROM search_entry ORDER BY id")]


async def no_index() -> None:
    """As after an upgrade, or after a backup was restored."""
    await execute("DELETE FROM search_entry")


async def test_the_catalogue_tells_of_changes_that_are_no_news(village: Village) -> None:
    await publish(village.club, 1, "Note", words="zanzibar")
    await catch_up()
    await publish(village.club, 1, "Note", words="madagascar", touch=False)
    await village.app.jobs.run("core.deliver_events")
    assert await found(village, village.member, "madagascar") == ["Note"]


async def test_what_nobody_told_of_is_found_by_looking(village: Village) -> None:
    await publish(village.club, 1, "Note", words="zanzibar")
    await catch_up()
    await Content.filter(object_id=1).update(title="Madagascar", words="madagascar\x1e\x1f")
    await look_around()
    assert await found(village, village.member, "madagascar") == ["Madagascar"]


async def test_a_renamed_author_is_found_by_the_new_name(village: Village) -> None:
    await publish(village.club, 1, "Note", author_id=village.owner.id)
    assert await found(village, village.member, "oscar") == ["Note"]
    await User.filter(id=village.owner.id).update(name="Zenobia Palmyra")
    await look_around()
    assert (await found(village, village.member, "oscar"), await found(village, village.member, "zenobia")) == (
        [],
        ["Note"],
    )


async def test_a_club_that_becomes_public_is_found_from_outside(village: Village) -> None:
    await publish(village.club, 1, "Note", audience="public")
    assert await found(village, None, "note") == ["Note"]
    await publish(village.hidden, 2, "Cellar")
    assert await found(village, None, "cellar") == []
    await Club.filter(id=village.hidden.id).update(visibility="public")
    await look_around()
    assert await found(village, None, "cellar") == await found(village, village.outsider, "cellar")


async def test_an_empty_index_fills_itself(village: Village) -> None:
    for number in range(1, 121):
        await publish(village.club, number, f"Zanzibar {number}")
    await no_index()
    await look_around()
    assert await rows("SELECT COUNT(*) AS many FROM search_entry") == [{"many": 120}]


async def test_a_rebuild_writes_every_entry_anew_and_leaves_no_gap(village: Village) -> None:
    for number in range(1, 121):
        await publish(village.club, number, f"Zanzibar {number}")
    await look_around()
    before = await rounds()
    seen: list[int] = []

    async def look() -> None:
        while len(seen) < 20:
            page = await village.client(village.member).get("/search?q=zanzibar")
            seen.append("120 results" in page.text)

    await asyncio.gather(look(), rebuild(lambda many: None))
    assert seen == [True] * 20
    assert await rounds() == [one + 1 for one in before]


async def test_a_rebuild_mends_what_is_missing_and_what_is_wrong(village: Village) -> None:
    await publish(village.club, 1, "Zanzibar")
    await publish(village.club, 2, "Madagascar")
    await look_around()
    await execute("DELETE FROM search_entry WHERE id = (SELECT MIN(id) FROM search_entry)")
    await execute("UPDATE search_entry SET digest = 'other'")
    told: list[int] = []
    await rebuild(told.append)
    assert told == [2]
    assert await found(village, village.member, "zanzibar") == ["Zanzibar"]


async def test_a_rebuild_that_is_killed_goes_on_where_it_was(
    village: Village, database_url: str, tmp_path: Path
) -> None:
    for number in range(1, 121):
        await publish(village.club, number, f"Zanzibar {number}")
    await look_around()
    before = (await rounds())[0]
    assert await run("die", database_url, tmp_path) == -signal.SIGKILL
    assert sorted(set(await rounds())) == [before, before + 1]
    assert len(await shown(village, village.member, "zanzibar")) == 20
    await rebuild(lambda many: None)
    assert set(await rounds()) == {before + 1}, "the same rebuild, not another one"


async def test_two_rebuilds_at_once_share_the_work(village: Village, database_url: str, tmp_path: Path) -> None:
    for number in range(1, 121):
        await publish(village.club, number, f"Zanzibar {number}")
    await look_around()
    ended = await asyncio.gather(run("live", database_url, tmp_path), run("live", database_url, tmp_path))
    assert list(ended) == [0, 0]
    assert "120 results" in (await village.client(village.member).get("/search?q=zanzibar")).text


async def test_nothing_is_lost_when_the_process_is_killed_before_it_indexes(village: Village) -> None:
    """The entry is missing though the row is there, and nobody will tell of it any more."""
    await publish(village.club, 1, "Zanzibar")
    await publish(village.club, 2, "Madagascar")
    await indexing.index_rows([(await Content.get(object_id=2)).id])
    await execute("DELETE FROM core_outbox_event")
    await look_around()
    assert await found(village, village.member, "zanzibar") == ["Zanzibar"]


async def test_an_import_with_old_dates_is_found_at_once(village: Village) -> None:
    await publish(village.club, 1, "New")
    await catch_up()
    await publish(village.club, 2, "Zanzibar", created_at=datetime(2010, 1, 1, tzinfo=UTC))
    assert await found(village, village.member, "zanzibar") == ["Zanzibar"]


@pytest.mark.sqlite_only
async def test_the_file_of_the_database_holds_nothing_of_what_was_erased(village: Village, database_url: str) -> None:
    await publish(village.club, 1, "Zanzibar", words="xylographique")
    for number in range(2, 40):
        await publish(village.club, number, f"Note {number}", words="something else")
    await catch_up()
    assert await found(village, village.member, "xylographique") == ["Zanzibar"]
    async with atomic():
        await forget_content(plugin="wiki", kind="page", object_ids=[1])
    await look_around()
    path = Path(database_url.removeprefix("sqlite://"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (path.read_bytes().count(b"xylograph"), path.read_bytes().count(b"zanzibar")) == (0, 0)


async def test_removing_the_row_removes_the_entry(village: Village) -> None:
    await publish(village.club, 1, "Zanzibar")
    await catch_up()
    await Content.filter(object_id=1).delete()
    assert await rows("SELECT COUNT(*) AS many FROM search_entry") == [{"many": 0}]
