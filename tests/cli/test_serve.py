"""`cercle serve` and `cercle worker`: real processes that start, answer, share what changes, and stop when told."""

import re
import socket
import sqlite3
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from core import sqlite
from core.server import serve as serve_site
from core.settings import load_settings
from tests.cli.runs import CERCLE, Served, asked, cercle, environment, operator, served
from tests.services.processes import running


def test_an_empty_site_prints_the_link_of_the_first_operator_once(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        log = site.log.read_text()
        assert f"Cercle is at http://127.0.0.1:{site.port}" in log
        assert "Open this link once to become its first operator" in log
        link = re.search(r"http://127\.0\.0\.1:\d+(/\S+)", log.split("first operator:")[1])
        assert link
        assert "<form" in site.get(link[1])
        assert site.get("/healthz") == "ok\n"
        assert stopped(site) == 0
    assert "Traceback" not in site.log.read_text()
    with sqlite3.connect(tmp_path / "cercle.db") as database:
        assert database.execute("SELECT count(*) FROM accounts_user").fetchone() == (0,)
    operator(tmp_path)
    with served(tmp_path) as site:
        assert "first operator" not in site.log.read_text()


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        started = cercle(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert (started.returncode, "Traceback" in started.stderr) == (1, False)
    assert "--port: cannot listen on 127.0.0.1" in started.stderr
    assert "Address already in use" in started.stderr


def test_several_processes_are_refused_where_sqlite_would_be_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 51, 2))
    assert not sqlite.library_is_safe_for_several_writers()
    settings = load_settings(data_dir=tmp_path)
    with pytest.raises(Exception, match=r"--workers: SQLite .* can damage a database .* CERCLE_DATABASE_URL"):
        serve_site(settings, host="127.0.0.1", port=0, workers=2)


def test_several_processes_need_redis(tmp_path: Path) -> None:
    started = cercle(tmp_path, "serve", "--workers", "2", CERCLE_DATABASE_URL="postgres://127.0.0.1:1/nothing")
    assert (started.returncode, "CERCLE_REDIS_URL" in started.stderr) == (1, True)


def test_a_worker_needs_redis(tmp_path: Path) -> None:
    started = cercle(tmp_path, "worker")
    assert (started.returncode, "CERCLE_REDIS_URL" in started.stderr) == (1, True)


def test_a_broken_plugin_is_told_and_safe_leaves_it_out(tmp_path: Path) -> None:
    package = tmp_path / "packages" / "cercle_broken"
    about = tmp_path / "packages" / "cercle_broken-1.0.dist-info"
    for folder in (package, about):
        folder.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('the roof is off')\n")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: cercle-broken\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[cercle.plugins]\nbroken = cercle_broken\n")
    path = {"PYTHONPATH": f"{tmp_path / 'packages'}:{environment(tmp_path)['PYTHONPATH']}"}
    with served(tmp_path / "data", **path) as site:
        assert "Plugin broken does not run: RuntimeError: the roof is off" in site.log.read_text()
    with served(tmp_path / "data", "--safe", **path) as site:
        log = site.log.read_text()
        assert (
            "the roof is off" in log,
            "Plugin broken does not run: Not loaded: the site runs in safe mode" in log,
        ) == (False, True)


def test_two_processes_over_postgres_see_a_switch_at_once(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    """A plugin is turned off through one process; after that no process answers for it, without a restart."""
    shared = {"CERCLE_DATABASE_URL": postgres_url, "CERCLE_REDIS_URL": redis_url}
    token = operator(tmp_path, **shared)
    with served(tmp_path, "--workers", "2", **shared) as site:
        switch, pages = "/api/v1/clubs/lyon/plugins/wiki", "/api/v1/clubs/lyon/wiki/pages"
        for state, status in (("on", 200), ("off", 404), ("on", 200)):
            assert asked(site, switch, token, {"state": state}) == 200
            assert {asked(site, pages, token) for _ in range(30)} == {status}
        assert stopped(site) == 0


def test_a_worker_takes_the_jobs_of_the_site(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    """A letter that the site puts into the queue is written by the worker, which has a folder of its own."""
    shared = {"CERCLE_DATABASE_URL": postgres_url, "CERCLE_REDIS_URL": redis_url}
    operator(tmp_path / "site", **shared)
    log = tmp_path / "worker.log"
    work = running(
        (*CERCLE, "worker"),
        ready=lambda: "worker is ready" in log.read_text(),
        log=log,
        env=environment(tmp_path / "worker", **shared),
    )
    with work as worker, served(tmp_path / "site", **shared) as site:
        form = urllib.parse.urlencode({"email": "grace@example.org"}).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/reset-password", form, timeout=20) as answer:
            assert answer.status == 200
        wait_until(lambda: list((tmp_path / "worker").glob("mail/*.eml")), worker)
        worker.terminate()
        assert worker.wait(30) == 0
    assert "Traceback" not in log.read_text()
    assert list((tmp_path / "site").glob("mail/*.eml")) == []


def wait_until(ready: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    """Wait until this is so, at most 20 seconds, as long as the process lives."""
    for _ in range(200):
        if ready():
            return
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the process ended with {process.wait(0.1)}")
    raise AssertionError("nothing happened for 20 seconds")


def stopped(site: Served) -> int:
    """Tell the process to stop, and wait for it."""
    site.process.terminate()
    return site.process.wait(30)
