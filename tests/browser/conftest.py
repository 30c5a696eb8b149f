"""One server with the demo clubs for all tests with a browser, which therefore run in one process, one after another."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser

from tests.browser.site import Site, demo_site
from tests.browser.visitors import Door


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the tests of this folder in one process of pytest-xdist."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running demo."""
    with demo_site(tmp_path_factory.mktemp("demo")) as site:
        yield site


@pytest.fixture(scope="module")
def door(browser: Browser, site: Site) -> Door:
    """The way into the demo with a browser."""
    return Door(browser, site)
