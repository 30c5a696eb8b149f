"""Reads about requests to join: the queue of a club, and somebody's own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from core.accounts.shown import Profile, profile_of
from core.accounts.viewer import Viewer
from core.db import dialect, rows
from spaces.models import Club, JoinRequest
from spaces.queries.people import MINE_SHOW_MEMBERS
from spaces.queries.standing import standing

MOST = 200


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who waits for an answer.

    Args:
        request: what they said.
        person: what they show of themself.
        common: the names of other clubs where the viewer meets them.
    """

    request: JoinRequest
    person: Profile
    common: tuple[str, ...]


async def list_asking(club: Club, viewer: Viewer, limit: int = MOST) -> list[Asking]:
    """Who asks to become a member, longest waiting first; two queries."""
    found = await JoinRequest.filter(club_id=club.id).order_by("id").limit(limit).select_related("user")
    common = await _common_clubs(club, viewer) if found else {}
    return [Asking(one, profile_of(one.user), tuple(common.get(one.user_id, ()))) for one in found]


async def own_request(club: Club, viewer: Viewer) -> JoinRequest | None:
    """The viewer's own request that waits, if there is one."""
    return await JoinRequest.get_or_none(club_id=club.id, user_id=viewer.id) if viewer.id is not None else None


async def _common_clubs(club: Club, viewer: Viewer) -> dict[int, list[str]]:
    """By user: the other clubs of the viewer, as far as the viewer sees their members, that whoever asks belongs to."""
    words = dialect()
    found = await rows(
        "SELECT m.user_id, k.name FROM spaces_membership mine "
        "JOIN spaces_club k ON k.id = mine.club_id AND k.deleted_at IS NULL "
        f"JOIN spaces_membership m ON m.club_id = mine.club_id AND {standing('m')} "
        f"JOIN spaces_join_request r ON r.user_id = m.user_id AND r.club_id = {words.param(1)} "
        f"WHERE mine.user_id = {words.param(2)}{viewer.within('mine.club_id')} AND {standing('mine')} AND {MINE_SHOW_MEMBERS} "
        f"ORDER BY k.sort_name, k.id LIMIT {MOST * 5}",
        [club.id, viewer.id],
    )
    common = defaultdict(list)
    for row in found:
        common[int(row["user_id"])].append(str(row["name"]))
    return dict(common)
