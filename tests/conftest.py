"""Fixtures of the whole suite: the village of `cercle.testing`, and the real services."""

from collections.abc import Callable

import pytest

from cercle._testing.wcag import Browsers
from tests.browser.checks import AXE
from tests.services.chromium import unpacked_chromium

pytest_plugins = ["cercle.testing", "tests.services.fixtures"]


@pytest.fixture(scope="session")
def postgres_address(request: pytest.FixtureRequest) -> Callable[[], str]:
    """The server starts when the first test asks for a PostgreSQL database."""
    return lambda: str(request.getfixturevalue("postgres").url("postgres"))


@pytest.fixture(scope="session")
def browsers() -> Browsers:
    """The Chromium of this repository; a test that cannot have it fails."""
    return unpacked_chromium().browser


@pytest.fixture(scope="session")
def axe() -> str:
    """The axe-core of this repository."""
    return AXE
