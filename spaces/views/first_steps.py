"""The first steps in a club, ticked by what is there: for those who run it, and for those who are new in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.http import Request
from core.i18n import gettext
from core.navigation import Link
from core.permissions import can
from spaces.permissions import CONFIGURE, INVITE
from spaces.queries.welcome import Welcome


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do first.

    Args:
        label: what, translated.
        why: what it is good for.
        url: where it is done.
        is_done: whether it is.
    """

    label: str
    why: str
    url: str
    is_done: bool


def steps_for(
    request: Request, welcome: Welcome, acts: Sequence[Link], *, is_begun: bool, is_alone: bool
) -> list[Step]:
    """What a member does first here; nothing when all of it is done.

    Args:
        request: for the home of a club.
        welcome: what is known of the member.
        acts: what they may write, the most usual first.
        is_begun: whether anything was written in the club.
        is_alone: whether they are its only member.
    """
    club, viewer = request.club, request.viewer
    steps = list[Step]()
    if can(viewer, CONFIGURE.name, club):
        settings = request.path("spaces:club_settings")
        steps.append(
            Step(
                gettext("Say what the club is for"),
                gettext("One sentence, so that the right people come."),
                f"{settings}#field-purpose",
                bool(club.purpose),
            )
        )
        steps.append(
            Step(
                gettext("Give it a picture"),
                gettext("People recognise their club by it."),
                f"{settings}#cover",
                bool(club.cover_hash),
            )
        )
    else:
        steps.append(
            Step(
                gettext("Put a face to your name"),
                gettext("With a photo and a line about what you do, the others know whom they are dealing with."),
                request.path("accounts:profile"),
                welcome.has_face,
            )
        )
    if acts and _writes(request):
        is_written = is_begun if can(viewer, CONFIGURE.name, club) else welcome.wrote
        why = gettext("Something to read for whoever comes next.")
        steps.append(Step(acts[0].label, why, acts[0].url, is_written))
    if can(viewer, INVITE.name, club) and can(viewer, CONFIGURE.name, club):
        why = gettext("By mail, or with a link that you pass on.")
        done = welcome.is_inviting or not is_alone
        steps.append(Step(gettext("Invite people"), why, request.path("spaces:invitations"), done))
    return [] if all(step.is_done for step in steps) else steps


def _writes(request: Request) -> bool:
    """Whether the viewer may write anything with a plugin here."""
    allowed = request.access.grant.allowed
    return any(
        one.writes and one.name in allowed for name in request.access.active for one in request.app.permissions.of(name)
    )
