"""Opening polls, voting and closing."""

from __future__ import annotations

from datetime import UTC, datetime

from cercle import Club, Conflict, Invalid, Viewer, announce, atomic, gettext, publish_content
from cercle_poll.events import PollOpened
from cercle_poll.models import Poll, Vote


async def open_poll(club: Club, *, question: str, choices: list[str], actor: Viewer) -> Poll:
    """Ask the club a question.

    Args:
        club: whom to ask.
        question: one line.
        choices: two to ten answers.
        actor: who asks.
    """
    async with atomic():
        poll = await Poll.create(club=club, author_id=actor.id, question=question, choices=choices)
        url = f"/c/{club.slug}/poll/{poll.id}"
        words = " ".join(choices)
        await publish_content(
            poll, plugin="poll", kind="poll", title=question, url=url, words=words, author_id=actor.id
        )
        await announce(PollOpened(club_id=club.id, actor_id=actor.id, poll_id=poll.id))
    return poll


async def cast_vote(poll: Poll, choice: int, *, actor: Viewer) -> None:
    """Vote, or vote again.

    Raises:
        Invalid: when there is no such answer.
        Conflict: when the poll is closed.
    """
    if not 0 <= choice < len(poll.choices):
        raise Invalid(gettext("Choose one of the answers."), field="choice")
    async with atomic():
        if not await Poll.filter(id=poll.id, closed_at=None).exists():
            raise Conflict(gettext("This poll is closed."))
        await Vote.update_or_create(poll=poll, voter_id=actor.id, defaults={"choice": choice, "club_id": poll.club_id})


async def close_poll(poll: Poll) -> None:
    """Take no more votes."""
    await Poll.filter(id=poll.id, closed_at=None).update(closed_at=datetime.now(UTC))


async def withdraw_votes(club_id: int, user_id: int) -> None:
    """Forget what somebody voted in the open polls of a club."""
    await Vote.filter(club_id=club_id, voter_id=user_id, poll__closed_at=None).delete()
