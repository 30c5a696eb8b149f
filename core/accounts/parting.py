"""What is open to somebody whose account is about to be deleted: the page on which they can keep it, and taking their data."""

from __future__ import annotations

from starlette.responses import Response

from core.errors import Forbidden
from core.http import Request, Route
from core.i18n import gettext as _
from core.parts import LoadedPart

OPEN = frozenset({"leave", "leave.delete", "takeouts.create", "takeouts.show", "takeouts.delete"})
"""The routes of accounts that stay open, besides public ones; those that come later are closed unless they are named here."""
PROOFS = ("proof", "factor", "passkey_proof")  # giving a proof again, by whatever way
_OPEN_PARTS = ("accounts", "core")  # their public routes tell nothing of clubs: sign-in, sign-out, manifest


def mind_leaving(request: Request, part: LoadedPart, route: Route) -> Response | None:
    """Where somebody is sent who is leaving and asks for more than this; None for all others. Every request passes here.

    Raises:
        Forbidden: for programs.
    """
    if request.viewer.leaving_at is None or _is_open(part, route):
        return None
    if request.wants_json:
        raise Forbidden(_("This account is about to be deleted. Sign in to keep it."))
    return request.redirect("accounts:leave")


def _is_open(part: LoadedPart, route: Route) -> bool:
    if route.public:
        return part.name in _OPEN_PARTS
    return part.name == "accounts" and (route.name in OPEN or route.name.partition(".")[0] in PROOFS)
