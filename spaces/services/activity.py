"""When something last happened in each club and how many belong to it, for lists that are sorted by that."""

from __future__ import annotations

from core.db import execute, rows
from spaces.queries.standing import standing

PORTION = 500  # clubs that one statement looks at, so that other writers wait for moments only
_LATEST = "(SELECT MAX(t.updated_at) FROM spaces_content t WHERE t.club_id = spaces_club.id)"
_MEMBERS = f"(SELECT COUNT(*) FROM spaces_membership m WHERE m.club_id = spaces_club.id AND {standing('m')})"


async def note_activity() -> int:
    """Bring `Club.active_at` up to the newest change of an item in the club; answers how many clubs changed."""
    return await _portions(
        f"active_at = {_LATEST}", f"{_LATEST} IS NOT NULL AND (active_at IS NULL OR active_at < {_LATEST})"
    )


async def note_members() -> int:
    """Bring `Club.members_counted` up to how many belong to the club now; answers how many clubs changed."""
    return await _portions(f"members_counted = {_MEMBERS}", f"members_counted <> {_MEMBERS}")


async def _portions(change: str, where: str) -> int:
    last = int((await rows("SELECT COALESCE(MAX(id), 0) AS last FROM spaces_club"))[0]["last"])
    changed = 0
    for first in range(1, last + 1, PORTION):
        changed += await execute(
            f"UPDATE spaces_club SET {change} WHERE id BETWEEN {first} AND {first + PORTION - 1} AND {where}"
        )
    return changed
