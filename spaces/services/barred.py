"""Who may not come into a club: asked by whatever makes a membership, in the transaction that does it."""

from __future__ import annotations

from core.db import dialect, rows
from core.errors import Conflict
from core.i18n import N_, gettext, long_datetime
from spaces.models import Ban, Club
from spaces.queries.bans import holds
from spaces.services.actors import Actor


class Banned(Conflict):
    """Somebody is banned from a club."""

    title = N_("Not possible at the moment")


async def hold_club(club_id: int) -> None:
    """Let nobody else come into the club, leave it or be banned until the running transaction ends. On SQLite it is that lock."""
    words = dialect()
    if words.name == "postgres":
        await rows(f"SELECT id FROM spaces_club WHERE id = {words.param(1)} FOR NO KEY UPDATE", [club_id])


async def is_banned(club: Club, user_id: int) -> bool:
    """Whether somebody may not come into a club now; `hold_club` first, where something follows from the answer."""
    return await Ban.filter(holds(), club_id=club.id, user_id=user_id).exists()


async def refuse_banned(club: Club, user_id: int, *, actor: Actor | None) -> None:
    """Refuse to let in somebody who is banned. The person learns no more than the mail about it said; others learn who it is.

    Raises:
        Banned: with a sentence for the actor.
    """
    ban = await Ban.filter(holds(), club_id=club.id, user_id=user_id).select_related("user").first()
    if ban is None:
        return
    if actor is None or actor.id != user_id:
        raise Banned(
            gettext("%(name)s is banned from this club. Whoever manages its members can lift that.", name=ban.user.name)
        )
    if ban.until is None:
        raise Banned(gettext("You cannot join this club: you are banned from it."))
    when = long_datetime(ban.until)
    raise Banned(gettext("You cannot join this club before %(when)s: you are banned from it until then.", when=when))
