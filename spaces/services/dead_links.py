"""Invitations that have ended: whoever holds the link can ask the person who sent it for a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from core import current
from core.accounts.queries import normal_email
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import TooMany
from core.i18n import N_
from core.limits import Rule
from core.notifications import notify
from spaces.models import Invitation
from spaces.notifications import INVITATION_WANTED
from spaces.services.invitations import find_ended, may_still_invite

ASKED_BY_LINK = Rule("spaces.invitation_wanted.link", "1 per day")
ASKED_OF_INVITER = Rule("spaces.invitation_wanted.inviter", "20 per day")
_SUBJECT = N_("Somebody asks for a new invitation to %(club)s")
_BY_MAIL = N_(
    "Your invitation to %(email)s has ended, and whoever has its link asks for a new one. You can send it again with one click."
)
_BY_LINK = N_("Your link into %(club)s has ended. %(name)s (%(email)s) followed it and asks for a new invitation.")
_BY_STRANGER = N_(
    "Your link into %(club)s has ended. Somebody followed it, says that they are %(email)s, and asks for a new invitation."
)


async def ask_for_new(secret: str, email: str = "", *, viewer: Viewer) -> None:
    """Tell whoever sent an invitation that has ended that its holder asks for a new one.

    Nobody learns from it whether a mail was written: it is where the inviter may still invite, at most once a day for each link
    and 20 times a day for each inviter.

    Args:
        secret: of the link.
        email: where the holder can be reached, for a link that several had; not read where somebody is signed in.
        viewer: who asks.

    Raises:
        NotFound: where there never was such an invitation, or it still works.
        Invalid: for a wrong address.
    """
    found = await find_ended(secret)
    if found.email:
        text, values = _BY_MAIL, {"email": found.email}
    elif viewer.is_authenticated:
        text, values = _BY_LINK, {"name": viewer.name, "email": viewer.email}
    else:
        text, values = _BY_STRANGER, {"email": normal_email(email)}
    if not await may_still_invite(found) or not await _is_free(found):
        return
    async with atomic():
        await notify(
            INVITATION_WANTED,
            to=[found.inviter_id],
            club=found.club,
            key=f"invitation {found.id} {datetime.now(UTC).date()}",
            subject=_SUBJECT,
            text=text,
            path=current.app().urls.path("spaces:invitations", club=found.club.slug),
            values={"club": found.club.name, **values},
        )


async def _is_free(found: Invitation) -> bool:
    """Whether nobody asked by this link today, and not too many asked its inviter."""
    asked: Sequence[tuple[Rule, int]] = ((ASKED_BY_LINK, found.id), (ASKED_OF_INVITER, found.inviter_id))
    try:
        for rule, number in asked:
            await current.app().limits.hit(rule, number)
    except TooMany:
        return False
    return True
