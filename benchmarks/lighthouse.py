"""`make lighthouse`: what Lighthouse says about the main pages of the demo, on a phone and on a desktop.

Prints a table for `benchmarks/README.md`. The tests of the face ask for the same pages on a phone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks import servers
from tests.services.chromium import ARGUMENTS, Chromium, unpacked_chromium
from tests.services.processes import accepts_connections, free_port, running

GOAL = 95
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SCRIPT = Path(__file__).parent.parent / "scripts" / "lighthouse.mjs"
CLUB = "/c/aquitaine"
PAGES = {
    "home": "/",
    "club": f"{CLUB}/",
    "wiki page": f"{CLUB}/wiki/pages/nos-rencontres",
    "post": f"{CLUB}/blog/posts/facture-electronique-ou-en-sommes-nous",
    "files": f"{CLUB}/files/",
    "directory": f"{CLUB}/directory/",
}
"""What everybody opens every day, by its name."""


def main() -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as folder, servers.cercle(Path(folder) / "data") as (port, _):
        url = f"http://127.0.0.1:{port}"
        print("| page | as on a | performance | accessibility | best practices | SEO | largest paint |")
        print("|---|---|---|---|---|---|---|")
        for form in ("mobile", "desktop"):
            for row in ask_lighthouse(url, unpacked_chromium(), form=form):
                scores = " | ".join(str(row["scores"][category]) for category in CATEGORIES)
                print(f"| {row['name']} | {form} | {scores} | {row['lcp'] / 1000:.2f} s |")


def ask_lighthouse(url: str, chromium: Chromium, *, form: str, tries: int = 3) -> list[dict[str, Any]]:
    """The scores of the main pages, as a member of the demo sees them.

    Args:
        url: the site's address, without a slash at the end.
        chromium: the browser to ask with.
        form: `mobile` or `desktop`.
        tries: how often a page is asked about whose performance is below the goal; the median counts.

    Returns:
        For each page its `name`, the `scores` by category, `lcp` in milliseconds and what it `missed`.
    """
    pages = [f"{name}={url}{path}" for name, path in PAGES.items()]
    with _debugged(chromium) as port:
        asked = (
            "--port",
            str(port),
            "--cookie",
            _sign_in(url),
            "--form",
            form,
            "--tries",
            str(tries),
            "--json",
            *pages,
        )
        done = subprocess.run((_node(), str(SCRIPT), *asked), check=False, capture_output=True, text=True)
    if not done.stdout.startswith("["):
        raise RuntimeError(f"Lighthouse gave up: {done.stderr}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@contextmanager
def _debugged(chromium: Chromium) -> Iterator[int]:
    """A running Chromium; answers the port where Lighthouse can drive it."""
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = (
            *(str(chromium.executable), *ARGUMENTS, "--headless=new", "--no-sandbox", "--window-size=1350,940"),
            *(f"--user-data-dir={folder}/profile", f"--remote-debugging-port={port}", "about:blank"),
        )
        with running(
            command,
            ready=lambda: accepts_connections(port),
            log=Path(folder) / "chromium.log",
            env={**os.environ, **chromium.env},
        ):
            yield port


def _sign_in(url: str) -> str:
    """The cookie of a login session."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    form = urllib.parse.urlencode({"email": "member@cercle.example", "password": "cercle-demo"})
    connection.request("POST", "/sign-in", form, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    found = re.search(r"(cercle=[^;]+)", answer.getheader("set-cookie", "") or "")
    if found is None:
        raise RuntimeError(f"sign-in answered {answer.status}")
    return found.group(1)


def _node() -> str:
    """The system's Node, or the one beside Python."""
    return shutil.which("node") or str(Path(sys.executable).with_name("node"))


if __name__ == "__main__":
    main()
