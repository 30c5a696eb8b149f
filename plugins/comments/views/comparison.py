"""Two texts side by side, as the `diff` component shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from cercle import DiffRow, side_by_side


@dataclass(frozen=True, slots=True)
class Row:
    """One line of both texts; what differs is marked up."""

    kind: str
    old_number: int | None = None
    old: Markup | str = ""
    new_number: int | None = None
    new: Markup | str = ""


def compare(old: str, new: str) -> list[Row]:
    """The lines in which two texts differ, with those around them; none when they are equal."""
    return [_row(row) for row in side_by_side(old, new)]


def _row(row: DiffRow) -> Row:
    if row.kind == "gap":
        return Row("skipped")
    marked = row.kind == "changed"
    return Row(
        row.kind,
        row.left_no,
        _pieces(((span.text, marked and span.changed) for span in row.left), "del"),
        row.right_no,
        _pieces(((span.text, marked and span.changed) for span in row.right), "ins"),
    )


def _pieces(spans: Iterable[tuple[str, bool]], tag: str) -> Markup:
    texts = ((escape(text), changed) for text, changed in spans)
    return Markup("").join(_tagged(text, tag) if changed else text for text, changed in texts)


def _tagged(text: Markup, tag: str) -> Markup:
    return Markup("<{0}>{1}</{0}>").format(tag, text)
