"""Pages of people by key: what stands after the one with which the page before ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

Mark = Callable[[object], str]
"""Keeps a parameter and answers its placeholder."""


def after_name(after: Sequence[str], mark: Mark) -> str:
    """The condition for people `u` in the order of their names.

    Args:
        after: the name by which the last one is sorted, and their number.
        mark: keeps parameters.
    """
    value, number = after[0], _number(after[1])
    return f"(u.sort_name > {mark(value)} OR (u.sort_name = {mark(value)} AND u.id > {mark(number)}))"


def after_time(column: str, key: str, after: Sequence[str], mark: Mark, *, may_be_empty: bool = False) -> str:
    """The condition for an order of times, the latest first, those without one last.

    Args:
        column: the time.
        key: a number that tells rows of one moment apart.
        after: the last one's time, "" for none, and number.
        mark: keeps parameters.
        may_be_empty: whether rows may be without a time.
    """
    time, number = _time(after[0]), _number(after[1])
    if time is None:
        return f"({column} IS NULL AND {key} < {mark(number)})"
    later = f"{column} < {mark(time)} OR ({column} = {mark(time)} AND {key} < {mark(number)})"
    return f"({later}{f' OR {column} IS NULL' if may_be_empty else ''})"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
