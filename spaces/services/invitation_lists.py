"""Inviting many people to a club at once: what is known of each address, and a letter to those who are new."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from core import current
from core.db import atomic, dialect, rows
from core.errors import TooMany
from core.limits import Rule
from spaces.models import Club, Invitation
from spaces.queries.invitations import addresses_invited, addresses_of_members
from spaces.services.actors import Actor, require_reach, require_role
from spaces.services.invitation_mail import checked_landing
from spaces.services.invitation_rows import require_days, require_note, write_invitation
from spaces.services.inviting import DOUBLE, INVITED, NEW, WRONG, Guest
from spaces.services.people_lists import Listed

MEMBER = "member"
AT_ONCE = 100  # letters that one request writes
LETTERS_A_DAY = Rule("spaces.invite.list", "1000 per day")
_PORTION = 500  # addresses in one question


async def known_invitees(club: Club, people: Sequence[Listed]) -> list[Guest]:
    """What is known in a club of the people of a list, in its order: `NEW`, `MEMBER`, `INVITED`, `WRONG` or `DOUBLE`.

    Whether somebody has an account on the site is told to nobody.
    """
    addresses = list(dict.fromkeys(one.email for one in people if not one.problem))
    members, invited = set[str](), set[str]()
    for start in range(0, len(addresses), _PORTION):
        some = addresses[start : start + _PORTION]
        members |= await addresses_of_members(club, some)
        invited |= await addresses_invited(club, some)
    seen, guests = set[str](), []
    for one in people:
        guests.append(Guest(one, _state(one, seen, members, invited)))
        seen.add(one.email)
    return guests


async def invite_list(
    club: Club,
    people: Sequence[Listed],
    role: str = "member",
    note: str = "",
    landing: str = "",
    member_days: int | None = None,
    *,
    actor: Actor,
) -> int:
    """Write letters to at most 100 people of a list, those that were not written to yet; answers how many.

    Called again with the same list it goes on where it stopped, and nobody gets two letters, also when two do it at once.

    Args:
        club: the club.
        people: as `read_list` found them.
        role, note, landing, member_days: as for `invite_by_mail`.
        actor: the inviter.

    Raises:
        Invalid: for a landing outside the club, a note that is too long, or another role.
        Forbidden: for a role above the actor's own.
        TooMany: when the actor has written 1,000 letters within a day, and none could be sent now.
    """
    require_role(role)
    require_note(note)
    require_days(member_days, role)
    place = checked_landing(club, landing)
    sent = 0
    for guest in [one for one in await known_invitees(club, people) if one.state == NEW][:AT_ONCE]:
        try:
            await current.app().limits.hit(LETTERS_A_DAY, actor.id)
        except TooMany:
            if not sent:
                raise
            break
        sent += await _invite_once(club, guest.listed.email, role, note, place, member_days, actor)
    return sent


async def _invite_once(
    club: Club, email: str, role: str, note: str, place: str, member_days: int | None, actor: Actor
) -> bool:
    """Write to an address unless that was done in the meantime; False then."""
    now = datetime.now(UTC)
    async with atomic():
        await _lock(club)
        await require_reach(club, role, actor=actor)
        if await addresses_of_members(club, [email]) or await addresses_invited(club, [email]):
            return False
        await Invitation.filter(club_id=club.id, email=email, withdrawn_at=None).update(withdrawn_at=now)
        secret = secrets.token_urlsafe(32)
        await write_invitation(club, email, role, note, place, secret, member_days, actor=actor)
    return True


async def _lock(club: Club) -> None:
    """Two who send the same list do so one after the other; on SQLite the transaction is that lock."""
    words = dialect()
    if words.name == "postgres":
        await rows(f"SELECT id FROM spaces_club WHERE id = {words.param(1)} FOR NO KEY UPDATE", [club.id])


def _state(one: Listed, seen: set[str], members: set[str], invited: set[str]) -> str:
    if one.problem:
        return WRONG
    if one.email in seen:
        return DOUBLE
    if one.email in members:
        return MEMBER
    return INVITED if one.email in invited else NEW
