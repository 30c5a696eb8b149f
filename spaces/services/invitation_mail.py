"""The letter of an invitation, and the addresses that stand in it and behind it."""

from __future__ import annotations

from urllib.parse import unquote

from core import current, mail
from core.accounts.models import User
from core.errors import Invalid
from core.http import local_path
from core.i18n import direction, gettext, language, language_tag, speaking
from spaces.models import Club, Invitation
from spaces.queries.roles import labels_in
from spaces.services.actors import Actor

LANDING_LENGTH = 200


def invitation_url(secret: str) -> str:
    """The absolute address of an invitation's page."""
    return f"{current.app().settings.base_url}/invitations/{secret}"


def checked_landing(club: Club, text: str) -> str:
    """Where an invitation leads in a club, as `Invitation.landing` stores it: the path below the club, "" for its first page.

    Args:
        club: the club.
        text: the address of one of its pages as somebody copies it, with or without the site's own.

    Raises:
        Invalid: naming `landing`, for everything else.
    """
    base, home = current.app().settings.base_url, f"/c/{club.slug}"
    wanted = text.strip()
    path = wanted[len(base) :] if wanted.startswith(f"{base}/") else wanted
    if path.rstrip("/") in ("", home):
        return ""
    below = path[len(home) + 1 :]
    dotted = any(step in (".", "..") for step in unquote(below.partition("?")[0]).replace("\\", "/").split("/"))
    if not path.startswith(f"{home}/") or not local_path(path, "") or dotted or len(below) > LANDING_LENGTH:
        raise Invalid(gettext("Please paste the address of a page of this club."), field="landing")
    return below


def landing_url(club: Club, landing: str) -> str:
    """The path to which a new member is led.

    Args:
        club: the club.
        landing: as `checked_landing` answers it.
    """
    return f"/c/{club.slug}/{landing}"


async def mail_invitation(invitation: Invitation, club: Club, secret: str, *, actor: Actor) -> None:
    """Write the letter, in the language of the account with this address, else in that of the actor."""
    known = await User.get_or_none(email=invitation.email)
    with speaking(known.locale if known else language(), known.timezone if known else None):
        await _send(invitation, club, secret, actor)


async def _send(invitation: Invitation, club: Club, secret: str, actor: Actor) -> None:
    app = current.app()
    context = {
        "locale": language_tag(),
        "direction": direction(),
        "club": club,
        "inviter": actor.name,
        "note": invitation.note,
        "role": (await labels_in(club))[invitation.role],
        "address": invitation_url(secret),
        "until": invitation.expires_at,
        "member_days": invitation.member_days,
        "site_name": app.settings.site_name,
    }
    await mail.send(
        invitation.email,
        gettext("%(name)s invites you to %(club)s", name=actor.name, club=club.name),
        app.pages.render("spaces/mails/invitation.txt", **context),
        app.pages.render("spaces/mails/invitation.html", **context),
        key=f"spaces.invitation:{invitation.id}:{invitation.token_hash[:16]}",
    )
