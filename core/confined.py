"""The worker's side of a child process that reads hostile bytes: it limits itself, reads, and refuses with one word.

Imports little, since each child pays for it. The server's side is `core.children`.
"""

from __future__ import annotations

import io
import resource
import sys
from typing import BinaryIO, NoReturn

MIB = 1024 * 1024
REFUSED = 3
"""The status with which a worker ends that refuses its input; the reason stands on standard error, in one word."""


def limit_this_process(*, memory: int, seconds: int, grace: int = 0) -> None:
    """Take away what a worker does not need; children of the operator's own lower limits keep those.

    Args:
        memory: bytes of address space.
        seconds: of processor time until SIGXCPU, which kills unless it is handled.
        grace: more seconds until nothing helps any more.
    """
    _lower(resource.RLIMIT_AS, memory, memory)
    _lower(resource.RLIMIT_CPU, seconds, seconds + grace)
    _lower(resource.RLIMIT_FSIZE, 0, 0)
    _lower(resource.RLIMIT_NOFILE, 32, 32)
    _lower(resource.RLIMIT_CORE, 0, 0)


def read_input(most: int) -> BinaryIO:
    """Standard input as a file that can be read in any order; `large` when it comes in a pipe and is more than `most` bytes."""
    source = sys.stdin.buffer
    if source.seekable():
        return source
    content = source.read(most + 1)
    if len(content) > most:
        refuse("large")
    return io.BytesIO(content)


def refuse(reason: str) -> NoReturn:
    """End this process without a result.

    Args:
        reason: one word.
    """
    sys.stderr.write(reason)
    sys.stderr.flush()
    sys.exit(REFUSED)


def _lower(which: int, soft: int, hard: int) -> None:
    allowed = resource.getrlimit(which)[1]
    if allowed != resource.RLIM_INFINITY:
        soft, hard = min(soft, allowed), min(hard, allowed)
    resource.setrlimit(which, (soft, hard))
