"""Who becomes the owner when no other is left: named by an owner, agreed to by the person, done with the departure itself."""

from __future__ import annotations

from datetime import UTC, datetime

from core import audit, current
from core.accounts.models import User
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import Conflict, NotFound
from core.events import announce
from core.i18n import N_, gettext
from core.mail import queue
from spaces.events import RoleChanged
from spaces.models import Club, Membership
from spaces.queries.standing import stands
from spaces.services.actors import Actor, actor_id, asker, require_reach
from spaces.services.barred import hold_club
from spaces.services.member_mail import Letter, letter_for

_ASKED = Letter(
    N_("Would you run %(club)s one day?"),
    (
        N_("%(who)s would like you to become the owner of %(club)s when no other owner is left."),
        N_("Nothing changes until then. On this page you say yes or no:"),
    ),
)
_BECAME = Letter(
    N_("You are the owner of %(club)s now"),
    (N_("You had agreed to run %(club)s when no other owner is left. That is so now, and it is yours."),),
)
_DECLINED = Letter(
    N_("%(who)s will not run %(club)s one day"),
    (
        N_(
            "You had asked %(who)s to become the owner when no other is left. The answer is no; you can name somebody else."
        ),
    ),
)


async def name_successor(club: Club, user: User | None, *, actor: Actor) -> None:
    """Say who is to become the owner when no other is left, or take that back. They are asked by mail.

    Args:
        club: the club.
        user: a member who is no owner; None for nobody.
        actor: an owner.

    Raises:
        Forbidden: for somebody who is no owner.
        NotFound: when the person is no member.
        Conflict: when they own the club already.
    """
    async with atomic():
        await hold_club(club.id)
        await require_reach(club, "owner", actor=actor)
        if user is not None:
            await _require_fit(club, user)
        before = (await Club.get(id=club.id)).successor_id
        if before == (user.id if user else None):
            return
        await Club.filter(id=club.id).update(successor_id=user.id if user else None, successor_agreed_at=None)
        await _record("spaces.successor_named", club, actor, before, user.id if user else None)
        if user is not None:
            path = current.app().urls.path("spaces:succession", club=club.slug)
            key = f"spaces.successor:{club.id}:{user.id}:{datetime.now(UTC).timestamp()}"
            await queue([letter_for(_ASKED, club, user, key=key, path=path, values={"who": actor.name})])


async def agree(club: Club, *, actor: Actor) -> None:
    """Be ready to become the owner. Agreeing twice changes nothing.

    Raises:
        Conflict: when the actor is not the one who was asked.
    """
    async with atomic():
        asked = Club.filter(id=club.id, successor_id=actor.id, deleted_at=None)
        if await asked.filter(successor_agreed_at=None).update(successor_agreed_at=datetime.now(UTC)):
            await _record("spaces.successor_agreed", club, actor, None, actor.id)
        elif not await asked.exists():
            raise _not_asked()


async def decline(club: Club, *, actor: Actor) -> None:
    """Not be ready, or not any more; the owners are told.

    Raises:
        Conflict: as for `agree`.
    """
    async with atomic():
        asked = Club.filter(id=club.id, successor_id=actor.id, deleted_at=None)
        if not await asked.update(successor_id=None, successor_agreed_at=None):
            raise _not_asked()
        await _record("spaces.successor_declined", club, actor, actor.id, None)
        owners = Membership.filter(club_id=club.id, role="owner", user__is_active=True).select_related("user")
        key = f"spaces.successor_declined:{club.id}:{datetime.now(UTC).timestamp()}"
        path, values = current.app().urls.path("spaces:successor", club=club.slug), {"who": actor.name}
        letters = [
            letter_for(_DECLINED, club, one.user, key=f"{key}:{one.user_id}", path=path, values=values)
            async for one in owners
        ]
        await queue(letters)


async def ready_successor(club_id: int) -> User | None:
    """Who would become the owner at this moment: they agreed, belong to the club, and their account is open."""
    club = await Club.get_or_none(id=club_id, deleted_at=None).only("id", "successor_id", "successor_agreed_at")
    if club is None or club.successor_id is None or club.successor_agreed_at is None:
        return None
    place = Membership.filter(stands(), club_id=club_id, user_id=club.successor_id, user__is_active=True)
    found = await place.exclude(role="owner").select_related("user").first()
    return found.user if found else None


async def succeed(club: Club, *, actor: Actor | None) -> bool:
    """Make the successor an owner, in the transaction in which the last one goes and with the club held; False without one."""
    heir = await ready_successor(club.id)
    if heir is None:
        return False
    place = await Membership.get(club_id=club.id, user_id=heir.id)
    await Membership.filter(id=place.id).update(role="owner", expires_at=None, expiry_told_at=None, is_inherited=False)
    await Club.filter(id=club.id).update(successor_id=None, successor_agreed_at=None)
    change = {"before": {"role": place.role}, "after": {"role": "owner"}}
    await audit.record("spaces.succeeded", actor=asker(actor), subject=heir.name, club_id=club.id, **change)
    await announce(
        RoleChanged(club_id=club.id, actor_id=actor_id(actor), user_id=heir.id, before=place.role, after="owner")
    )
    path = current.app().urls.path("spaces:club", club=club.slug)
    key = f"spaces.succeeded:{place.id}:{datetime.now(UTC).timestamp()}"
    await queue([letter_for(_BECAME, club, heir, key=key, path=path)])
    return True


async def hand_over(user: User) -> None:
    """Where somebody whose account has just been closed was the last owner, the successor becomes it; in that transaction."""
    owned = Membership.filter(user_id=user.id, role="owner", club__deleted_at=None).order_by("club_id")
    async with atomic():
        for place in await owned.select_related("club"):
            await hold_club(place.club_id)
            if not await is_owned(place.club_id):
                await succeed(place.club, actor=None)


async def is_owned(club_id: int) -> bool:
    """Whether somebody with an open account owns the club."""
    return await Membership.filter(club_id=club_id, role="owner", user__is_active=True).exists()


async def _require_fit(club: Club, user: User) -> None:
    place = await Membership.get_or_none(stands(), club_id=club.id, user_id=user.id, user__is_active=True)
    if place is None:
        raise NotFound(gettext("This person does not belong to the club."))
    if place.role == "owner":
        raise Conflict(gettext("%(name)s owns the club already.", name=user.name))


async def _record(action: str, club: Club, actor: Actor, before: int | None, after: int | None) -> None:
    facts = {"before": {"successor": before}, "after": {"successor": after}}
    await audit.record(action, actor=asker(actor), subject=club.slug, club_id=club.id, **facts)


def _not_asked() -> Conflict:
    return Conflict(gettext("Nobody asks you to run this club."))


async def last_owner_facts(club: Club, viewer: Viewer) -> dict[str, object]:
    """Whether the viewer is the last owner, and who would follow; for the page on which they leave."""
    others = Membership.filter(club_id=club.id, role="owner", user__is_active=True).exclude(user_id=viewer.id)
    mine = await Membership.filter(club_id=club.id, role="owner", user_id=viewer.id).exists()
    is_last = mine and not await others.exists()
    return {"is_last": is_last, "heir": await ready_successor(club.id) if is_last else None}
