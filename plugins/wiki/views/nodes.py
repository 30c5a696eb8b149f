"""Pages as the face draws them in trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cercle import Club
from plugins.wiki.names import page_url
from plugins.wiki.queries import Leaf

OPEN_UNTIL = 60


@dataclass(frozen=True, slots=True)
class Node:
    """A line of a tree."""

    label: str
    url: str
    children: tuple[Node, ...]
    current: bool
    open: bool


def nodes(club: Club, leaves: Sequence[Leaf], *, current: int | None = None) -> tuple[Node, ...]:
    """The lines for these pages; a large tree starts closed.

    Args:
        club: where they are.
        leaves: the tops.
        current: id of the page that is shown.
    """
    return _nodes(club, leaves, current, count(leaves) <= OPEN_UNTIL)


def count(leaves: Sequence[Leaf]) -> int:
    """How many pages there are in a tree."""
    return sum(1 + count(leaf.children) for leaf in leaves)


def _nodes(club: Club, leaves: Sequence[Leaf], current: int | None, opened: bool) -> tuple[Node, ...]:
    return tuple(
        Node(
            leaf.title,
            page_url(club, leaf.slug),
            _nodes(club, leaf.children, current, opened),
            leaf.id == current,
            opened,
        )
        for leaf in leaves
    )
