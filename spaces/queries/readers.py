"""Who may read something in a club, asked without a request: for notifications."""

from __future__ import annotations

from collections.abc import Collection

from core import current
from core.db import dialect, rows
from spaces.models import Club
from spaces.queries.standing import standing

_BATCH = 500


async def readers_among(
    club_id: int, plugin: str, user_ids: Collection[int] | None, *, members_only: bool, even_muted: bool = True
) -> frozenset[int]:
    """Those of these people who may read a plugin in a club now.

    Args:
        club_id: the club.
        plugin: its name; that of a part which is not switched per club asks for the club alone.
        user_ids: the people; None for all members.
        members_only: False to keep people outside, where the club is one that they may know of.
        even_muted: False to leave out members who muted the club.
    """
    if user_ids is None:
        return await _members(club_id, plugin, None, even_muted)
    asked = sorted(set(user_ids))
    club = await Club.get_or_none(id=club_id, deleted_at=None).only("id", "visibility")
    if club is not None and not members_only and club.visibility != "hidden":
        return frozenset(asked)
    batches = [asked[start : start + _BATCH] for start in range(0, len(asked), _BATCH)]
    return frozenset[int]().union(*[await _members(club_id, plugin, batch, even_muted) for batch in batches])


async def members_named(club: Club, handles: Collection[str]) -> list[int]:
    """The ids of the members among these handles, as somebody types them after an `@`; at most 500 handles are looked at."""
    words, names = dialect(), [handle.lower() for handle in handles][:_BATCH]
    places = ", ".join(words.param(number) for number in range(2, len(names) + 2))
    found = await rows(
        "SELECT u.id FROM spaces_membership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active "
        f"WHERE m.club_id = {words.param(1)} AND {standing('m')} AND u.handle IN ({places or 'NULL'}) ORDER BY u.id",
        [club.id, *names],
    )
    return [int(row["id"]) for row in found]


async def _members(club_id: int, plugin: str, user_ids: list[int] | None, even_muted: bool) -> frozenset[int]:
    """Members whose role reads the plugin, by the switch that the club's rights have been written into."""
    words, values = dialect(), list[object]([club_id])
    sql = (
        "SELECT m.user_id FROM spaces_membership m JOIN spaces_club c ON c.id = m.club_id AND c.deleted_at IS NULL "
        f"AND c.id = {words.param(1)} AND {standing('m')} JOIN accounts_user u ON u.id = m.user_id AND u.is_active"
        f"{'' if even_muted else ' AND NOT m.is_muted'}"
    )
    if plugin in current.app().parts.plugin_names:
        values.append(plugin)
        sql += (
            f" JOIN spaces_club_plugin p ON p.club_id = m.club_id AND p.plugin = {words.param(2)} "
            "AND p.effective IN ('on', 'read_only') AND p.readers LIKE '% ' || m.role || ' %' "
            "AND (u.has_factor OR NOT c.needs_factor)"
        )
    if user_ids is not None:
        marks = ", ".join(words.param(len(values) + number + 1) for number in range(len(user_ids)))
        sql += f" WHERE m.user_id IN ({marks or 'NULL'})"
        values += user_ids
    return frozenset(int(row["user_id"]) for row in await rows(sql, values))
