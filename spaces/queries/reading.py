"""In which clubs somebody may read a plugin, asked without a request: for what they take with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core import current
from core.accounts.hookspecs import PersonHolding
from core.db import dialect, rows
from spaces.models import Club
from spaces.queries.standing import standing


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
        "JOIN accounts_user u ON u.id = m.user_id AND (u.has_factor OR NOT c.needs_factor) "
        f"JOIN spaces_club_plugin p ON p.club_id = m.club_id AND p.plugin = {words.param(1)} "
        "AND p.effective IN ('on', 'read_only') AND p.readers LIKE '% ' || m.role || ' %' "
        f"WHERE m.user_id = {words.param(2)} AND {standing('m')}",
        [plugin, user_id],
    )
    return await Club.filter(id__in=[row["id"] for row in found]).order_by("slug")


async def holdings_by_club(
    user_id: int,
    plugin: str,
    counts: Mapping[int, tuple[int, int]],
    label: Callable[[int], str],
    *,
    goes: bool = False,
) -> list[PersonHolding]:
    """What `person_holdings` answers for one kind of thing; clubs that the person does not read any more are one line.

    Args:
        user_id: the person.
        plugin: its name.
        counts: by the id of the club, how many there are, and how many of them nobody else has worked on.
        label: what they are called, for a count.
        goes: that they go in any case.
    """
    names = {club.id: club.name for club in await clubs_read_by(user_id, plugin)}
    named: dict[str, tuple[int, int]] = {}
    for club_id, (count, alone) in counts.items():
        before = named.get(names.get(club_id, ""), (0, 0))
        named[names.get(club_id, "")] = (before[0] + count, before[1] + alone)
    return [PersonHolding(label(count), count, alone, club, goes) for club, (count, alone) in named.items()]
