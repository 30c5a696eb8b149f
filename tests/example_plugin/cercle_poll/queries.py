"""Reads: the polls of a club, and how the votes fell as far as the viewer may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tortoise.expressions import Q
from tortoise.functions import Count

from cercle import Club, NotFound, Viewer, can, clubs_read_by
from cercle_poll.models import Poll, Vote
from cercle_poll.permissions import REMOVE

PAGE = 50


@dataclass(frozen=True, slots=True)
class Result:
    """One answer. `votes` and `share` (percent of those who voted) are None while they are not to be seen."""

    number: int
    text: str
    mine: bool
    votes: int | None = None
    share: int | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a poll stands for one viewer."""

    results: tuple[Result, ...]
    voters: int
    has_voted: bool
    is_visible: bool


def taking_votes(now: datetime) -> Q:
    """`Poll.is_open` as a condition, for lists and for changes that must not come too late."""
    return Q(Q(closes_at=None) | Q(closes_at__gt=now), closed_at=None, removed_at=None)


async def polls_of(club: Club, *, open: bool, before: int | None = None, limit: int = PAGE) -> list[Poll]:
    """Polls of a club, newest first, each with the number of its `voters`.

    Args:
        club: whose.
        open: those that take votes, or the closed ones.
        before: the id that the page before ended with.
        limit: how many at most.
    """
    taking = taking_votes(datetime.now(UTC))
    found = Poll.filter(taking if open else ~taking, club=club, removed_at=None)
    found = found if before is None else found.filter(id__lt=before)
    return await found.annotate(voters=Count("votes")).order_by("-id").limit(limit)


async def voted_in(polls: Sequence[Poll], viewer: Viewer) -> set[int]:
    """In which of these polls the viewer has voted: one query for all of them."""
    mine = Vote.filter(poll_id__in=[poll.id for poll in polls], voter_id=viewer.id)
    return set(await mine.values_list("poll_id", flat=True))


async def get_poll(club: Club, number: int, *, viewer: Viewer) -> Poll:
    """A poll of this club; a removed one only for those who may bring it back.

    Raises:
        NotFound: when there is none. Absent and invisible are the same.
    """
    found = Poll.filter(club=club, id=number) if number < 2**31 else Poll.filter(id=None)
    poll = await found.select_related("author").first()
    if poll is None or (poll.removed_at and not can(viewer, REMOVE, poll)):
        raise NotFound()
    return poll


async def words_of(user_id: int) -> list[dict[str, object]]:
    """What somebody asked and chose, in the clubs where they may still read it; for the archive that they can ask for."""
    clubs = {club.id: club.name for club in await clubs_read_by(user_id, "poll")}
    asked = await Poll.filter(author_id=user_id, club_id__in=list(clubs), removed_at=None).order_by("id")
    mine = Vote.filter(voter_id=user_id, club_id__in=list(clubs), poll__removed_at=None)
    votes = await mine.select_related("poll").order_by("id")
    said = [{"club": clubs[poll.club_id], "asked": poll.question, "answers": poll.answers} for poll in asked]
    chosen = [(vote.poll, [vote.poll.answers[number] for number in vote.chosen]) for vote in votes]
    return [*said, *({"club": clubs[poll.club_id], "voted": poll.question, "chosen": words} for poll, words in chosen)]


async def standing_of(poll: Poll, viewer: Viewer) -> Standing:
    """The results. They are seen by those who have voted, and by everybody once the poll is closed."""
    votes = await Vote.filter(poll=poll).select_related("voter").order_by("id")
    mine = next((vote.chosen for vote in votes if viewer.id is not None and vote.voter_id == viewer.id), None)
    visible = mine is not None or not poll.is_open
    named = visible and poll.named and can(viewer, "spaces.view_members", poll)
    results = []
    for number, text in enumerate(poll.answers):
        those = [vote for vote in votes if number in vote.chosen]
        names = tuple(vote.voter.name for vote in those if vote.voter) if named else ()
        counts = (len(those), round(100 * len(those) / max(1, len(votes)))) if visible else (None, None)
        results.append(Result(number, text, number in (mine or ()), *counts, names))
    return Standing(tuple(results), len(votes), mine is not None, visible)
