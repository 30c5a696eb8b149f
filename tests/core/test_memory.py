"""Freed memory stays with the process, so that sorting does not fetch it from the system anew each time."""

import platform
import subprocess
import sys

import pytest

SORTING = """
import resource, sqlite3
from core.memory import keep_freed_memory
database = sqlite3.connect(":memory:")
database.execute("CREATE TABLE thing (a, b)")
database.executemany("INSERT INTO thing VALUES (?, ?)", [(number, -number) for number in range(9)])
one = "(SELECT a FROM (SELECT a FROM thing ORDER BY b LIMIT 3))"
many = "SELECT " + ", ".join([one] * 30)
assert keep_freed_memory()
for _ in range(20):
    database.execute(many).fetchall()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    database.execute(many).fetchall()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the C library of GNU gives it back so soon")
def test_sorting_again_and_again_fetches_no_memory_from_the_system() -> None:
    told = subprocess.run((sys.executable, "-c", SORTING), capture_output=True, text=True, check=True)
    assert int(told.stdout) < 500  # without it, thousands
