"""What is looked for in the index, in no database's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from plugins.search.index.terms import LONGEST, stems_of

PREFIX_FROM = 3  # letters from which the last word stands for all that begin like it


@dataclass(frozen=True, slots=True)
class Group:
    """One word as it may stand in a text: itself, its other forms, and what begins like it where it is being typed."""

    word: str
    stems: tuple[str, ...] = ()
    is_beginning: bool = False

    @property
    def forms(self) -> tuple[str, ...]:
        """The whole terms by which it is found: its stems, which every text with the word has too; the word where it has none."""
        return self.stems if self.stems or self.is_beginning else (self.word,)


@dataclass(frozen=True, slots=True)
class Match:
    """The terms of a search.

    Args:
        groups: of each at least one must be there.
        refused: of these none may be there.
        places: of these marks one must be there; all of the index where there are none.
        club: an expression for the number of the only club of which what is open is looked for, "" for all.
        marks: all of these must be there.
        refused_marks: none of these may be there.
    """

    groups: tuple[Group, ...] = ()
    refused: tuple[Group, ...] = ()
    places: tuple[str, ...] = ()
    club: str = ""
    marks: tuple[str, ...] = ()
    refused_marks: tuple[str, ...] = ()


def group_of(word: str, *, is_beginning: bool = False) -> Group:
    """The group of a folded word."""
    word = word[:LONGEST]
    return Group(word, stems_of(word), is_beginning and len(word) >= PREFIX_FROM)


def groups_of(words: Iterable[str]) -> tuple[Group, ...]:
    """A group for each of these whole words."""
    return tuple(group_of(word) for word in words)
