"""Seeing a club as somebody of another role does: for half an hour, to read only, never more than one's own role shows.

Asked of every page of a club behind the door. The API knows nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, URLSafeTimedSerializer

from core.accounts.viewer import ANONYMOUS, Viewer
from core.errors import Forbidden
from core.http import SAFE_METHODS, Request
from core.i18n import gettext
from spaces.access import OUTSIDE_ROLES, rank
from spaces.permissions import MANAGE_MEMBERS

if TYPE_CHECKING:
    from spaces.gate import Access

COOKIE = "cercle_seen_as"
LASTS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class SeenAs:
    """As whom somebody sees a club.

    Args:
        role: a role of the club, `visitor` or `anonymous`.
        label: how it is called there.
        club: the word in the club's address.
    """

    role: str
    label: str
    club: str


def may_see_as(access: Access, role: str) -> bool:
    """Whether somebody may see the club as this role: those who manage its members, and no role above their own.

    Args:
        access: their own.
        role: a role of the club, or one outside of it.
    """
    below = role in OUTSIDE_ROLES or (rank(role) >= 0 and rank(role) <= rank(access.role))
    return MANAGE_MEMBERS.name in access.grant.allowed and below and role != access.role


def written(request: Request, role: str, label: str) -> str:
    """What the browser keeps, bound to the person and the club."""
    return str(_serializer(request).dumps([request.viewer.id, request.club.id, role, label]))


def read(request: Request, viewer: Viewer, access: Access) -> SeenAs | None:
    """As whom the viewer sees this club at the moment; None for almost everybody."""
    kept = request.cookies.get(COOKIE)
    if kept is None or request.wants_json:
        return None
    try:
        person, club, role, label = _serializer(request).loads(kept, max_age=int(LASTS.total_seconds()))
    except (BadSignature, ValueError, TypeError):
        return None
    if (person, club) != (viewer.id, access.club.id) or not may_see_as(access, role):
        return None
    return SeenAs(role, label, access.club.slug)


def as_seen(viewer: Viewer, own: Access, shown: Access) -> tuple[Viewer, Access]:
    """Somebody without a name of their own, in that role: so nothing shows because it is the viewer's.

    Args:
        viewer: who looks.
        own: their own access.
        shown: that of the role.
    """
    if shown.role == "anonymous":
        nobody = replace(ANONYMOUS, locale=viewer.locale, timezone=viewer.timezone)
    else:
        clubs = [replace(club, role=shown.role) if club.id == own.club.id else club for club in viewer.clubs]
        kept = tuple(club for club in clubs if shown.is_member or club.id != own.club.id)
        nobody = replace(viewer, id=0, is_operator=False, clubs=kept)
    grant = replace(
        shown.grant, allowed=shown.grant.allowed & own.grant.allowed if shown.is_member else shown.grant.allowed
    )
    return replace(nobody, grants={own.club.id: grant}), replace(shown, grant=grant)


def refuse_changes(request: Request) -> None:
    """Refuse to change anything in a club that is seen as another role.

    Raises:
        Forbidden: saying so.
    """
    seen: SeenAs | None = request.seen_as
    if seen is not None and request.method not in SAFE_METHODS:
        raise Forbidden(
            gettext("You see this club as “%(role)s”, so nothing can be changed. Stop that first.", role=seen.label)
        )


def _serializer(request: Request) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(request.app.settings.secret_key, salt="seen-as")
