"""What I am told of and how, and the link in a mail that ends mails of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from starlette.responses import Response

from core.accounts.forms import NotificationsInput
from core.accounts.views.entry import in_browser
from core.forms import read_form
from core.http import Request
from core.i18n import gettext as _
from core.notification_mail import MailChannel, read_unsubscribe_token
from core.notifications import Choices, choices_of, choose, is_wanted


@in_browser
async def edit(request: Request) -> Response:
    """Every kind that there is, by part, with a box for each channel."""
    registry, choices = request.app.notifications, await _my_choices(request)
    parts = {loaded.name: loaded.part.title for loaded in request.app.parts}
    groups = [
        (_(parts.get(name, name)), [(kind, _ticks(request, choices, kind.name)) for kind in kinds])
        for name, kinds in groupby(registry.all(), key=lambda kind: kind.part)
    ]
    return await request.page(
        "accounts/notifications/edit.html", groups=groups, channels=list(registry.channels.values())
    )


@in_browser
async def update(request: Request) -> Response:
    """Write down what is ticked, for the boxes that the page had."""
    form = await read_form(request, NotificationsInput)
    ticked = frozenset(form.data.on)
    before, changes = await _my_choices(request), dict[str, dict[str, bool]]()
    for kind in request.app.notifications.all():
        for channel in request.app.notifications.channels:
            box = f"{channel} {kind.name}"
            if box in form.data.shown and (box in ticked) != is_wanted(before, kind, channel):
                changes.setdefault(channel, {})[kind.name] = box in ticked
    if changes:
        await choose(request.viewer.id or 0, changes)
    request.flash(_("Saved."))
    return request.redirect("accounts:notifications")


async def show_unsubscribe(request: Request) -> Response:
    """The button behind the link of a mail; opening the page ends nothing, since mail scanners open it too."""
    token = request.query_params.get("token", "")
    _user, kind = read_unsubscribe_token(token)
    return await request.page("accounts/notifications/unsubscribe.html", kind=kind, token=token, done=False)


async def unsubscribe(request: Request) -> Response:
    """End mails of one kind for whoever the link was made for: at the press of the button, or of a mail program (RFC 8058)."""
    token = request.query_params.get("token", "")
    user_id, kind = read_unsubscribe_token(token)
    await choose(user_id, {MailChannel.name: {kind.name: False}})
    return await request.page("accounts/notifications/unsubscribe.html", kind=kind, token=token, done=True)


async def _my_choices(request: Request) -> Choices:
    user_id = request.viewer.id or 0
    return (await choices_of([user_id])).get(user_id, {})


def _ticks(request: Request, choices: Choices, kind: str) -> Mapping[str, bool]:
    registry = request.app.notifications
    known = registry.get(kind)
    return {channel: known is not None and is_wanted(choices, known, channel) for channel in registry.channels}
