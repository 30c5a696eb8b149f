"""What is open while an operator acts as somebody: what that person does in clubs, and nothing of their account."""

from __future__ import annotations

from core import audit
from core.accounts.settings import SiteSettings
from core.errors import Forbidden
from core.http import Request, Route
from core.i18n import gettext as _
from core.parts import LoadedPart
from core.plugin_settings import site_settings

OPEN = frozenset({"acting.delete", "sign_out", "photo"})
"""The routes of accounts that stay open; those that come later are closed unless they are named here."""
UNSAID = frozenset({"token", "secret", "key", "club"})


async def mind_acting(request: Request, part: LoadedPart, route: Route) -> None:
    """Refuse what an operator may not do in somebody's name, and log what they change. Every request passes here.

    Raises:
        Forbidden: for the pages and the API of the person's account, and for all where the site has ended it.
    """
    if part.name == "accounts" and route.name in OPEN:
        return
    if part.name == "accounts":
        raise Forbidden(_("This is closed while you act as somebody else."))
    if not (await site_settings(SiteSettings)).impersonation:
        raise Forbidden(_("On this site nobody acts as somebody else."))
    if route.writes(request.method):
        club = getattr(request.club, "id", None)
        facts = {name: str(value)[:100] for name, value in request.path_params.items() if name not in UNSAID}
        name = f"{request.method} {part.name}:{route.name}"
        await audit.record("accounts.acted", actor=request.viewer, subject=name, club_id=club, after=facts)
