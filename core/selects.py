"""Several SELECTs in one round trip. Each is answered as JSON text: cheap to compare with what it was the last time, and read
only where it is needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.db import Dialect, dialect, rows

_NUMBERED = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Select:
    """A few rows that are wanted.

    Args:
        columns: the names of its columns, in order.
        sql: a SELECT of these columns in the order in which its rows are wanted, with the placeholders of the dialect.
        values: the parameters, in order.
    """

    columns: tuple[str, ...]
    sql: str
    values: tuple[object, ...] = ()


async def read_together(wanted: Sequence[Select]) -> tuple[str, ...]:
    """The rows of each SELECT as JSON text, for `rows_in`; all in one query.

    Args:
        wanted: the SELECTs; keep them small, for all rows are in memory at once.
    """
    texts: list[str] = []
    values: list[object] = []
    words = dialect()
    for number, one in enumerate(wanted):
        texts.append(_column(words, one.columns, one.sql, len(values), number))
        values += one.values
    found = await rows(f"SELECT {', '.join(texts)}", values) if texts else [{}]
    return tuple(text or "[]" for text in found[0].values())


def rows_in(text: str) -> list[list[Any]]:
    """The rows of one SELECT. Times are texts (see `moment`); truth is 0 or 1 on SQLite."""
    return json.loads(text)  # type: ignore[no-any-return]


@lru_cache(maxsize=512)
def _column(words: Dialect, columns: tuple[str, ...], sql: str, before: int, number: int) -> str:
    """A SELECT as one column of another, its placeholders counted on from those before it."""
    counted = _NUMBERED.sub(lambda found: f"${int(found[1]) + before}", sql) if words.name == "postgres" else sql
    return f"(SELECT {words.json_list}({words.json_row}({', '.join(columns)})) FROM ({counted}) w) AS s{number}"
