"""When something last happened in each club, for lists that are sorted by it."""

from __future__ import annotations

from core.db import execute, rows

PORTION = 500  # clubs that one statement looks at, so that other writers wait for moments only
_LATEST = "(SELECT MAX(t.updated_at) FROM spaces_content t WHERE t.club_id = spaces_club.id)"


async def note_activity() -> int:
    """Bring `Club.active_at` up to the newest change of an item in the club; answers how many clubs changed."""
    last = int((await rows("SELECT COALESCE(MAX(id), 0) AS last FROM spaces_club"))[0]["last"])
    changed = 0
    for first in range(1, last + 1, PORTION):
        changed += await execute(
            f"UPDATE spaces_club SET active_at = {_LATEST} WHERE id BETWEEN {first} AND {first + PORTION - 1} "
            f"AND {_LATEST} IS NOT NULL AND (active_at IS NULL OR active_at < {_LATEST})"
        )
    return changed
