"""Closing the year of a club, and opening it again: several switches in one act."""

from __future__ import annotations

from collections.abc import Collection

from core.db import atomic
from spaces.models import Club
from spaces.queries.switchboard import list_switches
from spaces.services.actors import Actor, asker
from spaces.space import hold_switches
from spaces.switches import switch_plugins


async def close_year(club: Club, *, actor: Actor | None) -> list[str]:
    """Let everything in a club be read and nothing changed: each plugin that is on becomes read-only, all in one transaction.

    Returns:
        The names of those that were on, for `reopen`.
    """
    return await _turn(club, "on", "read_only", actor)


async def reopen(club: Club, plugins: Collection[str], *, actor: Actor | None) -> list[str]:
    """Turn plugins on again that can be read only; those that somebody turned otherwise meanwhile stay as they are.

    Returns:
        The names of those that were opened.
    """
    return await _turn(club, "read_only", "on", actor, plugins)


async def _turn(
    club: Club, before: str, after: str, actor: Actor | None, among: Collection[str] | None = None
) -> list[str]:
    async with atomic():
        await hold_switches(club.id)
        turned = [
            switch.name
            for switch in await list_switches(club)
            if switch.state == before and after in switch.choices and (among is None or switch.name in among)
        ]
        await switch_plugins(club, dict.fromkeys(turned, after), actor=asker(actor))
    return turned
