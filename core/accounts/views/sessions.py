"""How I sign in, and where I am signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from core.accounts.models import LoginSession
from core.accounts.queries import get_user, sessions_of, ways_in
from core.accounts.services import end_other_sessions, end_session
from core.accounts.services.devices import device_words, forget_devices, network_words, shown_network
from core.accounts.services.sign_ins import how_words
from core.accounts.views.devices import browser_of
from core.accounts.views.entry import in_browser, let_out
from core.errors import NotFound
from core.http import Request
from core.i18n import gettext as _
from core.i18n import ngettext
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A login session as its owner reads it.

    Args:
        session: the row.
        device: in words.
        place: in words.
        how: the ways in which they proved who they are; "" where that was not kept.
        ends_at: when it ends, unless it is used again.
        is_here: whether it is the one of this request.
        is_mobile: for the icon.
    """

    session: LoginSession
    device: str
    place: str
    how: str
    ends_at: datetime
    is_here: bool
    is_mobile: bool


@in_browser
async def index(request: Request) -> Response:
    """My ways in, and every browser in which I am signed in."""
    user, settings = await get_user(request.viewer), request.app.settings
    return await request.page(
        "accounts/sessions/index.html",
        sessions=[_line(one, request) for one in await sessions_of(user)],
        ways=await ways_in(user),
        idle=_duration(settings.session_idle_hours),
        absolute=_duration(settings.session_absolute_hours),
    )


@in_browser
async def delete(request: Request) -> Response:
    """Sign out in one browser."""
    number = int(request.path_params["id"])
    if number == request.viewer.session_id:
        return await let_out(request, request.redirect("core:home"))
    if not await end_session(request.viewer.id or 0, number):
        raise NotFound()
    request.flash(_("Signed out there."))
    return request.redirect("accounts:sessions")


@in_browser
async def delete_others(request: Request) -> Response:
    """Sign out everywhere else; the next sign-in from there is told by mail, as from a new device."""
    mine = request.viewer.id or 0
    count = await end_other_sessions(mine, keep=request.viewer.session_id)
    await forget_devices(mine, keep=browser_of(request).secret)
    request.flash(ngettext("Signed out in %(num)s other browser.", "Signed out in %(num)s other browsers.", count))
    return request.redirect("accounts:sessions")


def _line(session: LoginSession, request: Request) -> SessionLine:
    return SessionLine(
        session,
        device=_("An operator who acts as you") if session.operator_id else device_words(session.device),
        place=network_words(shown_network(session.network)),
        how=how_words(session.methods),
        ends_at=_end_of(session, request.app.settings),
        is_here=session.id == request.viewer.session_id,
        is_mobile="Android" in session.device or "iPhone" in session.device,
    )


def _end_of(session: LoginSession, settings: Settings) -> datetime:
    return min(session.expires_at, session.seen_at + timedelta(hours=settings.session_idle_hours))


def _duration(hours: int) -> str:
    """`14 days`, or `36 hours` where it is no whole number of days."""
    if hours % 24:
        return ngettext("%(num)s hour", "%(num)s hours", hours)
    return ngettext("%(num)s day", "%(num)s days", hours // 24)
