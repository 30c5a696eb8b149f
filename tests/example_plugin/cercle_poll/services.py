"""Writes: one verb, one function, one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from cercle import Club, Conflict, Invalid, Viewer, announce, atomic, current_app, gettext, publish_content
from cercle_poll.events import PollClosed, PollOpened
from cercle_poll.models import Poll, Vote
from cercle_poll.queries import taking_votes


async def open_poll(
    club: Club,
    *,
    question: str,
    answers: Sequence[str],
    several: bool = False,
    named: bool = False,
    closes_at: datetime | None = None,
    actor: Viewer,
) -> Poll:
    """Ask the club a question.

    Args:
        club: whom to ask.
        question: one line.
        answers: two to ten.
        several: whether more than one of them may be chosen.
        named: whether everybody sees who chose what.
        closes_at: until when votes are taken; None until somebody closes it.
        actor: who asks.

    Raises:
        Invalid: when it would close before it opens.
    """
    if closes_at is not None and closes_at <= datetime.now(UTC):
        raise Invalid(gettext("Choose a day within the next year."), field="closes_on")
    facts: dict[str, Any] = {"question": question, "answers": list(answers), "several": several, "named": named}
    async with atomic():
        poll = await Poll.create(club=club, author_id=actor.id, closes_at=closes_at, **facts)
        await _publish(club, poll)
        await announce(PollOpened(club_id=club.id, actor_id=actor.id, poll_id=poll.id))
    return poll


async def cast_vote(poll: Poll, chosen: Collection[int], *, actor: Viewer) -> None:
    """Vote, or vote again: the last vote counts.

    Raises:
        Invalid: when there is no such answer, or it is one too many.
        Conflict: when the poll is closed.
    """
    picked = sorted(set(chosen))
    if not picked or not 0 <= picked[0] <= picked[-1] < len(poll.answers) or (len(picked) > 1 and not poll.several):
        raise Invalid(gettext("Choose one of the answers."), field="chosen")
    now = datetime.now(UTC)
    async with atomic():
        # Not "read, decide, save": the condition is part of the change, so a poll that is closed at this very
        # moment takes either this vote or none after it. The row stays locked, so nobody votes twice at once.
        if not await Poll.filter(taking_votes(now), id=poll.id).update(voted_at=now):
            raise Conflict(gettext("This poll is closed."))
        values = {"club_id": poll.club_id, "chosen": picked}
        await Vote.update_or_create(poll=poll, voter_id=actor.id, defaults=values)


async def close_poll(poll: Poll, *, actor: Viewer) -> None:
    """Take no more votes; `reopen_poll` undoes it."""
    await _close(poll, datetime.now(UTC), actor.id)


async def close_due() -> None:
    """Close the polls whose day has come, each once, also when two processes do it at the same time."""
    due = Poll.filter(closes_at__lte=datetime.now(UTC), closed_at=None, removed_at=None)
    for poll in await due.order_by("id").limit(500):
        await _close(poll, poll.closes_at, None)


async def _close(poll: Poll, at: datetime | None, actor_id: int | None) -> None:
    async with atomic():
        if await Poll.filter(id=poll.id, closed_at=None).update(closed_at=at):
            await announce(PollClosed(club_id=poll.club_id, actor_id=actor_id, poll_id=poll.id))


async def reopen_poll(poll: Poll) -> None:
    """Take votes again; a closing day that is over no longer counts."""
    async with atomic():
        await Poll.filter(id=poll.id).update(closed_at=None)
        await Poll.filter(id=poll.id, closes_at__lte=datetime.now(UTC)).update(closes_at=None)


async def remove_poll(club: Club, poll: Poll) -> None:
    """Take a poll out of sight; `bring_back_poll` undoes it."""
    async with atomic():
        if await Poll.filter(id=poll.id, removed_at=None).update(removed_at=datetime.now(UTC)):
            await _publish(club, poll, state="trashed")


async def bring_back_poll(club: Club, poll: Poll) -> None:
    """Show a removed poll again."""
    async with atomic():
        if await Poll.filter(id=poll.id).exclude(removed_at=None).update(removed_at=None):
            await _publish(club, poll)


async def withdraw_votes(club_id: int, user_id: int) -> None:
    """Forget what somebody voted in the open polls of a club; results that are out stay as they are."""
    open_ones = Poll.filter(taking_votes(datetime.now(UTC)), club_id=club_id)
    ids = await open_ones.values_list("id", flat=True)
    await Vote.filter(poll_id__in=ids, voter_id=user_id).delete()


async def _publish(club: Club, poll: Poll, *, state: str = "published") -> None:
    """The poll's row in the catalogue: with it, search, activity and feeds find the poll, for those who may."""
    await publish_content(
        poll,
        plugin="poll",
        kind="poll",
        title=poll.question,
        url=current_app().urls.path("poll:polls.show", club=club.slug, poll=poll.id),
        summary=" · ".join(poll.answers),
        words="\n".join(poll.answers),
        author_id=poll.author_id,
        state=state,
    )
