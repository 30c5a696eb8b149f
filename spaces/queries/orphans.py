"""Who is offered a club that nobody owns, as the gate and the pages of the club ask it."""

from __future__ import annotations

from spaces.queries.club_list import owned


def orphan_column() -> str:
    """Who may take over the club `c` of the gate's query, which has lost its owner: `moderators`, or `members` for these as well;
    "" for almost all clubs, of which the first of these conditions alone is looked at.
    """
    return (
        f"(CASE WHEN c.ownerless_at IS NULL THEN '' WHEN {owned('c')} THEN '' "
        "WHEN c.offered_to = '' THEN 'moderators' ELSE c.offered_to END)"
    )
