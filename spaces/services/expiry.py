"""Memberships for a limited time: setting and lifting the end, and telling of it a week before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core import audit, current
from core.accounts.models import User
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import Conflict, Invalid, NotFound
from core.i18n import N_, gettext
from core.mail import queue
from spaces.models import Club, Membership
from spaces.queries.standing import stands
from spaces.services.actors import Actor, actor_id, asker, require_reach
from spaces.services.barred import hold_club
from spaces.services.inheritance import follow_parent
from spaces.services.member_mail import Letter, letter_for

TOLD_BEFORE = timedelta(days=7)
LONGEST = timedelta(days=366 * 10)
BATCH = 200
_SET = Letter(
    N_("Your membership in %(club)s ends on a day"),
    (N_("From now on your membership in %(club)s is for a limited time. It ends on %(until)s."),),
)
_LIFTED = Letter(
    N_("Your membership in %(club)s goes on"),
    (N_("Your membership in %(club)s has no end any more. You stay a member."),),
)
_SOON = Letter(
    N_("Your membership in %(club)s ends soon"),
    (
        N_("Your membership in %(club)s ends on %(until)s."),
        N_(
            "After that you see nothing of what is in the club. Write to the people who run it if you would like to go on."
        ),
    ),
)
_SOON_OF = Letter(
    N_("The membership of %(who)s in %(club)s ends soon"),
    (
        N_("The membership of %(who)s in %(club)s ends on %(until)s."),
        N_("You need not do anything. If it is to go on, give it another end, or none, on their page:"),
    ),
)


async def set_expiry(club: Club, user: User | Viewer, until: datetime | None, *, actor: Actor | None) -> None:
    """Say when a membership ends, or that it does not; the person is told by mail.

    Args:
        club: the club.
        user: its member.
        until: from then on they are no member; None for good.
        actor: who decides; None for the machine.

    Raises:
        NotFound: when they are no member.
        Forbidden: when their role stands above the actor's.
        Conflict: for an owner, and where the membership follows from another club or an identity provider.
        Invalid: for a moment that has passed or is more than ten years away, naming `until`.
    """
    require_to_come(until)
    async with atomic():
        await hold_club(club.id)
        place = await Membership.get_or_none(stands(), club_id=club.id, user_id=user.id).select_related("user")
        if place is None:
            raise NotFound(gettext("This person does not belong to the club."))
        await require_reach(club, place.role, actor=actor)
        _refuse_bound(place, until)
        if place.expires_at == until:
            return
        await Membership.filter(id=place.id).update(expires_at=until, expiry_told_at=None)
        await audit.record(
            "spaces.expiry_set",
            actor=asker(actor),
            subject=place.user.name,
            club_id=club.id,
            before={"until": _shown(place.expires_at)},
            after={"until": _shown(until)},
        )
        await follow_parent(club, place.user_id, actor=actor)
        if actor_id(actor) != place.user_id:
            await _tell(club, place, until)


async def tell_of_ends() -> None:
    """Tell people, and the owners, a week before a membership ends; each end once, whoever is killed in between."""
    passed, now = 0, datetime.now(UTC)
    soon = Membership.filter(expires_at__gt=now, expires_at__lte=now + TOLD_BEFORE, expiry_told_at=None)
    wanted = soon.filter(club__deleted_at=None, user__is_active=True).order_by("id").limit(BATCH)
    while due := await wanted.filter(id__gt=passed).select_related("club", "user"):
        for place in due:
            await _tell_soon(place)
        passed = due[-1].id


async def _tell_soon(place: Membership) -> None:
    club, until = place.club, place.expires_at
    urls = current.app().urls
    values = {"until": until, "who": place.user.name}
    key = f"spaces.ends_soon:{place.id}:{until.isoformat() if until else ''}"
    async with atomic():
        untold = Membership.filter(id=place.id, expires_at=until, expiry_told_at=None)
        if not await untold.update(expiry_told_at=datetime.now(UTC)):
            return
        letters = [
            letter_for(_SOON, club, place.user, key=key, path=urls.path("spaces:club", club=club.slug), values=values)
        ]
        page = urls.path("spaces:person.edit", club=club.slug, user=place.user.handle)
        owners = Membership.filter(club_id=club.id, role="owner", user__is_active=True).order_by("id")
        for owner in await owners.select_related("user"):
            mine = f"{key}:{owner.user_id}"
            letters.append(letter_for(_SOON_OF, club, owner.user, key=mine, path=page, values=values))
        await queue(letters)


def require_to_come(until: datetime | None) -> None:
    """Refuse a moment that has passed, or is more than ten years away.

    Raises:
        Invalid: naming `until`.
    """
    now = datetime.now(UTC)
    if until is not None and not now < until <= now + LONGEST:
        raise Invalid(gettext("A day to come, at most ten years away, please."), field="until")


def _refuse_bound(place: Membership, until: datetime | None) -> None:
    """An end belongs to memberships that people gave, and never to an owner's."""
    if until is None:
        return
    if place.role == "owner":
        raise Conflict(gettext("An owner belongs to the club without an end. Give them another role first."))
    if place.is_inherited:
        raise Conflict(gettext("This membership follows from another club. Give it an end there."))
    if place.provider_id is not None:
        raise Conflict(
            gettext("This membership follows from a group at an identity provider. It ends when the group does.")
        )


async def _tell(club: Club, place: Membership, until: datetime | None) -> None:
    path = current.app().urls.path("spaces:club", club=club.slug)
    key = f"spaces.expiry_set:{place.id}:{datetime.now(UTC).timestamp()}"
    said = _SET if until else _LIFTED
    await queue([letter_for(said, club, place.user, key=key, path=path, values={"until": until})])


def _shown(until: datetime | None) -> str | None:
    return until.isoformat() if until else None
