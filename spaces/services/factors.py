"""Clubs that let their members in with a second factor only."""

from __future__ import annotations

import secrets

from core import audit, current
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import Invalid
from core.i18n import N_, gettext
from core.notifications import notify
from spaces.models import Club
from spaces.notifications import FACTOR_REQUIRED
from spaces.services.actors import asker, refuse_acting

_SUBJECT = N_("%(club)s asks for a second factor from now on")
_TEXT = N_(
    "Besides your password, %(club)s wants a passkey or a code from an app. Without one it stays closed to you; it takes two "
    "minutes to set one up, and the club's page says how."
)


async def require_factors(club: Club, needed: bool, *, actor: Viewer) -> bool:
    """Let members in with a second factor only, or with a password again. Members are told when it begins.

    Args:
        club: the club.
        needed: whether a second factor is needed from now on.
        actor: the owner, who must have given theirs in this session when it begins.

    Returns:
        False when it was so already; then nothing is changed.

    Raises:
        Invalid: when the actor would shut themself out.
    """
    refuse_acting(actor)
    if needed and not (actor.is_strong and actor.has_factor):
        raise Invalid(gettext("Set up a second factor for yourself first, or the club would be closed to you."))
    async with atomic():
        if not await Club.filter(id=club.id, needs_factor=not needed).update(needs_factor=needed):
            return False
        await audit.record(
            "spaces.factor_required",
            actor=asker(actor),
            subject=club.slug,
            club_id=club.id,
            before={"needs_factor": not needed},
            after={"needs_factor": needed},
        )
        if needed:
            await _tell_members(club, actor)
    club.needs_factor = needed
    return True


async def _tell_members(club: Club, actor: Viewer) -> None:
    await notify(
        FACTOR_REQUIRED,
        to=None,
        besides=actor.id,
        club=club,
        key=f"{club.id} {secrets.token_hex(8)}",
        subject=_SUBJECT,
        text=_TEXT,
        path=current.app().urls.path("spaces:club", club=club.slug),
        values={"club": club.name},
    )
