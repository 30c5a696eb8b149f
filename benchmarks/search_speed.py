"""How long a search takes on a large site: `python -m benchmarks.search_speed run --help` makes one on a database and asks it.

`ask` measures the site of CERCLE_DATA_DIR and CERCLE_DATABASE_URL: what the page of results asks of the database, numbers and
facets included, for members of 1, 10, 40 and 200 clubs of all sizes and somebody without an account, each query several times.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.search_site import fill_site, vocabulary
from cercle import Club, Content, Viewer
from core.accounts.viewer import ClubLink
from core.app import create_app
from core.settings import load_settings
from plugins.search.queries import results
from plugins.search.queries.asked import understand
from plugins.search.queries.filters import Filters
from plugins.search.services.indexing import catch_up

ROUNDS = 10
GOAL = 0.050
CLUBS = (1, 10, 40, 200)
_WORDS = vocabulary()
COMMON, MIDDLING, RARE = _WORDS[3], _WORDS[300], _WORDS[20_000]
QUERIES: dict[str, tuple[str, Filters]] = {
    "a rare word": (RARE, Filters()),
    "one entry": ("n4711", Filters()),
    "a middling word": (MIDDLING, Filters()),
    "a common word": (COMMON, Filters()),
    "two common words": (f"{COMMON} {_WORDS[9]}", Filters()),
    "a common and a rare word": (f"{COMMON} {RARE}", Filters()),
    "a phrase": (f'"{_WORDS[5]} {_WORDS[8]}"', Filters()),
    "a word that is being typed": (_WORDS[40][:3], Filters()),
    "in one club": (COMMON, Filters(club="seed-2")),
    "in the wiki": (COMMON, Filters(plugin="wiki")),
    "since a day": (COMMON, Filters(since="2024-02-01")),
    "of an author": (MIDDLING, Filters(author="person-77")),
}
cli = typer.Typer(add_completion=False)


@cli.command()
def ask() -> None:
    """Measure the site of the environment."""
    print(asyncio.run(_ask()))


@cli.command()
def fill(contents: Annotated[int, typer.Option(help="Entries of the catalogue.")] = 100_000) -> None:
    """Fill the empty site of the environment, and its index."""
    asyncio.run(_fill(contents))


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
    for words in (
        ["cercle", "migrate"],
        ["benchmarks.search_speed", "fill", "--contents", str(contents)],
        ["benchmarks.search_speed", "ask"],
    ):
        began = time.monotonic()
        subprocess.run([sys.executable, "-P", "-m", *words], check=True, env={**os.environ, **settings})
        print(f"{' '.join(words[:3])}: {time.monotonic() - began:.0f} s", file=sys.stderr)


async def _fill(contents: int) -> None:
    app = create_app(load_settings())
    async with app.running(jobs=False):
        await fill_site(app, contents)


async def _ask() -> str:
    app = create_app(load_settings())
    async with app.running(jobs=False):
        count, kind = await Content.all().count(), "SQLite" if app.settings.is_sqlite else "PostgreSQL"
        lines = [
            f"{kind}, {count:,} entries",
            "",
            "| who asks, and for what | p50 | p95 | longest | |",
            "|---|---|---|---|---|",
        ]
        every: dict[str, list[float]] = {query: [] for query in QUERIES}
        for name, viewer in [
            ("nobody", Viewer()),
            *[(f"a member of {many} clubs", await _member(many)) for many in CLUBS],
        ]:
            times = await _times(viewer)
            lines.append(_line(name, sorted(chain.from_iterable(times.values()))))
            for query, found in times.items():
                every[query] += found
            print(
                name, {query: round(statistics.median(found) * 1000) for query, found in times.items()}, file=sys.stderr
            )
        lines += [_line(query, sorted(times)) for query, times in every.items()]
        return "\n".join(lines)


async def _member(many: int) -> Viewer:
    """Somebody in clubs of all sizes."""
    step = max(await Club.all().count() // many, 1)
    clubs = await Club.filter(id__in=[2 + place * step for place in range(many)]).order_by("id")
    links = tuple(ClubLink(id=club.id, slug=club.slug, name=club.name, accent="", role="member") for club in clubs)
    return Viewer(id=2, name="Bruno", clubs=links)


async def _times(viewer: Viewer) -> dict[str, list[float]]:
    """The seconds of each query: the page of results, and for a word that is being typed the quick answers."""
    found: dict[str, list[float]] = {query: [] for query in QUERIES}
    for turn in range(ROUNDS + 2):
        for name, (text, filters) in QUERIES.items():
            typing = name == "a word that is being typed"
            began = time.perf_counter()
            await catch_up()
            await results.find(viewer, understand(text), filters, limit=6 if typing else 20, counts=not typing)
            if turn >= 2:
                found[name].append(time.perf_counter() - began)
    return found


def _line(name: str, times: list[float]) -> str:
    middle, late = statistics.median(times), times[int(len(times) * 0.95)]
    verdict = "reached" if late < GOAL else "missed"
    return f"| {name} | {middle * 1000:.1f} ms | {late * 1000:.1f} ms | {times[-1] * 1000:.1f} ms | {verdict} |"


if __name__ == "__main__":
    cli()
