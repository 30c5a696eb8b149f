"""Whether the messages of a club keep silent about what is in it."""

from __future__ import annotations

from cercle import Club, Viewer, atomic
from plugins.notifications.models import SilentClub


async def keep_silent(club: Club, is_silent: bool, *, actor: Viewer) -> None:
    """Let messages say nothing but that there is something, or say again what there is. What waits leaves as it was written."""
    async with atomic():
        if is_silent:
            await SilentClub.bulk_create([SilentClub(club_id=club.id)], ignore_conflicts=True)
        else:
            await SilentClub.filter(club_id=club.id).delete()
