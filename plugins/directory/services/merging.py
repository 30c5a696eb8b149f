"""When a club goes into another one: who did not want to be listed in either is not listed afterwards."""

from __future__ import annotations

from cercle import Club, dialect, execute


async def drop_doubles(source: Club, target: Club) -> None:
    """Forget in the club that goes what the one that stays says too."""
    word = dialect().param
    await execute(
        f"DELETE FROM directory_absence WHERE club_id = {word(1)} AND user_id IN "
        f"(SELECT t.user_id FROM directory_absence t WHERE t.club_id = {word(2)})",
        [source.id, target.id],
    )
