"""What cannot be done with a club while it goes into another one, or another one into it."""

from __future__ import annotations

from core.errors import Conflict
from core.i18n import gettext
from spaces.models import Club
from spaces.queries.merging_now import is_merging


async def refuse_merging(club: Club) -> None:
    """Refuse what cannot be while a club goes into another one, or another one into it.

    Raises:
        Conflict: with a sentence.
    """
    if await is_merging(club.id):
        raise Conflict(
            gettext("%(club)s and another club become one at this moment. Try again in a while.", club=club.name)
        )
