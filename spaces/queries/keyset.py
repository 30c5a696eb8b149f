"""Pages by key: what stands after the one with which the page before ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

Mark = Callable[[object], str]
"""Keeps a parameter and answers its placeholder."""


def after_name(of: str, after: Sequence[str], mark: Mark) -> str:
    """The condition for people or clubs in the order of their names.

    Args:
        of: what they are called in the query.
        after: the name by which the last one is sorted, and its number.
        mark: keeps parameters.
    """
    value, number = after[0], _number(after[1])
    return f"({of}.sort_name > {mark(value)} OR ({of}.sort_name = {mark(value)} AND {of}.id > {mark(number)}))"


def after_number(column: str, key: str, after: Sequence[str], mark: Mark) -> str:
    """The condition for an order of numbers, the largest first.

    Args:
        column: the number.
        key: a number that tells rows with the same one apart.
        after: the last one's number, and its key.
        mark: keeps parameters.
    """
    value, number = _number(after[0], 1 << 62), _number(after[1])
    fewer = f"{column} < CAST({mark(value)} AS BIGINT)"
    return f"({fewer} OR ({column} = CAST({mark(value)} AS BIGINT) AND {key} < {mark(number)}))"


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


def _number(text: str, most: int = (1 << 31) - 1) -> int:
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
