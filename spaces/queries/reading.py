"""In which clubs somebody may read a plugin, asked without a request: for what they take with them."""

from __future__ import annotations

from core import current
from core.db import dialect, rows
from spaces.models import Club


async def clubs_read_by(user_id: int, plugin: str) -> list[Club]:
    """The clubs that a person belongs to and in which their role reads a plugin at this moment, by address.

    Args:
        user_id: the person.
        plugin: its name.
    """
    if plugin not in current.app().parts.plugin_names:
        return []
    words = dialect()
    found = await rows(
        "SELECT c.id FROM spaces_membership m JOIN spaces_club c ON c.id = m.club_id AND c.deleted_at IS NULL "
        f"JOIN spaces_club_plugin p ON p.club_id = m.club_id AND p.plugin = {words.param(1)} "
        "AND p.effective IN ('on', 'read_only') AND p.readers LIKE '% ' || m.role || ' %' "
        f"WHERE m.user_id = {words.param(2)}",
        [plugin, user_id],
    )
    return await Club.filter(id__in=[row["id"] for row in found]).order_by("slug")
