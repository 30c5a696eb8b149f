"""Fills an empty site with made-up clubs, people and content, in minutes: `python -m benchmarks.seed --help`.

It uses what `CERCLE_DATA_DIR` and `CERCLE_DATABASE_URL` name. Stopped or killed, it goes on where it was when it is called again
with the same sizes. PostgreSQL takes the rows through COPY, SQLite in batches of one statement.
"""

from __future__ import annotations

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import asyncpg
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from tortoise import Tortoise

from benchmarks import seed_rows
from benchmarks.seed_rows import FILE_BYTES, FILE_HASH, Row, Sizes
from core.accounts.services import create_user
from core.app import Cercle, create_app
from core.cli import console, failing_clearly
from core.db import rows
from core.errors import Conflict
from core.models import Blob, Setting
from core.settings import Settings, load_settings
from core.storage import store
from spaces.gate import access_for
from spaces.models import Club, ClubPlugin
from spaces.services import create_club
from spaces.services.activity import note_ownerless
from spaces.services.tallies import count_all
from spaces.switches import switch_plugin

BATCH = 20_000
MARK = "seed"  # the row of settings that says which sizes this site is being filled with
Progressed = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """One table to fill.

    Args:
        model: the name of its model, with that of its part.
        columns: what `row` answers, in order; all others get their default.
        total: how many numbers there are.
        row: the row with a number, counted from 1.
        of: the plugin whose items have rows in it, "" where every number has one.
        per: how many rows one number stands for.
    """

    model: str
    columns: str
    total: int
    row: Callable[[int], Iterable[Row]]
    of: str = ""
    per: int = 1


class Sink(ABC):
    """Takes rows in bulk, on a connection of its own."""

    @abstractmethod
    async def put(self, table: str, columns: Sequence[str], found: list[Row]) -> None:
        """Insert rows, all or none."""


class PostgresSink(Sink):
    """Rows through COPY."""

    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self._connection = connection

    async def put(self, table: str, columns: Sequence[str], found: list[Row]) -> None:
        await self._connection.copy_records_to_table(table, records=found, columns=columns)


