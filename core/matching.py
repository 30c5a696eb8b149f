"""Which lines, or words, of two sequences belong together.

Patience diff (Bram Cohen): what occurs once on both sides is an anchor, and the gaps between anchors are matched in turn. The
work is bounded, so that no two texts can hold a request up; past the bound, what is left counts as replaced.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

Block = tuple[int, int, int]
_SMALL_GAP = 10_000


@dataclass(slots=True)
class Budget:
    """The work still allowed: lines or words looked at, and cells compared by the thorough method."""

    scans: int
    cells: int = 500_000


def matching_blocks(a: Sequence[str], b: Sequence[str], *, budget: Budget | None = None) -> list[Block]:
    """Return the runs `(start in a, start in b, length)` that both share, in order, not crossing."""
    left = budget or Budget(20 * (len(a) + len(b)) + 1_000)
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


def _thorough(a: Sequence[str], b: Sequence[str], i: int, j: int, left: Budget) -> list[Block]:
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


class Matcher:
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
