"""Pages of a site with thirty plugins on, against the same pages with those that come with Cercle."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load, servers
from benchmarks.many import write_plugins
from benchmarks.visits import add_plain_page, sign_in

MORE = 26
ROUNDS = 5
REQUESTS = 240
GOAL = 0.5
PAGES = {
    "club home": "/c/aquitaine/",
    "club home, put together anew": "/c/aquitaine/?anew=1",
    "wiki page": "/c/aquitaine/wiki/pages/bench",
    "wiki page, put together anew": "/c/aquitaine/wiki/pages/bench?anew=1",
}


@dataclass(frozen=True, slots=True)
class Crowd:
    """One page on both sites, in requests per second.

    Args:
        ratio: the median of paired runs.
    """

    what: str
    many: float
    few: float
    ratio: float


def measure(folder: Path) -> list[Crowd]:
    """Serve both sites and ask them in turn."""
    packages = folder / "packages"
    packages.mkdir()
    write_plugins(packages, MORE)
    with servers.cercle(folder / "few") as (few, _), servers.cercle(folder / "many", packages) as (many, _):
        cookies = {}
        for port, data in ((few, folder / "few"), (many, folder / "many")):
            token = servers.token(data, "member@cercle.example")
            add_plain_page(port, {"Authorization": f"Bearer {token}"})
            cookies[port] = {"Cookie": sign_in(port)}
        return [_pair(what, path, many, few, cookies) for what, path in PAGES.items()]


def _pair(what: str, path: str, many: int, few: int, cookies: dict[int, dict[str, str]]) -> Crowd:
    rates: dict[int, list[float]] = {many: [], few: []}
    for port in rates:
        asyncio.run(load.run(port, path, cookies[port], requests=80))
    for _ in range(ROUNDS):
        for port, found in rates.items():
            found.append(asyncio.run(load.run(port, path, cookies[port], requests=REQUESTS)).rate)
    ratio = statistics.median(one / other for one, other in zip(rates[many], rates[few], strict=True))
    return Crowd(what, statistics.median(rates[many]), statistics.median(rates[few]), ratio)


def table(crowds: Sequence[Crowd]) -> str:
    """The pages as a table."""
    lines = ["| what | 30 plugins | 4 plugins | ratio | goal | |", "|---|---|---|---|---|---|"]
    for one in crowds:
        verdict = "reached" if one.ratio > GOAL else "missed"
        lines.append(f"| {one.what} | {one.many:.0f}/s | {one.few:.0f}/s | {one.ratio:.2f} | > {GOAL} | {verdict} |")
    return "\n".join(lines)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        print(table(measure(Path(place))))
