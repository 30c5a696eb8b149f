"""Clubs whose last owner is gone: offered to the moderators, two weeks later to every member; whoever is first runs the club."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core import audit, current
from core.accounts.models import User
from core.accounts.viewer import Viewer
from core.db import atomic, rows
from core.errors import Conflict, Forbidden, NotFound
from core.events import announce
from core.i18n import N_, gettext
from core.mail import queue
from core.permissions import base_of
from spaces.events import RoleChanged
from spaces.models import Club, Membership
from spaces.queries.club_list import FILTERS
from spaces.queries.standing import stands
from spaces.services.activity import note_ownerless
from spaces.services.actors import Actor, asker, refuse_acting
from spaces.services.barred import hold_club
from spaces.services.member_mail import Letter, letter_for
from spaces.services.memberships import add_member, change_role
from spaces.services.succession import is_owned, succeed

WAIT = timedelta(days=14)
BATCH = 200
_OFFER = Letter(
    N_("%(club)s has no owner any more"),
    (
        N_("Nobody runs %(club)s any more: the account of its last owner is closed."),
        N_("You can take it over. Whoever does so first becomes the owner:"),
    ),
)


async def look_after_orphans() -> None:
    """Offer clubs without an owner to those who may take them over, each step once; forget those that have one again."""
    await note_ownerless()
    for row in await rows(f"SELECT c.id FROM spaces_club c WHERE {FILTERS['no_owner']} ORDER BY c.id"):
        await _look_after(int(row["id"]))


async def may_take_over(club: Club, role: str) -> bool:
    """Whether somebody with this role is offered the club: it has no owner, and their turn has come."""
    if base_of(role) not in ("moderator", "member") or await is_owned(club.id):
        return False
    return base_of(role) == "moderator" or await Club.filter(id=club.id, offered_to="members").exists()


async def take_over(club: Club, *, actor: Viewer) -> None:
    """Become the owner of a club that has none.

    Raises:
        NotFound: for somebody who is no member.
        Forbidden: for a member whose turn has not come.
        Conflict: when somebody else was faster, or the club has an owner.
    """
    refuse_acting(actor)
    async with atomic():
        await hold_club(club.id)
        place = await Membership.get_or_none(stands(), club_id=club.id, user_id=actor.id)
        if place is None:
            raise NotFound()
        if await is_owned(club.id):
            raise Conflict(gettext("The club has an owner: somebody was faster, or came back."))
        if not await may_take_over(club, place.role):
            raise Forbidden(gettext("For now only its moderators can take the club over."))
        changed = Membership.filter(id=place.id, role=place.role)
        await changed.update(role="owner", expires_at=None, expiry_told_at=None, is_inherited=False)
        await Club.filter(id=club.id).update(ownerless_at=None, offered_to="")
        await audit.record(
            "spaces.club_taken_over",
            actor=asker(actor),
            subject=club.slug,
            club_id=club.id,
            before={"role": place.role},
            after={"role": "owner"},
        )
        await announce(
            RoleChanged(club_id=club.id, actor_id=actor.id, user_id=place.user_id, before=place.role, after="owner")
        )


async def name_owner(club: Club, user: User, *, actor: Actor) -> None:
    """Make somebody an owner, member or not.

    Args:
        club: the club.
        user: whom.
        actor: the operator.
    """
    async with atomic():
        if await Membership.filter(stands(), club_id=club.id, user_id=user.id).exists():
            await change_role(club, user, "owner", actor=actor)
        else:
            await add_member(club, user, "owner", actor=actor)


async def _look_after(club_id: int) -> None:
    """One club: the successor, if there is one who is ready; else the next step whose time has come."""
    async with atomic():
        await hold_club(club_id)
        club = await Club.get(id=club_id)
        if club.ownerless_at is None or await is_owned(club.id) or await succeed(club, actor=None):
            return
        moderators = _members(club).filter(_like("moderator"))
        waited = datetime.now(UTC) - club.ownerless_at >= WAIT
        step = "members" if waited or not await moderators.exists() else "moderators"
        if club.offered_to == step:
            return
        await Club.filter(id=club.id).update(offered_to=step)
        await _offer(club, club.ownerless_at.isoformat(), step.removesuffix("s"))


async def _offer(club: Club, since: str, role: str) -> None:
    passed, path = 0, current.app().urls.path("spaces:take_over", club=club.slug)
    asked = _members(club).filter(_like(role)).order_by("id").limit(BATCH).select_related("user")
    while found := await asked.filter(id__gt=passed):
        key = f"spaces.ownerless:{club.id}:{since}"
        await queue([letter_for(_OFFER, club, one.user, key=f"{key}:{one.user_id}", path=path) for one in found])
        passed = found[-1].id


def _members(club: Club) -> QuerySet[Membership]:
    return Membership.filter(stands(), club_id=club.id, user__is_active=True)


def _like(role: str) -> Q:
    """The condition for a built-in role and those of a club's own that are like it."""
    return Q(Q(role=role), Q(role__startswith=f"{role}."), join_type=Q.OR)
