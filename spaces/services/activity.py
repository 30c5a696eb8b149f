"""What lists of all clubs are sorted and filtered by: when something last happened in each, who belongs to it and owns it."""

from __future__ import annotations

from datetime import UTC, datetime

from core.db import dialect, execute, rows
from spaces.queries.club_list import owned
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


async def note_ownerless() -> int:
    """Bring `Club.ownerless_at` up to whether somebody owns the club now, and forget whom a club was
    offered to that has an owner again; answers how many clubs changed.
    """
    now, nobody = dialect().param(1), f"ownerless_at IS NULL AND NOT {owned('spaces_club')}"
    lost = await _portions(f"ownerless_at = {now}", nobody, datetime.now(UTC))
    return lost + await _portions(
        "ownerless_at = NULL, offered_to = ''", f"ownerless_at IS NOT NULL AND {owned('spaces_club')}"
    )


async def _portions(change: str, where: str, *values: object) -> int:
    last = int((await rows("SELECT COALESCE(MAX(id), 0) AS last FROM spaces_club"))[0]["last"])
    changed = 0
    for first in range(1, last + 1, PORTION):
        changed += await execute(
            f"UPDATE spaces_club SET {change} WHERE id BETWEEN {first} AND {first + PORTION - 1} AND {where}", values
        )
    return changed
