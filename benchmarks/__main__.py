"""`make bench`: prints a table of ratios and writes it into `benchmarks/README.md`.

Each ratio pairs runs against both servers, one after the other, several times, and takes the median.
"""

from __future__ import annotations

import asyncio
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks import crowded, dispatch, load, search_quality, servers
from benchmarks.visits import add_plain_page, get, sign_in

ROUNDS = 5
REQUESTS = 1600
GIB = 1024**3
README = Path(__file__).parent / "README.md"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    cercle: str
    bare: str
    ratio: float
    goal: str
    reached: bool


def main() -> None:
    """Measure everything, print it, write it down."""
    with tempfile.TemporaryDirectory() as folder:
        text = "\n\n".join(
            (
                _table(_measure(Path(folder))),
                crowded.table(crowded.measure(Path(folder))),
                dispatch.table(dispatch.measure()),
                search_quality.table(search_quality.measure()),
            )
        )
    print(text)
    head = README.read_text().split("<!-- table -->")[0] if README.is_file() else ""
    README.write_text(f"{head}<!-- table -->\n\n{_machine()}\n\n{text}\n")


def _measure(folder: Path) -> list[Row]:
    data, served = folder / "data", folder / "bare"
    served.mkdir()
    with servers.cercle(data) as (port, pid):
        cookie = sign_in(port)
        token = servers.token(data, "member@cercle.example")
        session, bearer = {"Cookie": cookie}, {"Authorization": f"Bearer {token}"}
        add_plain_page(port, bearer)
        pages = {
            "signed-in wiki page": ("/c/aquitaine/wiki/pages/bench", session, "page.html", 0.3),
            "the same, put together anew": ("/c/aquitaine/wiki/pages/bench?anew=1", session, "anew.html", 0),
            "club home": ("/c/aquitaine/", session, "home.html", 0.35),
            "JSON API read of a page": ("/api/v1/clubs/aquitaine/wiki/pages/bench", bearer, "api.json", 0.3),
        }
        for path, headers, name, _ in pages.values():
            (served / name).write_bytes(get(port, path, headers))
        with (served / "file.bin").open("wb") as file:
            file.truncate(GIB)
        with servers.bare(served) as bare_port:
            table = [
                _pair(what, port, path, headers, bare_port, f"/{name}", goal)
                for what, (path, headers, name, goal) in pages.items()
            ]
            table += _files(port, pid, bearer, bare_port, served / "file.bin")
    return table


def _pair(what: str, port: int, path: str, headers: dict[str, str], bare_port: int, bare_path: str, goal: float) -> Row:
    asyncio.run(load.run(port, path, headers, requests=200))
    ours, theirs, ratios = [], [], []
    for _ in range(ROUNDS):
        bare = asyncio.run(load.run(bare_port, bare_path, {}, requests=REQUESTS))
        mine = asyncio.run(load.run(port, path, headers, requests=REQUESTS))
        ours.append(mine.rate)
        theirs.append(bare.rate)
        ratios.append(mine.rate / bare.rate)
    ratio = statistics.median(ratios)
    shown = f"{statistics.median(ours):.0f}/s", f"{statistics.median(theirs):.0f}/s"
    return Row(what, *shown, ratio, f">= {goal}" if goal else "", ratio >= goal)


def _files(port: int, pid: int, bearer: dict[str, str], bare_port: int, source: Path) -> list[Row]:
    """1 GB up and down: speed of the download against `FileResponse`, growth of the process's memory."""
    _download(port, "/healthz", {})
    before = servers.resident(pid)
    up, peak_up = _watched(pid, lambda: _upload(port, bearer, source))
    path = "/api/v1/clubs/aquitaine/files/content/bench/one-gigabyte.bin"
    mine = [_watched(pid, lambda: _download(port, path, bearer)) for _ in range(3)]
    bare = [_timed(lambda: _download(bare_port, "/file", {})) for _ in range(3)]
    peak = max(peak_up, *(peak for _, peak in mine))
    mine_s, bare_s = statistics.median(s for s, _ in mine), statistics.median(bare)
    grown, ratio = (peak - before) / 1024**2, bare_s / mine_s
    speeds = f"{1024 / mine_s:.0f} MB/s", f"{1024 / bare_s:.0f} MB/s"
    return [
        Row("download of 1 GB", *speeds, ratio, ">= 0.8", ratio >= 0.8),
        Row("upload of 1 GB", f"{1024 / up:.0f} MB/s", "", 0, "", True),
        Row("memory, 1 GB up and down", f"+{grown:.0f} MB", "", 0, "< 50 MB", grown < 50),
    ]


def _watched(pid: int, act: Callable[[], None]) -> tuple[float, int]:
    peak, done = servers.resident(pid), threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, servers.resident(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return _timed(act), peak
    finally:
        done.set()
        watcher.join()


def _timed(act: Callable[[], None]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _upload(port: int, headers: dict[str, str], source: Path) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=300)
    with source.open("rb") as file:
        size = {"Content-Length": str(source.stat().st_size)}
        connection.request(
            "PUT", "/api/v1/clubs/aquitaine/files/content/bench/one-gigabyte.bin", file, {**headers, **size}
        )
        answer = connection.getresponse()
        body = answer.read()
    if answer.status not in (200, 201):
        raise RuntimeError(f"{answer.status} {body[:500]!r}")


def _download(port: int, path: str, headers: dict[str, str]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status} {answer.read()[:500]!r}")
    buffer = bytearray(1024 * 1024)
    while answer.readinto(buffer):
        pass


def _table(rows: list[Row]) -> str:
    lines = ["| what | Cercle | bare Starlette | ratio | goal | |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = f"{row.ratio:.2f}" if row.ratio else ""
        verdict = ("reached" if row.reached else "missed") if row.goal else ""
        lines.append(f"| {row.what} | {row.cercle} | {row.bare} | {ratio} | {row.goal} | {verdict} |")
    return "\n".join(lines)


def _machine() -> str:
    return f"Python {platform.python_version()}, {ROUNDS} paired rounds of {REQUESTS} requests, one worker, SQLite."


if __name__ == "__main__":
    main()
