"""A person's own view of their clubs: the order in which they stand, and which of them are to be quiet."""

from __future__ import annotations

from typing import Literal

from core.accounts.viewer import ClubLink, Viewer
from core.collation import sort_key
from core.db import atomic
from spaces.models import Membership

Place = Literal["first", "up", "down"]


async def put_club(club: ClubLink, place: Place, *, actor: Viewer) -> None:
    """Put one of somebody's clubs elsewhere among their others; at either end a step further changes nothing.

    Args:
        club: one of the actor's.
        place: before all others, or a step up or down.
        actor: whose clubs they are.
    """
    async with atomic():
        mine = await _in_order(actor)
        here = next((number for number, one in enumerate(mine) if one.club_id == club.id), None)
        if here is None:
            return
        there = {"first": 0, "up": here - 1, "down": here + 1}[place]
        if 0 <= there < len(mine):
            mine.insert(there, mine.pop(here))
        await _number(mine)


async def set_mute(club: ClubLink, muted: bool, *, actor: Viewer) -> None:
    """Let a club tell the actor nothing but what names them, or all it has to tell again."""
    await Membership.filter(club_id=club.id, user_id=actor.id).update(is_muted=muted)


async def _in_order(actor: Viewer) -> list[Membership]:
    """The memberships that the actor sees, as they stand now, held until the transaction ends."""
    names = {club.id: sort_key(club.name) for club in actor.clubs if not club.is_archived}
    held = Membership.filter(user_id=actor.id).order_by("id").select_for_update()
    mine = [one for one in await held if one.club_id in names]
    return sorted(mine, key=lambda one: (one.position, names[one.club_id]))


async def _number(mine: list[Membership]) -> None:
    """Write down their places, where they are others than before."""
    moved = [(number, one) for number, one in enumerate(mine, start=1) if one.position != number]
    for number, one in moved:
        one.position = number
    if moved:
        await Membership.bulk_update([one for _, one in moved], ["position"], batch_size=200)
