"""Who acts on a club: a viewer, a user of a command or test, or the machine; and how far their word reaches there."""

from __future__ import annotations

from typing import cast

from core.accounts.models import User
from core.accounts.viewer import Viewer
from core.errors import Forbidden, Invalid
from core.i18n import gettext
from core.permissions import Asker, base_of
from spaces.access import MEMBER_ROLES, RANK, rank
from spaces.models import Club, ClubRole, Membership
from spaces.queries.standing import stands
from spaces.space import lock_club

Actor = Viewer | User
ABOVE_ALL = len(RANK)


def asker(actor: Actor | None) -> Asker | None:
    """The actor as the audit log takes it, which reads no more than id and name."""
    return cast("Asker | None", actor)


def actor_id(actor: Actor | None) -> int | None:
    """The user's id; None for the machine."""
    return actor.id if actor else None


async def rank_of(club: Club, actor: Actor | None) -> int:
    """How high the actor stands in a club right now: by membership, above all as operator or machine."""
    if actor is None or actor.is_operator:
        return ABOVE_ALL
    found = await Membership.get_or_none(stands(), club_id=club.id, user_id=actor.id).only("role")
    return rank(found.role) if found else -1


async def require_reach(club: Club, role: str, *, actor: Actor | None) -> None:
    """Refuse to touch or give a role that stands above the actor's own.

    Raises:
        Forbidden: when it does.
    """
    if role == "owner":
        refuse_acting(actor)
    if not base_of(role) or rank(role) > await rank_of(club, actor):
        raise Forbidden(gettext("You cannot give or change a role that is above your own."))


def refuse_acting(actor: Actor | None) -> None:
    """Refuse an operator who acts as somebody: who owns a club, and whether there is one, they decide under their own name.

    Raises:
        Forbidden: for such an actor.
    """
    if getattr(actor, "operator_id", None) is not None:
        raise Forbidden(gettext("This is closed while you act as somebody else."))


def require_role(role: str) -> None:
    """Refuse a word that is no role of members, and not formed like one of a club's own either.

    Raises:
        Invalid: naming the field `role`.
    """
    if base_of(role) not in MEMBER_ROLES:
        raise Invalid(gettext("There is no such role."), field="role")


async def require_own_role(club: Club, role: str) -> None:
    """Refuse a role of a club's own that this club has not; what it has stays there until the running transaction ends.

    Raises:
        Invalid: naming the field `role`.
    """
    if await standing_role(club, role) != role:
        raise Invalid(gettext("There is no such role."), field="role")


async def standing_role(club: Club, role: str) -> str:
    """The role, or the built-in one that it is like where the club's own was removed meanwhile; to be called in a transaction."""
    base = base_of(role)
    if base == role:
        return role
    await lock_club(club.id)
    return role if await ClubRole.exists(club_id=club.id, name=role) else base
