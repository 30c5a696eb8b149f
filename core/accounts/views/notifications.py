"""What I am told of and how, everywhere or in one club, and the link in a mail that ends mails of its kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from starlette.responses import Response

from core.accounts.forms import NotificationsInput
from core.accounts.viewer import ClubLink
from core.accounts.views.entry import in_browser
from core.errors import NotFound
from core.forms import read_form
from core.http import Request
from core.i18n import gettext as _
from core.notification_kinds import NotificationKind
from core.notification_mail import MailChannel, read_unsubscribe_token
from core.notification_wishes import Wishes, choose, forget_club_choices, wishes_of
from core.permissions import base_of

EVERYWHERE = "everywhere"
"""The value that the button sends which lets a club be as all others."""


@in_browser
async def edit(request: Request) -> Response:
    """Every kind that there is for me, by part, with a box for each channel; for all clubs, or for the one that is asked for."""
    wishes, club = await _my_wishes(request), _club(request)
    parts = {loaded.name: loaded.part.title for loaded in request.app.parts}
    groups = [
        (_(parts.get(name, name)), [(kind, _ticks(request, wishes, kind, club)) for kind in kinds])
        for name, kinds in groupby(_kinds(request, club), key=lambda kind: kind.part)
    ]
    return await request.page(
        "accounts/notifications/edit.html",
        groups=groups,
        channels=list(request.app.notifications.channels.values()),
        pages=request.app.notifications.pages,
        at_club=club,
        clubs=[(one, one.id in wishes.clubs) for one in request.viewer.clubs],
    )


@in_browser
async def update(request: Request) -> Response:
    """Write down what is ticked, for the boxes that the page had; or let a club be as all others again."""
    form, club = await read_form(request, NotificationsInput), _club(request)
    user_id, back = request.viewer.id or 0, {"of": club.id} if club else {}
    if club is not None and EVERYWHERE in form.data.on:
        await forget_club_choices(user_id, club.id)
    elif changes := _changes(request, await _my_wishes(request), form.data, club):
        await choose(user_id, changes, club_id=club.id if club else None)
    request.flash(_("Saved."))
    return request.redirect("accounts:notifications", **back)


async def show_unsubscribe(request: Request) -> Response:
    """The button behind the link of a mail; opening the page ends nothing, since mail scanners open it too."""
    token = request.query_params.get("token", "")
    _user, kinds = read_unsubscribe_token(token)
    return await request.page("accounts/notifications/unsubscribe.html", kinds=kinds, token=token, done=False)


async def unsubscribe(request: Request) -> Response:
    """End mails of these kinds for whoever the link was made for: at the press of the button, or of a mail program (RFC 8058)."""
    token = request.query_params.get("token", "")
    user_id, kinds = read_unsubscribe_token(token)
    off = {MailChannel.name: {kind.name: False for kind in kinds}}
    wishes = (await wishes_of([user_id])).get(user_id, Wishes())
    await choose(user_id, off)
    for club_id, choices in wishes.clubs.items():
        if any(choices.get(MailChannel.name, {}).get(kind.name) for kind in kinds):
            await choose(user_id, off, club_id=club_id)
    return await request.page("accounts/notifications/unsubscribe.html", kinds=kinds, token=token, done=True)


async def _my_wishes(request: Request) -> Wishes:
    user_id = request.viewer.id or 0
    return (await wishes_of([user_id])).get(user_id, Wishes())


def _club(request: Request) -> ClubLink | None:
    """The club of mine that `of` names, None for all of them."""
    wanted = request.query_params.get("of", "")
    found = next((club for club in request.viewer.clubs if str(club.id) == wanted), None)
    if wanted and found is None:
        raise NotFound()
    return found


def _kinds(request: Request, club: ClubLink | None) -> Sequence[NotificationKind]:
    """The kinds that I may ever be told of; those of one club leave out what does not come from clubs."""
    asked = [club] if club else request.viewer.clubs
    moderates = any(base_of(one.role) in ("owner", "moderator") for one in asked)
    return [kind for kind in request.app.notifications.all() if moderates or not kind.moderators]


def _changes(
    request: Request, before: Wishes, sent: NotificationsInput, club: ClubLink | None
) -> dict[str, dict[str, bool]]:
    ticked, changes = frozenset(sent.on), dict[str, dict[str, bool]]()
    for kind in _kinds(request, club):
        for channel in request.app.notifications.channels:
            box = f"{channel} {kind.name}"
            if box in sent.shown and (box in ticked) != before.want(kind, channel, club.id if club else None):
                changes.setdefault(channel, {})[kind.name] = box in ticked
    return changes


def _ticks(request: Request, wishes: Wishes, kind: NotificationKind, club: ClubLink | None) -> Mapping[str, bool]:
    club_id = club.id if club else None
    return {channel: wishes.want(kind, channel, club_id) for channel in request.app.notifications.channels}
