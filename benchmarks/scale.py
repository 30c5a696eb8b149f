"""Asks every list and console page on a small and on a large site: `python -m benchmarks.scale --help`.

Both sites hold the same ten clubs with the same people in them (`benchmarks/seed_rows.py`); the large one holds everything else
besides. The same person asks for the same page on both, in processes that take turns, so the ratio says what the rest costs.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from benchmarks.seed_rows import MEMBER, OPERATOR, Sizes
from cercle._testing.queries import counted
from core.accounts.models import LoginSession, User
from core.accounts.sessions import cookie_name, digest
from core.app import Cercle, create_app
from core.settings import load_settings

ROOT = Path(__file__).parent.parent
README = Path(__file__).parent / "README.md"
MARK, END = "<!-- scale -->", "<!-- end of scale -->"
GOAL = 1.5
TURNS, VISITS, WARM_UP = 3, 15, 3
SMALL = Sizes(1_000, 10_000, 100_000, 100_000)  # enough to fill a page of each list on both sites
BASE_URL = "http://127.0.0.1:8000"
PAGES = {
    "a member's": (
        *("/", "/clubs", "/clubs?q=projet", "/clubs?kind=team", "/clubs/mine", "/search?q=atelier"),
        *("/c/seed-2/home", "/c/seed-2/people", "/c/seed-2/people?q=anne", "/c/seed-2/wiki/", "/c/seed-2/blog/"),
        *("/c/seed-2/files/", "/c/seed-2/directory/", "/api/v1/clubs", "/api/v1/clubs/seed-2/members"),
    ),
    "an owner's": ("/c/seed-2/people", "/c/seed-2/people/invite", "/c/seed-2/requests", "/c/seed-2/settings"),
    "an operator's": (
        *("/admin/", "/admin/clubs", "/admin/clubs?q=projet", "/admin/clubs?sort=active", "/admin/clubs?sort=members"),
        *("/admin/clubs?sort=storage", "/admin/clubs?sort=newest", "/admin/clubs?only=no_owner"),
        *("/admin/clubs?only=quiet", "/admin/clubs?only=full", "/admin/clubs?only=paused", "/admin/clubs/seed-2"),
        *("/admin/people", "/admin/people?q=anne", "/admin/people?sort=seen", "/admin/people?sort=newest"),
        *("/admin/people?only=never", "/admin/people?club=seed-2", f"/admin/people/{MEMBER}"),
        *(
            "/admin/audit",
            "/admin/audit?club=seed-2",
            "/admin/audit?action=spaces.club_changed",
            "/admin/audit?actor=1",
        ),
        *("/admin/machine", "/admin/mail", "/admin/faults", "/admin/plugins", "/admin/plans", "/admin/policies"),
        *("/admin/jobs", "/admin/outbox", "/admin/storage", "/admin/settings"),
    ),
}
_ASKED_BY = {"a member's": MEMBER, "an owner's": OPERATOR, "an operator's": OPERATOR}


@dataclass(frozen=True, slots=True)
class Visit:
    """What one page took: its queries, and the median of its seconds."""

    queries: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Line:
    """One page on both sites."""

    whose: str
    path: str
    small: Visit
    large: Visit

    @property
    def ratio(self) -> float:
        """How many times as long it takes on the large site."""
        return self.large.seconds / self.small.seconds

    @property
    def is_reached(self) -> bool:
        """Whether it keeps its number of queries and its time."""
        return self.small.queries == self.large.queries and self.ratio <= GOAL


async def visit_all() -> dict[str, Visit]:
    """Ask for every page on the site of the environment; by `whose path`. Pages that are not there are left out."""
    app = create_app(load_settings())
    async with app.running(jobs=False):
        found = {}
        for whose, paths in PAGES.items():
            async with await _browser(app, _ASKED_BY[whose]) as browser:
                for path in paths:
                    if (visit := await _visit(browser, path)) is not None:
                        found[f"{whose} {path}"] = visit
        return found


async def _browser(app: Cercle, user_id: int) -> httpx.AsyncClient:
    user, secret, now = await User.get(id=user_id), secrets.token_urlsafe(32), datetime.now(UTC)
    times: dict[str, Any] = {"proven_at": now, "factor_at": now, "seen_at": now, "expires_at": now + timedelta(days=1)}
    await LoginSession.create(token_hash=digest(secret), user=user, stamp=user.stamp, **times)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL)
    client.cookies.set(cookie_name(app.settings), secret)
    return client


async def _visit(browser: httpx.AsyncClient, path: str) -> Visit | None:
    if (await browser.get(path)).status_code != 200:
        return None
    for _ in range(WARM_UP):
        await browser.get(path)
    with counted() as seen:
        await browser.get(path)
    times = []
    for _ in range(VISITS):
        started = time.perf_counter()
        await browser.get(path)
        times.append(time.perf_counter() - started)
    return Visit(seen.count, statistics.median(times))


def compare(small: dict[str, str], large: dict[str, str], *, turns: int = TURNS) -> list[Line]:
    """Ask both sites in turn, each time in a process of its own.

    Args:
        small: the environment that names the small site.
        large: that of the large one.
        turns: how many times; the best of each page counts, because other work on the machine only adds to it.
    """
    found: dict[str, list[dict[str, Visit]]] = {"small": [], "large": []}
    for _ in range(turns):
        for name, environment in (("small", small), ("large", large)):
            found[name].append(_in_process(environment))
    return [
        Line(whose, path, _best(found["small"], f"{whose} {path}"), _best(found["large"], f"{whose} {path}"))
        for whose, paths in PAGES.items()
        for path in paths
        if f"{whose} {path}" in found["small"][0]
    ]


def _best(turns: list[dict[str, Visit]], page: str) -> Visit:
    return min((turn[page] for turn in turns), key=lambda visit: visit.seconds)


def _in_process(environment: dict[str, str]) -> dict[str, Visit]:
    command = [sys.executable, "-m", "benchmarks.scale", "visit"]
    done = subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return {page: Visit(*facts) for page, facts in json.loads(done.stdout.splitlines()[-1]).items()}


def table(name: str, lines: list[Line]) -> str:
    """The pages as a table, for the README."""
    head = [f"| {name} | queries | small | large | ratio | goal <= {GOAL} |", "|---|---|---|---|---|---|"]
    for line in lines:
        queries = str(line.small.queries)
        if line.small.queries != line.large.queries:
            queries += f", large {line.large.queries}"
        times = f"{line.small.seconds * 1000:.1f} ms | {line.large.seconds * 1000:.1f} ms | {line.ratio:.2f}"
        head.append(
            f"| {line.whose} `{line.path}` | {queries} | {times} | {'reached' if line.is_reached else 'missed'} |"
        )
    return "\n".join(head)


@contextmanager
def _postgres(folder: Path) -> Iterator[dict[str, str]]:
    from tests.services.postgres import postgres_server

    place = folder / "postgres"
    place.mkdir(exist_ok=True)
    with postgres_server(place) as server:
        yield {name: server.create_database(name) for name in ("small", "large")}


def _fill(sizes: Sizes, environment: dict[str, str]) -> None:
    numbers = ("clubs", "users", "memberships", "contents")
    wanted = [part for name in numbers for part in (f"--{name}", str(getattr(sizes, name)))]
    command = [sys.executable, "-m", "benchmarks.seed", *wanted]
    subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, check=True)


def _measure(folder: Path, name: str, sizes: Sizes, urls: dict[str, str]) -> str:
    sites = {}
    for size, wanted in (("small", SMALL), ("large", sizes)):
        data = folder / f"{name}-{size}"
        sites[size] = {"CERCLE_DATA_DIR": str(data), **({"CERCLE_DATABASE_URL": urls[size]} if urls else {})}
        _fill(wanted, sites[size])
    return table(name, compare(sites["small"], sites["large"]))


commands = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@commands.command()
def visit() -> None:
    """Ask every page of the site of CERCLE_DATA_DIR and CERCLE_DATABASE_URL, and print the figures as JSON."""
    found = asyncio.run(visit_all())
    print(json.dumps({page: (one.queries, one.seconds) for page, one in found.items()}))


@commands.command()
def run(
    database: Annotated[str, typer.Option(help="`sqlite`, `postgres` or both, with a comma.")] = "sqlite,postgres",
    clubs: Annotated[
        int, typer.Option(min=10, help="Clubs of the large site; people and content in proportion.")
    ] = 10_000,
) -> None:
    """Fill both sites of both databases, measure them, and write the tables into benchmarks/README.md."""
    sizes = Sizes(clubs, max(clubs * 10, 102), clubs * 100, clubs * 100)
    with tempfile.TemporaryDirectory() as place:
        folder, texts = Path(place), []
        if "sqlite" in database:
            texts.append(_measure(folder, "SQLite", sizes, {}))
        if "postgres" in database:
            with _postgres(folder) as urls:
                texts.append(_measure(folder, "PostgreSQL", sizes, urls))
    text = "\n\n".join(texts)
    print(text)
    before, _, rest = README.read_text().partition(MARK)
    README.write_text(f"{before}{MARK}\n\n{text}\n\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    commands()
