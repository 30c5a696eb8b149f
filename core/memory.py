"""How the C library handles freed memory.

SQLite opens a small table in memory for each sorting that no index does, about 100 kB with its first pages, and frees it with
the statement. The C library of GNU gives memory at the end of its heap back to the system as soon as 128 kB of it are free, so
each page of the site gave back and fetched the same megabytes again: measured on the home of a club, a thousand page faults and
three quarters of the time of its query (2.1 ms against 0.5 ms).
"""

from __future__ import annotations

import ctypes
from functools import lru_cache

KEPT = 16 * 1024 * 1024  # bytes of freed memory that stay with the process
LARGE = 1024 * 1024  # blocks from this size on are asked of the system one by one, and given back at once
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h


@lru_cache(maxsize=1)
def keep_freed_memory() -> bool:
    """Keep a little of what is freed for the next time; answers whether the C library knows how."""
    try:
        choose = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # not that of GNU
        return False
    return bool(choose(_TRIM_THRESHOLD, KEPT) and choose(_MMAP_THRESHOLD, LARGE))
