"""Fixtures of the whole suite: the village of `cercle.testing`, and the real services."""

from collections.abc import Callable

import pytest

pytest_plugins = ["cercle.testing", "tests.services.fixtures"]


@pytest.fixture(scope="session")
def postgres_address(request: pytest.FixtureRequest) -> Callable[[], str]:
    """The server starts when the first test asks for a PostgreSQL database."""
    return lambda: str(request.getfixturevalue("postgres").url("postgres"))
