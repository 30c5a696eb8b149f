"""A small bounded load generator for servers on 127.0.0.1: keep-alive connections that ask for one address."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """What a run measured.

    Args:
        rate: requests per second.
        p50, p95: milliseconds per request.
        size: bytes of the last body.
    """

    rate: float
    p50: float
    p95: float
    size: int


async def run(port: int, path: str, headers: dict[str, str], *, requests: int, connections: int = 8) -> Result:
    """Ask `requests` times over `connections` connections.

    Raises:
        RuntimeError: when an answer is not 200.
    """
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    message = ("\r\n".join(lines) + "\r\n\r\n").encode()
    spent: list[float] = []
    share = requests // connections
    started = time.perf_counter()
    sizes = await asyncio.gather(*(_connection(port, message, share, spent) for _ in range(connections)))
    elapsed = time.perf_counter() - started
    spent.sort()
    return Result(len(spent) / elapsed, spent[len(spent) // 2] * 1000, spent[int(len(spent) * 0.95)] * 1000, max(sizes))


async def _connection(port: int, message: bytes, count: int, spent: list[float]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    size = 0
    for _ in range(count):
        started = time.perf_counter()
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode("latin-1"))
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(size)
        spent.append(time.perf_counter() - started)
    writer.close()
    return size
