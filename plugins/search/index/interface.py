"""What a database must be able to do to be searched; everything else about the search is the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from plugins.search.index.entries import Entry
from plugins.search.index.match import Match


class Values:
    """The parameters of a statement in the order of their marks; a value is written down where its mark is made."""

    def __init__(self, mark: str, values: Sequence[Any] = ()) -> None:
        self._mark = mark
        self.all: list[Any] = list(values)

    def add(self, value: Any) -> str:
        """The mark that stands for this value: `$3` or `?3`."""
        self.all.append(value)
        return f"{self._mark}{len(self.all)}"


class Index(Protocol):
    """One row for each row of the catalogue, under the same number, in tables of the search's own.

    The index only proposes: whoever asks joins its rows with the catalogue and the condition of all lists.
    """

    mark: str
    prelude: Sequence[str]

    def found(self, match: Match, values: Values, *, titles: bool) -> Sequence[Sequence[str]]:
        """Queries for `id` and `worth` of rows that match: all of them, and with `titles` those with one of the words in their
        title, which are looked for where all of them are too many.

        Each in stages, the newest rows first: a stage is run only where those before it have not found enough. They may name
        the tables of `prelude`, which begin the statement.
        """
        ...

    def worth(self, match: Match, values: Values) -> str:
        """The exact worth of a candidate `p`, which has `id` and `worth`, as an expression."""
        ...

    def days(self, column: str, values: Values, now: Any) -> str:
        """How many whole days ago the time in a column was, as an expression."""
        ...

    async def put(self, entries: Sequence[Entry], *, round: int) -> None:
        """Write entries, or write them anew; part of the running transaction."""
        ...

    async def known_words(self, words: Sequence[str]) -> list[str]:
        """Those of the words that stand somewhere in the index, in anybody's texts."""
        ...

    async def tidy(self) -> None:
        """Let nothing of what was removed stay in the files of the index, and let it be quick."""
        ...
