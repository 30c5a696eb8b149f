"""A large file goes up and comes down through a real server while the server's memory stays flat."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.services.s3 import S3

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
SIZE = int(os.environ.get("STREAMING_TEST_MIB", "192")) * MIB
GROWTH = 50 * MIB
ROOT = Path(__file__).parents[2]
BLOCK = os.urandom(MIB)

SERVER = """
import socket, sys
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from core.storage import BlobResponse, open_storage
from core.uploads import body_chunks, multipart_files
from tests.core.bare_site import bind_bare_site

storage = open_storage(sys.argv[1])
LIMIT = 4 * 1024**3

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    bind_bare_site()
    request = Request(scope, receive)
    if request.method == "GET":
        hash = request.url.path[1:]
        await BlobResponse(storage, hash, size=await storage.size(hash), filename="x")(scope, receive, send)
        return
    written = await (put(request) if request.method == "PUT" else post(request))
    await PlainTextResponse(written.hash)(scope, receive, send)

async def put(request):
    return await storage.write(body_chunks(request, LIMIT), limit=LIMIT)

async def post(request):
    async for part in multipart_files(request, limit=LIMIT):
        return await storage.write(part.chunks, limit=LIMIT)

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off")).run([listener])
"""


@asynccontextmanager
async def server(url: str, env: dict[str, str]) -> AsyncIterator[tuple[httpx.AsyncClient, Path]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVER, url),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | env,
    )
    assert process.stdout is not None
    try:
        port = int(await process.stdout.readline())
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:
            yield client, Path(f"/proc/{process.pid}")
    finally:
        process.kill()
        await process.wait()


async def body(before: bytes = b"", after: bytes = b"") -> AsyncIterator[bytes]:
    yield before
    for _ in range(SIZE // MIB):
        yield BLOCK
    yield after


def resident(process: Path) -> int:
    """The resident memory of a process in bytes."""
    return int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def open_files(process: Path) -> list[str]:
    return [str(link.readlink()) for link in (process / "fd").iterdir() if link.is_symlink()]


async def grows_little(process: Path, client: httpx.AsyncClient) -> None:
    """One upload of each kind and one download, after a small one of each to warm up."""
    expected = hashlib.sha256()
    for _ in range(SIZE // MIB):
        expected.update(BLOCK)
    form = {"content-type": "multipart/form-data; boundary=XX"}
    head = b'--XX\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    small = (await client.put("/", content=BLOCK)).text
    assert (await client.get(f"/{small}")).content == BLOCK
    before = resident(process)
    assert (await client.put("/", content=body())).text == expected.hexdigest()
    assert (await client.post("/", content=body(head, b"\r\n--XX--\r\n"), headers=form)).text == expected.hexdigest()
    received = hashlib.sha256()
    async with client.stream("GET", f"/{expected.hexdigest()}") as answer:
        async for chunk in answer.aiter_raw():
            received.update(chunk)
    assert received.hexdigest() == expected.hexdigest()
    assert resident(process) - before < GROWTH


async def test_memory_stays_flat_over_a_disk(tmp_path: Path) -> None:
    async with server(f"file://{tmp_path}", {}) as (client, process):
        await grows_little(process, client)


async def test_memory_stays_flat_over_an_object_store(s3: S3) -> None:
    async with server(s3.url, s3.env) as (client, process):
        await grows_little(process, client)


async def test_a_reader_that_leaves_half_way_stops_the_reading(tmp_path: Path) -> None:
    async with server(f"file://{tmp_path}", {}) as (client, process):
        hash = (await client.put("/", content=body())).text
        async with client.stream("GET", f"/{hash}") as answer:
            await anext(answer.aiter_raw())
        other = (await client.put("/", content=b"other")).text
        for _ in range(100):  # each answer gives the server a turn to notice
            assert (await client.get(f"/{other}")).content == b"other"
            if not any(hash in file for file in open_files(process)):
                return
        pytest.fail("the file is still open")
