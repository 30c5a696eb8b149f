"""`atomic()`: all or nothing, calls after the commit, and writers that wait for each other on both databases."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.db import after_commit, atomic, dialect, execute, in_atomic, opened, rows
from core.errors import SettingsError
from core.models import Lease, Setting
from core.parts import load_parts
from tests.architecture.source import ROOT

WRITER = """
import asyncio, sys
from core.db import atomic, opened
from core.models import Setting
from core.parts import load_parts

async def once():
    async with atomic():
        row = await Setting.get(scope="test", part="counter")
        row.values = {"count": row.values["count"] + 1}
        await row.save()

async def main():
    async with opened(sys.argv[1], load_parts(third_party=False).apps[:1]):
        print("ready", flush=True)
        sys.stdin.readline()
        await asyncio.gather(*(once() for _ in range(50)))

asyncio.run(main())
"""


class Failure(Exception):
    """What goes wrong in these tests."""


async def test_everything_inside_happens_or_nothing_does(village: Village) -> None:
    async def fail() -> None:
        async with atomic():
            await User.filter(id=village.owner.id).update(name="Somebody else")
            raise Failure

    with pytest.raises(Failure):
        await fail()
    assert (await User.get(id=village.owner.id)).name == village.owner.name


async def test_nested_uses_belong_to_the_outermost(village: Village) -> None:
    async def fail() -> None:
        async with atomic():
            async with atomic():
                await User.filter(id=village.owner.id).update(name="Somebody else")
            raise Failure

    with pytest.raises(Failure):
        await fail()
    assert (await User.get(id=village.owner.id)).name == village.owner.name


async def test_calls_come_after_the_outermost_commit_and_not_after_a_failure(village: Village) -> None:
    heard: list[str] = []

    async def fail() -> None:
        async with atomic():
            after_commit(lambda: heard.append("never"))
            raise Failure

    async with atomic():
        after_commit(lambda: heard.append("outer"))
        async with atomic():
            after_commit(lambda: heard.append(f"inner {in_atomic()}"))
        assert heard == []
    assert heard == ["outer", "inner False"]
    with pytest.raises(Failure):
        await fail()
    assert heard == ["outer", "inner False"]


async def test_a_call_after_the_commit_that_fails_stops_neither_the_others_nor_the_caller(village: Village) -> None:
    heard: list[str] = []

    async def broken() -> None:
        raise RuntimeError("broken")

    async with atomic():
        after_commit(broken)
        after_commit(lambda: heard.append("well"))
    assert heard == ["well"]


async def test_a_call_after_the_commit_needs_a_transaction(village: Village) -> None:
    with pytest.raises(RuntimeError, match="async with atomic"):
        after_commit(lambda: None)


async def test_two_tasks_do_not_share_a_transaction(village: Village) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with atomic():
            await User.filter(id=village.owner.id).update(name="Not yet")
            inside.set()
            await leave.wait()

    writing = asyncio.create_task(write())
    await inside.wait()
    assert (await User.get(id=village.owner.id)).name == village.owner.name
    leave.set()
    await writing
    assert (await User.get(id=village.owner.id)).name == "Not yet"


async def test_a_task_that_is_cancelled_in_a_transaction_leaves_nothing_and_blocks_nobody(village: Village) -> None:
    inside = asyncio.Event()

    async def hang() -> None:
        async with atomic():
            await User.filter(id=village.owner.id).update(name="Half")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5), atomic():
        assert (await User.get(id=village.owner.id)).name == village.owner.name


async def test_a_task_that_is_cancelled_while_its_transaction_begins_blocks_nobody(village: Village) -> None:
    async def write() -> None:
        async with atomic():
            await User.filter(id=village.owner.id).update(name="Half")
            await asyncio.Event().wait()

    for steps in range(1, 40):
        task = asyncio.create_task(write())
        for _ in range(steps % 8):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(20), atomic():
        assert (await User.get(id=village.owner.id)).name == village.owner.name


async def test_plain_sql_speaks_both_dialects(village: Village) -> None:
    word = dialect().param
    changed = await execute(
        f"UPDATE accounts_user SET name = {word(1)} WHERE id = {word(2)}", ["A'; --", village.owner.id]
    )
    assert changed == 1
    found = await rows(f"SELECT name FROM accounts_user WHERE id = {word(1)}", [village.owner.id])
    assert found == [{"name": "A'; --"}]


@pytest.mark.sqlite_only
async def test_a_read_outside_of_a_transaction_cannot_write(village: Village) -> None:
    with pytest.raises(Exception, match="one statement at a time"):
        await rows("SELECT 1; DELETE FROM accounts_user")
    assert await User.all().count() == 7


@pytest.mark.sqlite_only
async def test_a_long_read_does_not_hold_up_the_others(village: Village) -> None:
    long = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) AS c FROM n"
    )
    answers = await asyncio.gather(rows(f"SELECT * FROM ({long})"), rows("SELECT 1 AS one"))
    assert list(answers) == [[{"c": 300000}], [{"one": 1}]]


async def test_a_hundred_writers_at_once_in_one_process_all_succeed(village: Village) -> None:
    await Setting.create(scope="test", part="counter", values={"count": 0})

    async def once(number: int) -> None:
        async with atomic():
            await Lease.create(name=f"lease {number}", holder="", until=village.owner.created_at)

    await asyncio.gather(*(once(number) for number in range(100)))
    assert await Lease.filter(name__startswith="lease ").count() == 100


@pytest.mark.sqlite_only
async def test_a_hundred_writers_in_two_processes_all_succeed(village: Village, tmp_path: Path) -> None:
    await Setting.create(scope="test", part="counter", values={"count": 0})
    script = tmp_path / "writer.py"
    script.write_text(WRITER)
    command = (sys.executable, script, village.app.settings.database_url)
    pipe = subprocess.PIPE
    writers = [
        await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, env={"PYTHONPATH": str(ROOT)}
        )
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert await writer.stdout.readline() == b"ready\n"
    said = await asyncio.gather(*(writer.communicate(b"\n") for writer in writers))
    assert [error.decode() for _, error in said] == ["", ""]
    assert (await Setting.get(scope="test", part="counter")).values == {"count": 100}


async def test_switching_a_hundred_times_at_once_ends_in_one_state(village: Village) -> None:
    plugin = min(village.app.parts.plugin_names)
    states = ["off", "on", "read_only", "on"] * 25
    await asyncio.gather(*(village.switch(plugin, state) for state in states))
    found = await rows(f"SELECT state, effective FROM spaces_club_plugin WHERE plugin = {dialect().param(1)}", [plugin])
    assert all(row["state"] == row["effective"] for row in found)


async def test_a_database_that_does_not_answer_stops_the_start_with_its_setting() -> None:
    with pytest.raises(SettingsError, match="CERCLE_DATABASE_URL"):
        async with opened("postgres://nobody@127.0.0.1:1/none", load_parts(third_party=False).apps[:1]):
            pass
