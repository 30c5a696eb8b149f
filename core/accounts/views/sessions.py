"""Where I am signed in."""

from __future__ import annotations

import re

from starlette.responses import Response

from core.accounts.queries import get_user, sessions_of
from core.accounts.services import end_other_sessions, end_session
from core.accounts.views.entry import in_browser, let_out
from core.errors import NotFound
from core.http import Request
from core.i18n import gettext as _
from core.i18n import ngettext

_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_PROGRAM = re.compile(r"^[A-Za-z][\w.-]{0,30}")


@in_browser
async def index(request: Request) -> Response:
    """Every browser in which I am signed in, with device, network and last use."""
    sessions = await sessions_of(await get_user(request.viewer))
    shown = [(one, device_words(one.device), one.id == request.viewer.session_id) for one in sessions]
    return await request.page("accounts/sessions/index.html", sessions=shown)


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
    """Sign out everywhere else."""
    count = await end_other_sessions(request.viewer.id or 0, keep=request.viewer.session_id)
    request.flash(ngettext("Signed out in %(num)s other browser.", "Signed out in %(num)s other browsers.", count))
    return request.redirect("accounts:sessions")


def device_words(user_agent: str) -> str:
    """What a browser calls itself, in plain words; a claim, not a fact."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    program = _PROGRAM.match(user_agent)
    return browser or system or (program.group() if program else _("Unknown device"))
