"""`cercle serve` opens the door for mails where the settings say, and says so when it cannot."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.processes import accepts_connections, free_port, running

pytestmark = pytest.mark.sqlite_only


def environment(folder: Path, database_url: str, port: int, place: str) -> dict[str, str]:
    return os.environ | {
        "CERCLE_DATA_DIR": str(folder),
        "CERCLE_DATABASE_URL": database_url,
        "CERCLE_SECRET_KEY": "k" * 48,
        "CERCLE_BASE_URL": f"http://127.0.0.1:{port}",
        "CERCLE_INBOUND_ADDRESS": "reply@cercle.example",
        "CERCLE_INBOUND_LISTEN": place,
    }


def test_the_served_site_takes_mails_and_ends_with_them(tmp_path: Path, database_url: str) -> None:
    port, mails = free_port(), free_port()
    env = environment(tmp_path, database_url, port, f"127.0.0.1:{mails}")
    command = (sys.executable, "-m", "cercle", "serve", "--port", str(port))
    with (
        running(command, ready=lambda: accepts_connections(port), log=tmp_path / "log", env=env),
        socket.create_connection(("127.0.0.1", mails), timeout=10) as client,
    ):
        greeting = client.recv(100)
    assert greeting == b"220 cercle.example Cercle\r\n"
    assert not accepts_connections(mails)


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path, database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        command = (sys.executable, "-m", "cercle", "serve", "--port", str(free_port()))
        env = environment(tmp_path, database_url, 8000, place)
        ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, f"CERCLE_INBOUND_LISTEN: cannot listen on {place}" in ended.stderr) == (1, True)
