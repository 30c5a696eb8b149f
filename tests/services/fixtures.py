"""Fixtures for the real services. Each server starts when a test first asks for it, once per test process.

Load them with `pytest_plugins = ["tests.services.fixtures"]` in the top conftest.py.
"""

import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser

from cercle._testing.village import BASE_URL
from tests.services.chromium import Chromium, unpacked_chromium
from tests.services.identity import IdentityProvider, identity_provider
from tests.services.postgres import Postgres, postgres_server
from tests.services.redis import RedisServer, redis_server
from tests.services.s3 import S3, s3_server
from tests.services.smtp import Smtp, smtp_server


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, and fixtures of every scope share one event loop."""
    return "asyncio"


@pytest.fixture(scope="session")
def service_folder() -> Iterator[Path]:
    """A folder for the servers of this process, in the temporary folder, where other users may pass."""
    with tempfile.TemporaryDirectory(prefix="cercle-services-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@pytest.fixture(scope="session")
def postgres(service_folder: Path) -> Iterator[Postgres]:
    """A PostgreSQL server of its own for this test process."""
    with postgres_server(_new(service_folder, "postgres")) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The address of an empty PostgreSQL database that this test alone uses."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def redis(service_folder: Path) -> Iterator[RedisServer]:
    """A Valkey server (which speaks Redis) of its own for this test process."""
    with redis_server(_new(service_folder, "redis")) as server:
        yield server


@pytest.fixture
def redis_url(redis: RedisServer) -> str:
    """The address of an empty Redis database that this test alone uses."""
    redis.empty()
    return redis.url


@pytest.fixture(scope="session")
def s3_store(service_folder: Path) -> Iterator[S3]:
    """An S3 store of its own for this test process."""
    with s3_server(_new(service_folder, "s3")) as server:
        yield server


@pytest.fixture
def s3(s3_store: S3) -> S3:
    """An empty place in the S3 store that this test alone uses."""
    return replace(s3_store, prefix=secrets.token_hex(6))


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    """An SMTP server with an empty letter box."""
    with smtp_server() as server:
        yield server


@pytest.fixture(scope="session")
def provider_server(service_folder: Path) -> Iterator[IdentityProvider]:
    """An OpenID Connect provider of its own for this test process."""
    with identity_provider(_new(service_folder, "identity"), BASE_URL) as server:
        yield server


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    """An installed Chromium, not running."""
    return unpacked_chromium()


@pytest.fixture(scope="module")
async def browser(chromium: Chromium) -> AsyncIterator[Browser]:
    """A running headless Chromium, shared by the tests of a module; each opens its own context."""
    async with chromium.browser() as browser:
        yield browser


def _new(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir()
    return path
