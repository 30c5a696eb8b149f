"""Counts what is many, so that pages need not."""

from __future__ import annotations

from core.db import rows
from spaces.models import Tally
from spaces.queries.tallies import COUNTED, LARGE


async def count_all(large: int = LARGE) -> None:
    """Count everything anew; what has become small again is counted when somebody asks.

    Args:
        large: rows, from which on a number is kept.
    """
    for name, of in COUNTED.items():
        found = await rows(f"SELECT {of.value} AS value, COUNT(*) AS many FROM {of.source}")
        if int(found[0]["many"]) < large:
            await Tally.filter(name=name).delete()
        else:
            await Tally.update_or_create(name=name, defaults={"value": int(found[0]["value"])})
