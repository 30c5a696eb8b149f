"""Processes that a run starts on 127.0.0.1 and ends by their id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def bare(folder: Path) -> Iterator[int]:
    """The bare application; answers its port."""
    port = free_port()
    with _process(
        [sys.executable, "-m", "benchmarks.bare", str(port), str(folder)], f"http://127.0.0.1:{port}/page.html"
    ):
        yield port


@contextmanager
def cercle(data: Path, packages: Path | None = None) -> Iterator[tuple[int, int]]:
    """Cercle with the demo, and with the plugins of a folder where one is given; answers its port and process id."""
    port = free_port()
    command = [sys.executable, "-m", "cercle", "demo", "--port", str(port)]
    environment = {"CERCLE_DATA_DIR": str(data), "CERCLE_CLUB_QUOTA": str(20 * 1024**3)}
    if packages is not None:
        environment["PYTHONPATH"] = f"{packages}{os.pathsep}{ROOT}"
    with _process(command, f"http://127.0.0.1:{port}/healthz", environment) as pid:
        yield port, pid


def token(data: Path, email: str) -> str:
    """An API token of a demo person."""
    command = [sys.executable, "-m", "cercle", "token", "create", email]
    environment = {**os.environ, "CERCLE_DATA_DIR": str(data)}
    return subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def resident(pid: int) -> int:
    """Resident memory of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} has no resident memory")


@contextmanager
def _process(command: list[str], probe: str, environment: dict[str, str] | None = None) -> Iterator[int]:
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(environment or {})}, stderr=subprocess.PIPE)
    try:
        _wait(process, probe)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], probe: str) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError((process.stderr.read() if process.stderr else b"").decode())
        try:
            with urllib.request.urlopen(probe, timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{probe} does not answer")
