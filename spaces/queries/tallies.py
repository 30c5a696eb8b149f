"""Large numbers: as a job last counted them, and where there are few, counted now."""

from __future__ import annotations

from dataclasses import dataclass

LARGE = 5_000  # rows, from which on nobody waits for the counting


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that is counted.

    Args:
        source: the table with the rows that count, and its condition.
        value: what is made of them.
    """

    source: str
    value: str = "COUNT(*)"


COUNTED = {
    "people": Counted("accounts_user WHERE is_active"),
    "people_without_factor": Counted("accounts_user WHERE is_active AND NOT has_factor"),
    "clubs": Counted("spaces_club WHERE deleted_at IS NULL"),
    "contents": Counted("spaces_content"),
    "storage": Counted('core_blob WHERE "references" > 0', "COALESCE(SUM(size), 0)"),
}


def tallied(name: str) -> str:
    """SQL for one of `COUNTED`; it counts only where no job has found that there are `LARGE` of them."""
    of = COUNTED[name]
    return f"COALESCE((SELECT value FROM spaces_tally WHERE name = '{name}'), (SELECT {of.value} FROM {of.source}))"
