"""Versions of a text beside each other, and the merge of two people's changes to the same one.

Lines are matched by `core.matching`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from merge3 import Merge3

from core.matching import Budget, Matcher, matching_blocks

Kind = Literal["same", "changed", "removed", "added", "gap"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line, and whether it differs from the other side."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class DiffRow:
    """A row of the comparison.

    Args:
        kind: `gap` stands for unchanged lines left out; its numbers are those of the first of them.
        left_no: line number in the old text, from 1; None where the old text has no such line.
        right_no: the same in the new text.
        left: the old line in pieces; empty where there is none.
        right: the new line in pieces.
    """

    kind: Kind
    left_no: int | None
    right_no: int | None
    left: tuple[Span, ...]
    right: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged text. Only when `conflicts` is above 0 does it carry conflict markers."""

    text: str
    conflicts: int


def side_by_side(old: str, new: str, *, context: int = 3) -> list[DiffRow]:
    """Compare two texts line by line, with the changed words marked.

    Args:
        context: unchanged lines shown around each change; all others become a `gap` row.

    Returns:
        The rows from top to bottom; no row when the texts are equal.
    """
    if old == new:
        return []
    comparison = _Comparison(old.split("\n"), new.split("\n"), context)
    return list(comparison.rows())


def three_way(base: str, mine: str, theirs: str, *, names: tuple[str, str] = ("mine", "theirs")) -> Merge:
    """Merge two texts that both started as `base`. Every line that one side added is in the answer.

    Args:
        names: what the conflict markers call the two sides.
    """
    if mine == theirs or theirs == base:
        return Merge(mine, 0)
    if mine == base:
        return Merge(theirs, 0)
    lines: list[str] = []
    conflicts = 0
    merger = Merge3(base.split("\n"), mine.split("\n"), theirs.split("\n"), sequence_matcher=Matcher)
    for group in merger.merge_groups():
        if group[0] != "conflict":
            lines += group[1]
            continue
        conflicts += 1
        lines += [f"<<<<<<< {names[0]}", *group[2], "=======", *group[3], f">>>>>>> {names[1]}"]
    return Merge("\n".join(lines), conflicts)


_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_ROW_COST = 100
_ALIKE = 0.5
_MOST_PAIRS = 2_500


class _Comparison:
    def __init__(self, old: list[str], new: list[str], context: int) -> None:
        self.old, self.new, self.context = old, new, context
        self.budget = Budget(1_000_000)

    def rows(self) -> Iterator[DiffRow]:
        at_old = at_new = 0
        for i, j, length in [*matching_blocks(self.old, self.new), (len(self.old), len(self.new), 0)]:
            yield from self._replaced(at_old, i, at_new, j)
            yield from self._unchanged(i, j, length)
            at_old, at_new = i + length, j + length

    def _unchanged(self, i: int, j: int, length: int) -> Iterator[DiffRow]:
        head = self.context if i or j else 0
        at_end = i + length == len(self.old) and j + length == len(self.new)
        tail = 0 if at_end else self.context
        hidden = length - head - tail
        for k in range(length):
            if hidden > 1 and head <= k < length - tail:
                if k == head:
                    yield DiffRow("gap", i + k + 1, j + k + 1, (), ())
                continue
            span = (Span(self.old[i + k], False),)
            yield DiffRow("same", i + k + 1, j + k + 1, span, span)

    def _replaced(self, i: int, i_end: int, j: int, j_end: int) -> Iterator[DiffRow]:
        for left, right in _pairs(self.old[i:i_end], self.new[j:j_end]):
            if right is None and left is not None:
                yield DiffRow("removed", i + left + 1, None, (Span(self.old[i + left], True),), ())
            elif left is None and right is not None:
                yield DiffRow("added", None, j + right + 1, (), (Span(self.new[j + right], True),))
            elif left is not None and right is not None:
                spans = self._marked(self.old[i + left], self.new[j + right])
                yield DiffRow("changed", i + left + 1, j + right + 1, *spans)

    def _marked(self, old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        self.budget.scans -= _ROW_COST
        if self.budget.scans < 0:
            return (Span(old, True),), (Span(new, True),)
        a, b = _WORD.findall(old), _WORD.findall(new)
        blocks = matching_blocks(a, b, budget=self.budget)
        return _spans(a, [(i, n) for i, _, n in blocks]), _spans(b, [(j, n) for _, j, n in blocks])


def _spans(words: list[str], kept: list[tuple[int, int]]) -> tuple[Span, ...]:
    spans: list[Span] = []
    at = 0
    for start, length in [*kept, (len(words), 0)]:
        for text, changed in (
            ("".join(words[at:start]), True),
            ("".join(words[start : start + length]), False),
        ):
            if text:
                spans.append(Span(text, changed))
        at = start + length
    return tuple(spans)


def _pairs(old: list[str], new: list[str]) -> Iterator[tuple[int | None, int | None]]:
    """Put replaced lines side by side: one to one when there are as many, else the alike ones, in order."""
    if len(old) == len(new):
        yield from zip(range(len(old)), range(len(new)), strict=True)
        return
    at = 0
    thorough = len(old) * len(new) <= _MOST_PAIRS
    alike = _alike_lines(old, new) if thorough else _first_lines(old, new)
    for left in range(len(old)):
        right = alike.get(left)
        if right is None:
            yield left, None
            continue
        yield from ((None, other) for other in range(at, right))
        yield left, right
        at = right + 1
    yield from ((None, other) for other in range(at, len(new)))


def _first_lines(old: list[str], new: list[str]) -> dict[int, int]:
    return {place: place for place in range(min(len(old), len(new)))}


def _alike_lines(old: list[str], new: list[str]) -> dict[int, int]:
    """For each old line the first new one, after those taken already, that shares half of its words."""
    bags = [Counter(re.findall(r"\w+", line[:2000])) for line in new]
    found: dict[int, int] = {}
    at = 0
    for left, line in enumerate(old):
        bag = Counter(re.findall(r"\w+", line[:2000]))
        match = next((right for right in range(at, len(new)) if _likeness(bag, bags[right]) >= _ALIKE), None)
        if match is not None:
            found[left] = match
            at = match + 1
    return found


def _likeness(a: Counter[str], b: Counter[str]) -> float:
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 0.0
