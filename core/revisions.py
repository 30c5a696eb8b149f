"""Versions of a text beside each other, and the merge of two people's changes to the same one.

Lines are matched by patience diff (Bram Cohen): lines that occur once on both sides are the anchors, and the
gaps between them are matched in turn. The work is bounded, so that no two texts can hold a request up; past
the bound, what is left counts as replaced.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from merge3 import Merge3

Kind = Literal["same", "changed", "removed", "added", "gap"]
Block = tuple[int, int, int]


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
    merger = Merge3(base.split("\n"), mine.split("\n"), theirs.split("\n"), sequence_matcher=_Matcher)
    for group in merger.merge_groups():
        if group[0] != "conflict":
            lines += group[1]
            continue
        conflicts += 1
        lines += [f"<<<<<<< {names[0]}", *group[2], "=======", *group[3], f">>>>>>> {names[1]}"]
    return Merge("\n".join(lines), conflicts)


_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_SMALL_GAP = 10_000
_ROW_COST = 100
_ALIKE = 0.5
_MOST_PAIRS = 2_500


@dataclass(slots=True)
class _Budget:
    """The work still allowed: lines or words looked at, and cells compared by the thorough method."""

    scans: int
    cells: int = 500_000


class _Comparison:
    def __init__(self, old: list[str], new: list[str], context: int) -> None:
        self.old, self.new, self.context = old, new, context
        self.budget = _Budget(1_000_000)

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


def matching_blocks(a: Sequence[str], b: Sequence[str], *, budget: _Budget | None = None) -> list[Block]:
    """Return the runs `(start in a, start in b, length)` that both share, in order, not crossing."""
    left = budget or _Budget(20 * (len(a) + len(b)) + 1_000)
    pairs: list[Block] = []
    gaps = [(0, len(a), 0, len(b))]
    while gaps:
        i, i_end, j, j_end = gaps.pop()
        head = _common(a, b, i, j, min(i_end - i, j_end - j), 1)
        pairs.append((i, j, head))
        i, j = i + head, j + head
        tail = _common(a, b, i_end - 1, j_end - 1, min(i_end - i, j_end - j), -1)
        i_end, j_end = i_end - tail, j_end - tail
        pairs.append((i_end, j_end, tail))
        left.scans -= (i_end - i) + (j_end - j)
        if i == i_end or j == j_end or left.scans < 0:
            continue
        anchors = _anchors(a[i:i_end], b[j:j_end])
        if anchors:
            starts = [(i, j), *((i + x + 1, j + y + 1) for x, y in anchors)]
            ends = [*((i + x, j + y) for x, y in anchors), (i_end, j_end)]
            pairs += ((i + x, j + y, 1) for x, y in anchors)
            gaps += ((s[0], e[0], s[1], e[1]) for s, e in zip(starts, ends, strict=True))
        else:
            pairs += _thorough(a[i:i_end], b[j:j_end], i, j, left)
    return _joined(pairs)


def _common(a: Sequence[str], b: Sequence[str], i: int, j: int, most: int, step: int) -> int:
    length = 0
    while length < most and a[i + step * length] == b[j + step * length]:
        length += 1
    return length


def _anchors(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """The longest rising sequence of the places of items that occur once in each (patience sorting)."""
    counts_a, counts_b = Counter(a), Counter(b)
    place = {item: i for i, item in enumerate(a) if counts_a[item] == 1 and counts_b[item] == 1}
    tops: list[int] = []
    ends: list[tuple[int, int]] = []
    before: dict[int, tuple[int, int] | None] = {}
    for j, item in enumerate(b):
        if item not in place:
            continue
        i = place[item]
        pile = bisect_left(tops, i)
        before[i] = ends[pile - 1] if pile else None
        tops[pile : pile + 1] = [i]
        ends[pile : pile + 1] = [(i, j)]
    chain: list[tuple[int, int]] = []
    pair = ends[-1] if ends else None
    while pair is not None:
        chain.append(pair)
        pair = before[pair[0]]
    return chain[::-1]


def _thorough(a: Sequence[str], b: Sequence[str], i: int, j: int, left: _Budget) -> list[Block]:
    """`difflib` for a small gap in which nothing is unique; it is quadratic, hence the budget."""
    cells = len(a) * len(b)
    if cells > _SMALL_GAP or cells > left.cells:
        return []
    left.cells -= cells
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return [(i + block.a, j + block.b, block.size) for block in matcher.get_matching_blocks()]


def _joined(pairs: list[Block]) -> list[Block]:
    blocks: list[Block] = []
    for i, j, length in sorted(pair for pair in pairs if pair[2]):
        if blocks and blocks[-1][0] + blocks[-1][2] == i and blocks[-1][1] + blocks[-1][2] == j:
            blocks[-1] = (*blocks[-1][:2], blocks[-1][2] + length)
            continue
        blocks.append((i, j, length))
    return blocks


class _Matcher:
    """`matching_blocks` in the shape of `difflib.SequenceMatcher` that `merge3` asks for."""

    def __init__(
        self,
        isjunk: Callable[[str], bool] | None = None,
        a: Sequence[str] = "",
        b: Sequence[str] = "",
        autojunk: bool = True,
    ) -> None:
        self._a, self._b = a, b

    def get_matching_blocks(self) -> list[Block]:
        return [*matching_blocks(self._a, self._b), (len(self._a), len(self._b), 0)]
