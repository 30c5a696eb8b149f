"""How long a search takes on a large site: `python -m benchmarks.search_speed run --help` makes one on a database and asks it.

`ask` measures the site of CERCLE_DATA_DIR and CERCLE_DATABASE_URL: what the page of results asks of the database, numbers and
facets included, for a member of ten clubs, one of few large clubs, and somebody without an account, each query several times.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.seed_rows import MEMBER
from cercle import Club, Content, Membership, Viewer, atomic, execute
from core.app import Cercle, create_app
from core.settings import load_settings
from plugins.search.queries import results
from plugins.search.queries.asked import understand
from plugins.search.queries.filters import Filters
from plugins.search.services.indexing import catch_up, index_rows
from spaces.gate import access_for

ROUNDS = 10
GOAL = 0.050
QUERIES = (
    *("budget", "réunion formation", "rapport annuel", '"note de"', "facture -devis", "atelier 4711"),
    *("contrats", "journées", "proj", "zanzibar", "anne abadie"),
)
_TERMS = """
INSERT INTO search_entry (id, digest, updated_at, round, title, terms)
SELECT c.id, '', c.updated_at, 1, to_tsvector('simple', c.title),
  setweight(to_tsvector('simple', split_part(c.words, chr(30), 1)), 'A')
  || setweight(to_tsvector('simple', split_part(split_part(c.words, chr(30), 2), chr(31), 1)), 'D')
  || setweight(to_tsvector('simple', lower(coalesce(u.name, ''))), 'C')
  || array_to_tsvector(ARRAY['=c' || c.club_id, '=p' || c.plugin, '=k' || c.kind]
     || CASE WHEN k.visibility = 'public' THEN ARRAY['=o'] ELSE ARRAY[]::text[] END)
FROM spaces_content c JOIN spaces_club k ON k.id = c.club_id LEFT JOIN accounts_user u ON u.id = c.author_id
"""
cli = typer.Typer(add_completion=False)


@cli.command()
def ask() -> None:
    """Measure the site of the environment."""
    print(asyncio.run(_ask()))


@cli.command()
def index() -> None:
    """Fill the empty index of the site of the environment in one go; `cercle search rebuild` takes longer and keeps answering.

    On PostgreSQL the server makes the terms, without stems; where these count, rebuild.
    """
    asyncio.run(_index())


@cli.command()
def run(
    contents: Annotated[int, typer.Option(help="Entries of the catalogue.")] = 100_000,
    database: Annotated[str, typer.Option(help="sqlite or postgres.")] = "sqlite",
    folder: Annotated[
        Path | None, typer.Option(help="Where the site is made; a temporary folder unless given.")
    ] = None,
) -> None:
    """Make a site, index it, and measure it."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        place = Path(made)
        place.chmod(0o755)
        if database == "sqlite":
            _run(place, "", contents)
            return
        from tests.services.postgres import postgres_server

        (place / "server").mkdir()
        with postgres_server(place / "server") as server:
            _run(place, server.create_database("searched"), contents)


def _run(folder: Path, url: str, contents: int) -> None:
    settings = {"CERCLE_DATA_DIR": str(folder / "data"), **({"CERCLE_DATABASE_URL": url} if url else {})}
    sizes = ["--clubs", str(contents // 100), "--users", str(contents // 10)]
    sizes += ["--memberships", str(contents), "--contents", str(contents)]
    for words in (
        ["cercle", "migrate"],
        ["benchmarks.seed", *sizes],
        ["benchmarks.search_speed", "index"],
        ["benchmarks.search_speed", "ask"],
    ):
        began = time.monotonic()
        subprocess.run([sys.executable, "-P", "-m", *words], check=True, env={**os.environ, **settings})
        print(f"{' '.join(words[:3])}: {time.monotonic() - began:.0f} s", file=sys.stderr)


async def _index() -> None:
    app = create_app(load_settings())
    async with app.running(jobs=False):
        if app.settings.is_sqlite:
            async with atomic():
                await _put_all()
            return
        await execute(_TERMS)
        await execute("VACUUM ANALYZE search_entry")


async def _put_all() -> None:
    last = 0
    while ids := await Content.filter(id__gt=last).order_by("id").limit(1000).values_list("id", flat=True):
        await index_rows([int(str(number)) for number in ids])
        last = int(str(ids[-1]))


async def _ask() -> str:
    app = create_app(load_settings())
    async with app.running(jobs=False):
        count, kind = await Content.all().count(), "SQLite" if app.settings.is_sqlite else "PostgreSQL"
        lines = [f"{kind}, {count:,} entries", "", "| who asks | p50 | p95 | longest | |", "|---|---|---|---|---|"]
        for name, viewer, filters in await _askers(app):
            times = await _times(viewer, filters)
            lines.append(_line(name, sorted(chain.from_iterable(times.values()))))
            slow = sorted(times, key=lambda query: -statistics.median(times[query]))[:3]
            print(name, {query: round(statistics.median(times[query]) * 1000) for query in slow}, file=sys.stderr)
        return "\n".join(lines)


async def _askers(app: Cercle) -> list[tuple[str, Viewer, Filters]]:
    member = await _viewer(app, MEMBER)
    largest = await Club.all().order_by("-members_counted").first()
    assert largest is not None
    other = await Membership.filter(club_id=largest.id).exclude(user_id=MEMBER).first()
    assert other is not None
    one = Filters(club=member.clubs[0].slug)
    inside = await _viewer(app, int(getattr(other, "user_id")))  # noqa: B009 - Tortoise makes the attribute
    return [
        (f"a member of {len(member.clubs)} clubs", member, Filters()),
        ("the same in one club", member, one),
        (f"a member of {len(inside.clubs)} clubs, the largest among them", inside, Filters()),
        ("nobody", Viewer(), Filters()),
    ]


async def _viewer(app: Cercle, user_id: int) -> Viewer:
    nowhere = Club(id=0, slug="", visibility="hidden")
    return replace(await access_for(app, nowhere, user_id=user_id), grants={})


async def _times(viewer: Viewer, filters: Filters) -> dict[str, list[float]]:
    """The seconds of each query."""
    found: dict[str, list[float]] = {query: [] for query in QUERIES}
    for turn in range(ROUNDS + 2):
        for query in QUERIES:
            began = time.perf_counter()
            await catch_up()
            await results.find(viewer, understand(query), filters, counts=True)
            if turn >= 2:
                found[query].append(time.perf_counter() - began)
    return found


def _line(name: str, times: list[float]) -> str:
    middle, late = statistics.median(times), times[int(len(times) * 0.95)]
    verdict = "reached" if late < GOAL else "missed"
    return f"| {name} | {middle * 1000:.1f} ms | {late * 1000:.1f} ms | {times[-1] * 1000:.1f} ms | {verdict} |"


if __name__ == "__main__":
    cli()
