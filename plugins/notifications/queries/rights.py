"""Which plugins somebody reads in which of their clubs, at this moment."""

from __future__ import annotations

from cercle import Viewer, dialect, rows


async def plugins_read(viewer: Viewer) -> set[tuple[int, str]]:
    """Pairs of the number of a club of theirs and the name of a plugin that their role reads there."""
    roles = {club.id: club.role for club in viewer.clubs}
    if not roles:
        return set()
    marks = ", ".join(dialect().param(number + 1) for number in range(len(roles)))
    found = await rows(
        "SELECT club_id, plugin, readers FROM spaces_club_plugin "
        f"WHERE effective IN ('on', 'read_only') AND club_id IN ({marks})",
        list(roles),
    )
    return {(row["club_id"], row["plugin"]) for row in found if f" {roles[row['club_id']]} " in row["readers"]}
