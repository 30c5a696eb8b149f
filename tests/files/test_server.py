"""A real server process: memory stays flat however large the file is, and a kill in the middle of an upload leaves nothing."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from cercle.testing import Village, opened_village, village_settings
from plugins.files.models import Entry
from tests.files.conftest import Shelf
from tests.services.processes import accepts_connections, free_port, running

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_only]

MIB = 1024 * 1024
SIZE = int(os.environ.get("STREAMING_TEST_MIB", "200")) * MIB
GROWTH = 50 * MIB
ROOT = Path(__file__).parents[2]
BLOCK = os.urandom(MIB)
CONTENT = "/api/v1/clubs/atelier/files/content"


@dataclass(frozen=True, slots=True)
class Server:
    """A running `cercle serve` and a script of the member."""

    process: subprocess.Popen[bytes]
    client: httpx.AsyncClient

    def resident(self) -> int:
        """The resident memory of the process in bytes."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

    async def until(self, reached: Callable[[], bool]) -> None:
        """Ask the server something, which gives it turns, until this is so."""
        async with asyncio.timeout(20):
            while not reached():
                assert (await self.client.get("/healthz")).status_code == 200


@asynccontextmanager
async def served(folder: Path, database_url: str, token: str) -> AsyncIterator[Server]:
    port = free_port()
    env = {
        "CERCLE_DATA_DIR": str(folder),
        "CERCLE_DATABASE_URL": database_url,
        "CERCLE_SECRET_KEY": "k" * 48,
        "CERCLE_BASE_URL": f"http://127.0.0.1:{port}",
    }
    command = (sys.executable, "-m", "cercle", "serve", "--port", str(port))
    log = folder / "server.log"
    with running(command, ready=lambda: accepts_connections(port), log=log, env=os.environ | env) as process:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=120, headers={"authorization": token}, trust_env=False
        ) as client:
            yield Server(process, client)


async def _token(village: Village) -> str:
    script = village.api(village.member)
    assert (await script.get("me")).status_code == 200
    return script.headers["authorization"]


async def body(
    size: int, *, sent: asyncio.Event | None = None, hold: asyncio.Event | None = None
) -> AsyncIterator[bytes]:
    """Random bytes; stops half-way until `hold` is set, having set `sent`."""
    for number in range(size // MIB):
        if sent is not None and hold is not None and number == size // MIB // 2:
            sent.set()
            await hold.wait()
        yield BLOCK


async def test_memory_stays_flat_up_and_down(tmp_path: Path, database_url: str) -> None:
    settings = village_settings(tmp_path / "data", database_url)
    async with opened_village(settings) as village:
        token = await _token(village)
    expected = hashlib.sha256()
    for _ in range(SIZE // MIB):
        expected.update(BLOCK)
    async with served(tmp_path / "data", database_url, token) as server:
        client = server.client
        assert (await client.put(f"{CONTENT}/warm.bin", content=BLOCK)).status_code == 201
        assert (await client.get(f"{CONTENT}/warm.bin")).content == BLOCK
        before = server.resident()
        answer = await client.put(f"{CONTENT}/big.bin", content=body(SIZE))
        assert (answer.status_code, answer.json()["hash"]) == (201, expected.hexdigest())
        received = hashlib.sha256()
        async with client.stream("GET", f"{CONTENT}/big.bin") as download:
            async for chunk in download.aiter_raw():
                received.update(chunk)
        assert received.hexdigest() == expected.hexdigest()
        assert server.resident() - before < GROWTH


async def test_a_kill_in_the_middle_of_an_upload_leaves_nothing(tmp_path: Path, database_url: str) -> None:
    folder = tmp_path / "data"
    settings = village_settings(folder, database_url)
    async with opened_village(settings) as village:
        token = await _token(village)
    sent, hold = asyncio.Event(), asyncio.Event()
    async with served(folder, database_url, token) as server:
        upload = asyncio.create_task(
            server.client.put(f"{CONTENT}/Dossier/big.bin", content=body(16 * MIB, sent=sent, hold=hold))
        )
        await sent.wait()
        await server.until(lambda: temporary(folder) != [])
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        hold.set()
        with pytest.raises(httpx.TransportError):
            await upload
    async with opened_village(settings) as village:
        shelf = Shelf(village)
        assert (await shelf.counts(), await shelf.used(), await Entry.all().count()) == ((0, 0, 0), 0, 0)
        assert len(temporary(folder)) == 1
        assert await village.app.storage.sweep_temporary(timedelta()) == 1
        assert [path for path in (folder / "blobs").rglob("*") if path.is_file()] == []


async def test_a_sender_that_goes_away_leaves_nothing(tmp_path: Path, database_url: str) -> None:
    folder = tmp_path / "data"
    settings = village_settings(folder, database_url)
    async with opened_village(settings) as village:
        token = await _token(village)
    sent, hold = asyncio.Event(), asyncio.Event()
    async with served(folder, database_url, token) as server:
        upload = asyncio.create_task(
            server.client.put(f"{CONTENT}/big.bin", content=body(16 * MIB, sent=sent, hold=hold))
        )
        await sent.wait()
        await server.until(lambda: temporary(folder) != [])
        upload.cancel()
        await asyncio.gather(upload, return_exceptions=True)
        await server.until(lambda: temporary(folder) == [])
        assert (await server.client.get("/api/v1/clubs/atelier/files")).json() == {"items": [], "next": None}


def temporary(folder: Path) -> list[Path]:
    return list((folder / "blobs" / "tmp").iterdir())
