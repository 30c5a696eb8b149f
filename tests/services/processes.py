"""Starts a service as a child process, waits until it answers, and ends exactly that process."""

import ctypes
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05


class ServiceError(RuntimeError):
    """The service ended or stayed silent; carries the end of its log."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def accepts_connections(port: int) -> bool:
    """Tells whether something listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    ready: Callable[[], bool],
    log: Path,
    stop_signal: signal.Signals = signal.SIGTERM,
    env: dict[str, str] | None = None,
    user: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs `command` until the block is left. Its output goes to the file `log`.

    The block is entered once `ready()` is true. `user` is the numeric user to run as (root only); `env`
    replaces the environment. On Linux the process also ends when this one is killed.

    Raises ServiceError when it ends before it is ready, or is not ready after START_SECONDS.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one kernel call
        )
    try:
        _wait_until_ready(process, ready, log)
        yield process
    finally:
        _end(process, stop_signal)


def _wait_until_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if _ended_within(process, POLL_SECONDS):
            raise ServiceError(f"{process.args!r} ended with {process.returncode}:\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise ServiceError(f"{process.args!r} did not answer within {START_SECONDS:.0f} s:\n{_tail(log)}")


def _ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end(process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    if process.poll() is not None:
        return
    process.send_signal(stop_signal)
    if not _ended_within(process, STOP_SECONDS):
        process.kill()
        process.wait()


def _end_with_parent() -> None:
    """Runs in the child between fork and exec: asks Linux for a SIGTERM when the parent dies (prctl(2))."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
