"""When members last opened the home of a club, so that the front page can say what is new since then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.accounts.viewer import Viewer
from spaces.models import Club, Membership

VISIT_LASTS = timedelta(minutes=10)


async def put_steps_away(club: Club, *, actor: Viewer) -> None:
    """Show a member the first steps in this club no more."""
    await Membership.filter(club_id=club.id, user_id=actor.id).update(steps_done_at=datetime.now(UTC))


async def note_visit(club: Club, *, actor: Viewer) -> None:
    """Remember that a member looks at what is new in a club; at most every ten minutes. Others leave no trace,
    and neither does an operator who acts as one.
    """
    mine = next((one for one in actor.clubs if one.id == club.id), None)
    now = datetime.now(UTC)
    if (
        mine is None
        or actor.operator_id is not None
        or (mine.visited_at is not None and now - mine.visited_at < VISIT_LASTS)
    ):
        return
    await Membership.filter(club_id=club.id, user_id=actor.id).update(visited_at=now)
