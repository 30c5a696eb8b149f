"""Which stored HTML links to an address of this site, as a condition for SQL."""

from __future__ import annotations

from core import current
from core.db import dialect


def links_to(column: str, address: str, *, first: int = 1) -> tuple[str, list[str]]:
    """The condition for stored HTML that links to an address of this site or below it, and its parameters.

    Args:
        column: that holds the HTML.
        address: a path that ends with `/`, such as `/c/atelier/wiki/`.
        first: the number of the first parameter in the query.
    """
    words, base = dialect(), current.app().settings.base_url.rstrip("/")
    written = [f'="{start}{address}' for start in ("", base)]
    marks = [words.param(number) for number in range(first, first + len(written))]
    return "(" + " OR ".join(f"{words.position}({column}, {mark}) > 0" for mark in marks) + ")", written
