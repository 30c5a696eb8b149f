"""Polls for `cercle demo`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cercle import N_, Club, access_for, gettext, speaking
from cercle_poll.models import Poll
from cercle_poll.services import cast_vote, close_poll, open_poll

OUTING = N_("Where shall we go for the summer outing?")
PLACES = (N_("To the sea"), N_("To the mountains"), N_("Into the forest"))
EVENING = N_("Which evening suits you for the next meeting?")
DAYS = (N_("Tuesday"), N_("Wednesday"), N_("Thursday"))


async def seed(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """Two polls with votes; doing it again changes nothing."""
    if await Poll.filter(club=club).exists():
        return
    people = [await access_for(app, club, user_id=user.id, name=user.name) for user in cast.values()]
    with speaking("fr"):  # as the rest of the demo
        days, places = [gettext(day) for day in DAYS], [gettext(place) for place in PLACES]
        evening = await open_poll(
            club, question=gettext(EVENING), answers=days, several=True, named=True, actor=people[0]
        )
        later = datetime.now(UTC) + timedelta(days=12)
        outing = await open_poll(club, question=gettext(OUTING), answers=places, closes_at=later, actor=people[0])
    for number, person in enumerate(people):
        await cast_vote(evening, [number % 3, 2], actor=person)
        if number != 1:
            await cast_vote(outing, [number * number % 3], actor=person)
    await close_poll(evening, actor=people[0])
