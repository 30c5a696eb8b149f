"""Two texts as rows beside each other, with the changed words marked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from cercle import DiffRow, side_by_side

MAX_ROWS = 1500


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the face draws it."""

    kind: str
    old_number: int | None
    old: str
    new_number: int | None
    new: str


async def diff_rows(old: str, new: str) -> tuple[list[Row], bool]:
    """The rows, at most `MAX_ROWS`, and whether there would be more."""
    rows = await asyncio.to_thread(side_by_side, old, new)
    return [_row(row) for row in rows[:MAX_ROWS]], len(rows) > MAX_ROWS


def _row(row: DiffRow) -> Row:
    if row.kind == "gap":
        return Row("skipped", None, "", None, "")
    whole = row.kind != "changed"
    return Row(
        row.kind,
        row.left_no,
        _marked(row.left, "del", whole),
        row.right_no,
        _marked(row.right, "ins", whole),
    )


def _marked(spans: Iterable[Any], tag: str, whole: bool) -> Markup:
    """Text with the changed words in `tag`; a line that is new or gone as a whole is marked by its colour."""
    mark = Markup(f"<{tag}>{{}}</{tag}>")  # noqa: S704 - a constant
    return Markup("").join(mark.format(s.text) if s.changed and not whole else escape(s.text) for s in spans)