class SqliteSink(Sink):
    """Rows by `executemany`, in a thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def put(self, table: str, columns: Sequence[str], found: list[Row]) -> None:
        names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
        await asyncio.to_thread(self._insert, f'INSERT INTO "{table}" ({names}) VALUES ({marks})', found)

    def _insert(self, sql: str, found: list[Row]) -> None:
        with self._connection:
            self._connection.executemany(sql, found)


async def fill(app: Cercle, sizes: Sizes, progressed: Progressed, *, batch: int = BATCH) -> None:
    """Fill the site of a running application.

    Args:
        app: of an empty site, or of one that this began to fill.
        sizes: how many of everything; the same as when it began.
        progressed: told after each batch: which table, how many rows of how many.
        batch: rows that one transaction writes.

    Raises:
        Conflict: on a site that somebody uses, or that was filled with other sizes.
    """
    await _claim(sizes)
    switches = await _first_club(app, sizes)
    await _store_file(app, sizes)
    async with _sink(app.settings) as sink:
        for stage in _stages(sizes, switches):
            await _fill_table(stage, sink, batch, progressed)
    await _finish(app.settings, sizes)


async def _claim(sizes: Sizes) -> None:
    mark, made = await Setting.get_or_create(scope="site", owner_id=0, part=MARK, defaults={"values": asdict(sizes)})
    if made and await Club.exists():
        await mark.delete()
        raise Conflict("There are clubs on this site already; the seed is for an empty one")
    if mark.values != asdict(sizes):
        raise Conflict(f"This site was filled with other sizes: {mark.values}")


async def _first_club(app: Cercle, sizes: Sizes) -> list[ClubPlugin]:
    """The operator and a club as the services make them, whose switches all other clubs copy."""
    from core.accounts.models import User

    operator = await User.get_or_none(id=seed_rows.OPERATOR)
    if operator is None:
        operator = await create_user(email="person-1@seed.example", name="Anne Abadie 1", is_operator=True)
    club = await Club.get_or_none(id=1)
    if club is None:
        _, slug, name, _, kind, visibility, _, used, _, _, active_at, _, members = seed_rows.club_row(1, sizes)
        viewer = await access_for(app, Club(id=0, slug="", visibility="hidden"), user_id=operator.id, is_operator=True)
        club = await create_club(name=name, slug=slug, kind=kind, visibility=visibility, actor=viewer)
        await Club.filter(id=1).update(storage_used=used, active_at=active_at, members_counted=members)
    switches = await ClubPlugin.filter(club_id=1).order_by("id")
    for switch in switches:
        if switch.effective != "on":
            await switch_plugin(club, switch.plugin, "on", actor=None)
    return await ClubPlugin.filter(club_id=1).order_by("id")


async def _store_file(app: Cercle, sizes: Sizes) -> None:
    """The one sequence of bytes that all files of the seed hold."""

    async def chunks() -> AsyncIterator[bytes]:
        yield FILE_BYTES

    await store(app.storage, chunks(), limit=len(FILE_BYTES))
    files = sum(1 for number in range(1, sizes.contents + 1) if seed_rows.plugin_of(number) == seed_rows.FILE)
    await Blob.filter(hash=FILE_HASH).update(references=files, unused_at=None)


def _stages(sizes: Sizes, switches: list[ClubPlugin]) -> list[Stage]:
    many, items = len(switches), sizes.contents
    places = {switch.plugin: place for place, switch in enumerate(switches, 1)}
    facts = [(switch.plugin, switch.state, switch.effective, switch.readers, switch.changed_at) for switch in switches]

    def switch_rows(club: int) -> Iterable[Row]:
        return [((club - 1) * many + place, club, *one) for place, one in enumerate(facts, 1)]

    made: list[tuple[str, int, Callable[..., Row], tuple[Any, ...], str]] = [
        ("accounts.User", sizes.users, seed_rows.user_row, (), ""),
        ("spaces.Club", sizes.clubs, seed_rows.club_row, (sizes,), ""),
        ("spaces.Membership", sizes.memberships, seed_rows.membership_row, (sizes,), ""),
        ("spaces.Content", items, seed_rows.content_row, (sizes, places), ""),
        ("wiki.Page", items, seed_rows.page_row, (sizes,), seed_rows.PAGE),
        ("blog.Post", items, seed_rows.post_row, (sizes,), seed_rows.POST),
        ("files.Entry", items, seed_rows.file_row, (sizes,), seed_rows.FILE),
        ("files.Version", items, seed_rows.version_row, (sizes,), seed_rows.FILE),
        ("core.AuditEntry", sizes.entries, seed_rows.entry_row, (sizes,), ""),
        ("core.Mail", sizes.mails, seed_rows.mail_row, (), ""),
        ("core.OutboxEvent", sizes.mails, seed_rows.event_row, (sizes,), ""),
        ("core.Fault", sizes.faults, seed_rows.fault_row, (sizes,), ""),
    ]
    stages = [
        Stage(model, _columns(row), total, partial(_one, row, more), plugin) for model, total, row, more, plugin in made
    ]
    facts_of_switch = "id, club_id, plugin, state, effective, readers, changed_at"
    return [*stages[:2], Stage("spaces.ClubPlugin", facts_of_switch, sizes.clubs, switch_rows, per=many), *stages[2:]]


def _one(row: Callable[..., Row], more: tuple[Any, ...], number: int) -> Iterable[Row]:
    return (row(number, *more),)


def _columns(row: Callable[..., Row]) -> str:
    """The first paragraph of what a row says of itself names its columns."""
    return " ".join((row.__doc__ or "").partition("\n\n")[0].split())


async def _fill_table(stage: Stage, sink: Sink, batch: int, progressed: Progressed) -> None:
    part, _, name = stage.model.partition(".")
    meta = Tortoise.apps[part][name]._meta
    given = stage.columns.split(", ")
    constants = _constants(meta, given)
    columns, more = [*given, *constants], tuple(constants.values())
    numbers = await _last(meta.db_table) // stage.per
    while numbers < stage.total:
        upto = min(numbers + max(batch // stage.per, 1), stage.total)
        found = [
            (*row, *more)
            for number in range(numbers + 1, upto + 1)
            if not stage.of or seed_rows.plugin_of(number) == stage.of
            for row in stage.row(number)
        ]
        if found:
            await sink.put(meta.db_table, columns, found)
        numbers = upto
        progressed(stage.model, numbers, stage.total)


async def _last(table: str) -> int:
    """The largest number in a table; of events, whose keys are random elsewhere, how many there are."""
    what = "COUNT(*)" if table == "core_outbox_event" else "MAX(id)"
    return int((await rows(f'SELECT {what} AS last FROM "{table}"'))[0]["last"] or 0)


def _constants(meta: Any, given: Sequence[str]) -> dict[str, Any]:
    """What columns hold that a row does not name: their defaults, as far as the database has none of its own."""
    made: dict[str, Any] = {}
    for name, column in meta.fields_db_projection.items():
        field = meta.fields_map[name]
        if column in given or field.null or field.has_db_default():
            continue
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            made[column] = datetime.now(UTC)
        elif field.default is not None:
            value = field.default() if callable(field.default) else field.default
            made[column] = "[]" if value == [] else "{}" if value == {} else value
    return made


@asynccontextmanager
async def _sink(settings: Settings) -> AsyncIterator[Sink]:
    if settings.is_sqlite:
        connection = sqlite3.connect(
            settings.database_url.removeprefix("sqlite://"), timeout=60, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA cache_size=-400000")
        try:
            yield SqliteSink(connection)
        finally:
            connection.close()
        return
    server = await asyncpg.connect(settings.database_url)
    try:
        with suppress(asyncpg.InsufficientPrivilegeError):
            await server.execute("SET session_replication_role = replica")  # keys are right by construction
        yield PostgresSink(server)
    finally:
        await server.close()


async def _finish(settings: Settings, sizes: Sizes) -> None:
    """Count what the jobs count, let the next row get a number of its own, and tell the planner what is there."""
    await note_ownerless()
    await count_all()
    if settings.is_sqlite:
        await rows("ANALYZE")
        return
    for stage in _stages(sizes, []):
        part, _, name = stage.model.partition(".")
        table = Tortoise.apps[part][name]._meta.db_table
        if table != "core_outbox_event":
            await rows(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")
    server = await asyncpg.connect(settings.database_url)
    try:
        await server.execute("VACUUM ANALYZE")
    finally:
        await server.close()


def command(
    clubs: Annotated[int, typer.Option(min=10, help="Clubs.")] = Sizes.clubs,
    users: Annotated[int, typer.Option(min=20, help="People.")] = Sizes.users,
    memberships: Annotated[int, typer.Option(min=100, help="Memberships over all clubs.")] = Sizes.memberships,
    contents: Annotated[int, typer.Option(min=100, help="Items over all clubs.")] = Sizes.contents,
) -> None:
    """Fill the empty site of CERCLE_DATA_DIR and CERCLE_DATABASE_URL. Can be stopped and called again."""
    with failing_clearly():
        asyncio.run(_run(Sizes(clubs, users, memberships, contents)))


async def _run(sizes: Sizes) -> None:
    app = create_app(load_settings())
    with Progress(
        TextColumn("{task.description:20}"), BarColumn(), TextColumn("{task.completed:>9,} of {task.total:,}"),
        TimeRemainingColumn(), console=console,
    ) as bar:  # fmt: skip
        tasks: dict[str, Any] = {}

        def progressed(what: str, done: int, total: int) -> None:
            task = tasks[what] if what in tasks else tasks.setdefault(what, bar.add_task(what, total=total))
            bar.update(task, completed=done)

        async with app.running(jobs=False):
            await fill(app, sizes, progressed)


def main() -> None:
    """The command line."""
    typer.run(command)


if __name__ == "__main__":
    main()
