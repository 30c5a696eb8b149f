"""Polls of a club, and how the votes fell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cercle import Club, NotFound
from cercle_poll.models import Poll, Vote

PAGE = 50


async def polls_of(club: Club) -> Sequence[Poll]:
    """The newest polls of a club."""
    return await Poll.filter(club=club).order_by("-id").limit(PAGE)


async def get_poll(club: Club, number: str) -> Poll:
    """A poll of this club.

    Raises:
        NotFound: when the club has none of this number.
    """
    found = await Poll.get_or_none(club=club, id=int(number)) if number.isdecimal() and len(number) < 10 else None
    if found is None:
        raise NotFound()
    return found


async def results_of(poll: Poll) -> list[tuple[str, int]]:
    """Each answer with the number of its votes."""
    choices = await Vote.filter(poll=poll).values_list("choice", flat=True)
    counted = Counter(choices)
    return [(choice, counted[number]) for number, choice in enumerate(poll.choices)]
