"""Comparing loses no line and marks what differs; merging follows its laws and loses nobody's line."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.matching import matching_blocks
from core.revisions import DiffRow, Merge, Span, side_by_side, three_way


def plain(text: str) -> tuple[Span, ...]:
    return (Span(text, False),)


def test_equal_texts_have_no_rows() -> None:
    assert side_by_side("a\nb", "a\nb") == []


def test_changed_words_are_marked_and_the_rest_is_not() -> None:
    assert side_by_side("the quick fox", "the slow fox") == [
        DiffRow(
            "changed",
            1,
            1,
            (Span("the ", False), Span("quick", True), Span(" fox", False)),
            (Span("the ", False), Span("slow", True), Span(" fox", False)),
        )
    ]


def test_an_added_and_a_removed_line_stand_alone() -> None:
    assert side_by_side("a\nb", "a\nb\nnew") == [
        DiffRow("same", 1, 1, plain("a"), plain("a")),
        DiffRow("same", 2, 2, plain("b"), plain("b")),
        DiffRow("added", None, 3, (), (Span("new", True),)),
    ]
    assert side_by_side("gone\na", "a") == [
        DiffRow("removed", 1, None, (Span("gone", True),), ()),
        DiffRow("same", 2, 1, plain("a"), plain("a")),
    ]


def test_far_unchanged_lines_become_a_gap_with_the_number_of_the_first() -> None:
    old = [f"line {n}" for n in range(1, 21)]
    new = [*old[:9], "other", *old[10:]]
    rows = side_by_side("\n".join(old), "\n".join(new), context=2)
    assert [(row.kind, row.left_no) for row in rows] == [
        ("gap", 1),
        ("same", 8),
        ("same", 9),
        ("changed", 10),
        ("same", 11),
        ("same", 12),
        ("gap", 13),
    ]


def test_a_single_unchanged_line_is_shown_rather_than_a_gap() -> None:
    rows = side_by_side("a\nb\nc\nx", "a\nb\nc\ny", context=2)
    assert [row.kind for row in rows] == ["same", "same", "same", "changed"]


def test_a_changed_line_stays_beside_its_own_new_version() -> None:
    rows = side_by_side("the plan for next year", "a first new line\nthe plan for the next year\nand another")
    assert [row.kind for row in rows] == ["added", "changed", "added"]


LINES = st.lists(st.sampled_from(["", "a", "b", "c", "a b", "b a c"]) | st.text(max_size=6), max_size=14)
TEXTS = LINES.map("\n".join)


@given(TEXTS, TEXTS)
def test_all_rows_together_are_both_texts(old: str, new: str) -> None:
    rows = side_by_side(old, new, context=1_000)
    if old == new:
        assert rows == []
        return
    left = ["".join(span.text for span in row.left) for row in rows if row.left_no is not None]
    right = ["".join(span.text for span in row.right) for row in rows if row.right_no is not None]
    assert ("\n".join(left), "\n".join(right)) == (old, new)


@given(TEXTS, TEXTS)
def test_the_unmarked_words_are_the_same_on_both_sides(old: str, new: str) -> None:
    for row in side_by_side(old, new):
        assert "".join(s.text for s in row.left if not s.changed) == "".join(s.text for s in row.right if not s.changed)


@given(LINES, LINES)
def test_matching_blocks_are_equal_runs_in_order(a: list[str], b: list[str]) -> None:
    at_a = at_b = 0
    for i, j, length in matching_blocks(a, b):
        assert length > 0
        assert a[i : i + length] == b[j : j + length]
        assert (at_a, at_b) <= (i, j)
        assert at_b <= j
        at_a, at_b = i + length, j + length


def test_changes_in_different_places_are_merged() -> None:
    assert three_way("a\nb\nc\nd\n", "a\nB\nc\nd\n", "a\nb\nc\nd\ne\n") == Merge("a\nB\nc\nd\ne\n", 0)


def test_changes_in_one_place_conflict_and_show_both() -> None:
    merged = three_way("a\nb\nc", "a\nmine\nc", "a\ntheirs\nc", names=("yours", "Ana's"))
    assert merged == Merge("a\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> Ana's\nc", 1)


def test_a_change_against_a_deletion_conflicts() -> None:
    assert three_way("a\nb\nc", "a\nB\nc", "a\nc").conflicts == 1


@given(TEXTS, TEXTS)
def test_one_sided_changes_are_taken_as_they_are(base: str, other: str) -> None:
    assert three_way(base, base, other) == Merge(other, 0)
    assert three_way(base, other, base) == Merge(other, 0)
    assert three_way(base, other, other) == Merge(other, 0)


@given(TEXTS, TEXTS, TEXTS)
@example("a", "a\nb", "c\na")
def test_no_line_that_one_side_added_is_lost(base: str, mine: str, theirs: str) -> None:
    before = Counter(base.split("\n"))
    merged = Counter(three_way(base, mine, theirs).text.split("\n"))
    for side in (mine, theirs):
        added = set(Counter(side.split("\n")) - before)
        assert added <= set(merged)


@given(TEXTS, TEXTS, TEXTS)
def test_the_two_sides_are_interchangeable(base: str, mine: str, theirs: str) -> None:
    one, other = three_way(base, mine, theirs), three_way(base, theirs, mine)
    assert one.conflicts == other.conflicts
    assert one == other or one.conflicts


@given(TEXTS, TEXTS, TEXTS)
def test_a_merge_without_conflicts_has_no_line_of_its_own(base: str, mine: str, theirs: str) -> None:
    merged = three_way(base, mine, theirs)
    if not merged.conflicts:
        assert set(merged.text.split("\n")) <= set(f"{base}\n{mine}\n{theirs}".split("\n"))


def hard_pairs() -> dict[str, tuple[str, str]]:
    dice = random.Random(1)  # noqa: S311 - the same hard texts each time
    numbers = [str(n) for n in range(36_000)]
    return {
        "blank lines": ("\n" * 260_000 + "a", "b" + "\n" * 260_000),
        "alternating": ("a\nb\n" * 65_000, "b\na\n" * 65_000 + "x"),
        "shuffled": ("\n".join(numbers), "\n".join(dice.sample(numbers, len(numbers)))),
        "random": ("\n".join(dice.choices("abc", k=130_000)), "\n".join(dice.choices("abc", k=130_000))),
        "one long line": ("a b " * 65_000, "b a " * 65_000 + "c"),
        "one long word": ("x" * 260_000, "y" * 260_000),
        "peeling": (
            "\n".join(f"{n}\n{n - 1}" for n in range(20_000)),
            "\n".join(f"{n}\n{n + 1}" for n in range(20_000)),
        ),
    }


def time_spent(old: str, new: str) -> float:
    start = time.process_time()
    side_by_side(old, new)
    three_way(old, new, new[: len(new) // 2] + "\nother")
    return time.process_time() - start


@pytest.fixture(scope="module")
def ordinary() -> float:
    """Seconds for a page of as many lines as a page may have, each of which was written anew."""
    lines = range(260_000)
    return time_spent("\n".join(str(n) for n in lines), "\n".join(f"{n} x" for n in lines))


@pytest.mark.parametrize("name", hard_pairs())
def test_hostile_texts_cost_no_more_than_ordinary_ones(name: str, ordinary: float) -> None:
    assert time_spent(*hard_pairs()[name]) < 1.5 * ordinary
