"""Pytest fixtures for Cercle and its plugins: `pytest_plugins = ["cercle.testing"]` in your top `conftest.py`.

The fixture `village` is a running site with people of every kind; see `Village`. Each test that uses it runs once on
every database of CERCLE_TEST_DATABASES (`sqlite,postgres` unless set), on a fresh copy. PostgreSQL needs a server on
which databases may be made: name it in CERCLE_TEST_POSTGRES_URL, or override the fixture `postgres_address`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cercle._testing.canary import Leak, Sweep, canary_sweep
from cercle._testing.contract import PluginContract
from cercle._testing.databases import Databases
from cercle._testing.planting import Planter
from cercle._testing.queries import Queries
from cercle._testing.sheets import Sheets, mark_promises, promises_of
from cercle._testing.village import (
    Village,
    opened_village,
    populate,
    village_settings,
)
from cercle._testing.wcag import ADVICE, Browsers, Wcag, find_axe, own_browser

__all__ = [
    "Databases",
    "Leak",
    "Planter",
    "PluginContract",
    "Queries",
    "Sweep",
    "Village",
    "Wcag",
    "canary_sweep",
    "opened_village",
    "populate",
    "village_settings",
]

KINDS = ("sqlite", "postgres")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--cercle-verdict`."""
    words = "write what PluginContract finds into verdict.json of the plugin's package, for operators to read"
    parser.getgroup("cercle").addoption("--cercle-verdict", action="store_true", help=words)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known."""
    for kind in KINDS:
        config.addinivalue_line("markers", f"{kind}_only: run the test on this database alone")
    if config.getoption("--cercle-verdict", default=False):
        config.pluginmanager.register(_Verdicts(), "cercle-verdicts")


class _Verdicts:
    """Listens to the reports of the run, where a verdict is wanted."""

    def __init__(self) -> None:
        self.sheets = Sheets(promises_of(PluginContract))
        self.written: list[Path] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        mark_promises(items, PluginContract)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.sheets.note(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not hasattr(session.config, "workerinput"):  # the processes of xdist leave it to the one that started them
            self.written = list(self.sheets.write())

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for path in self.written:
            terminalreporter.write_line(f"verdict: {path}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that asks for a database on every kind of it."""
    if "database_kind" not in metafunc.fixturenames:
        return
    wanted = os.environ.get("CERCLE_TEST_DATABASES", ",".join(KINDS)).split(",")
    only = [kind for kind in KINDS if metafunc.definition.get_closest_marker(f"{kind}_only")]
    metafunc.parametrize("database_kind", [kind for kind in wanted if kind in (only or KINDS)], scope="function")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_address() -> Callable[[], str | None]:
    """Gives the address of a PostgreSQL database on a server for tests, when one is asked for."""
    return lambda: os.environ.get("CERCLE_TEST_POSTGRES_URL")


@pytest.fixture(scope="session")
def databases(
    tmp_path_factory: pytest.TempPathFactory, postgres_address: Callable[[], str | None]
) -> Iterator[Databases]:
    """The databases of this test process, with the village settled in their templates."""
    folder = tmp_path_factory.mktemp("databases")

    async def fill(url: str) -> None:
        await populate(village_settings(folder / "data", url))

    with _no_outer_settings():
        yield Databases(folder, fill, postgres_address)


@pytest.fixture
def database_url(databases: Databases, database_kind: str) -> Iterator[str]:
    """The address of a database of its own for this test, with the village settled in it."""
    with databases.fresh(database_kind) as url:
        yield url


@pytest.fixture
async def village(database_url: str, tmp_path: Path) -> AsyncIterator[Village]:
    """A running site with people of every kind, on a database of its own."""
    async with opened_village(village_settings(tmp_path / "data", database_url)) as opened:
        yield opened


@pytest.fixture(scope="session")
def browsers() -> Browsers:
    """Opens a browser for the tests of WCAG; override it to bring your own."""
    return own_browser


@pytest.fixture(scope="session")
def axe() -> str | None:
    """The source of axe-core; None where it is not installed."""
    return find_axe()


@pytest.fixture
def wcag(browsers: Browsers, axe: str | None) -> Wcag:
    """A browser and axe-core; the test is skipped with the reason where one of them is missing."""
    if axe is None:
        pytest.skip(f"axe-core is not installed: {ADVICE}")
    return Wcag(browsers, axe)


@contextmanager
def _no_outer_settings() -> Iterator[None]:
    """The settings of whoever runs the tests do not reach them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("CERCLE_") and not name.startswith("CERCLE_TEST_"):
                patch.delenv(name)
        yield
