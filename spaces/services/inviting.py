"""Inviting many people to the site and its clubs: who of a list is new, sending, and what an invitation brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.accounts.models import User
from core.accounts.services.invites import invite_person, open_invites
from core.accounts.viewer import Viewer
from core.errors import Invalid
from core.i18n import gettext
from spaces.models import Club
from spaces.queries.plans import is_full
from spaces.services.barred import is_banned
from spaces.services.memberships import Coming, insert_member
from spaces.services.people_lists import Listed

NEW, ACCOUNT, INVITED, WRONG, DOUBLE = "new", "account", "invited", "wrong", "double"
ROLES = ("member", "guest", "moderator")
MOST_CLUBS = 50
AT_ONCE = 200  # letters that one request writes
_PORTION = 500  # addresses in one question


@dataclass(frozen=True, slots=True)
class Guest:
    """One person of a list, and what is known of their address: `NEW`, `ACCOUNT`, `INVITED`, `WRONG` or `DOUBLE`."""

    listed: Listed
    state: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What all people of a list are invited to.

    Args:
        clubs: by their addresses; none for the site alone.
        role: one of `ROLES`.
        note: a few words of the inviter.
        locale: the language of the letter, "" for the inviter's.
    """

    clubs: tuple[str, ...] = ()
    role: str = "member"
    note: str = ""
    locale: str = ""


async def known_guests(people: Sequence[Listed]) -> list[Guest]:
    """What is known of the people of a list, in its order; a constant number of queries for each 500."""
    addresses = list(dict.fromkeys(one.email for one in people if not one.problem))
    accounts, invited = set[str](), set[str]()
    for start in range(0, len(addresses), _PORTION):
        some = addresses[start : start + _PORTION]
        accounts |= {str(email) for email in await User.filter(email__in=some).values_list("email", flat=True)}
        invited |= {str(email) for email in await open_invites().filter(email__in=some).values_list("email", flat=True)}
    seen, guests = set[str](), []
    for one in people:
        guests.append(Guest(one, _state(one, seen, accounts, invited)))
        seen.add(one.email)
    return guests


def waiting(guests: Sequence[Guest], offer: Offer) -> list[Listed]:
    """Who gets a letter: those who are new, and where there are clubs to join, those who have an account."""
    states = (NEW, ACCOUNT) if offer.clubs else (NEW,)
    return [one.listed for one in guests if one.state in states]


async def send_invites(people: Sequence[Listed], offer: Offer, *, actor: Viewer) -> int:
    """Write letters to at most 200 people of a list, those that were not written to yet; answers how many.

    Called again with the same list it goes on where it stopped, and nobody gets two letters.

    Args:
        people: as `read_list` found them.
        offer: what they are invited to.
        actor: the operator.

    Raises:
        Invalid: for a club that is not there, or another role.
    """
    clubs = await _clubs(offer)
    chosen = waiting(await known_guests(people), offer)[:AT_ONCE]
    facts: dict[str, object] = {"clubs": [club.id for club in clubs], "role": offer.role} if clubs else {}
    for one in chosen:
        await invite_person(one.email, name=one.name, note=offer.note, locale=offer.locale, maker=actor, facts=facts)
    return len(chosen)


async def bring_into_clubs(user: User, facts: Mapping[str, object], inviter: User) -> None:
    """Make somebody a member of the clubs that an invitation names. Clubs that are gone, archived or full are left out.

    Args:
        user: who took the invitation up.
        facts: as `send_invites` made them.
        inviter: the operator, who may give these roles.
    """
    named, role = facts.get("clubs"), str(facts.get("role", "member"))
    if not isinstance(named, list) or role not in ROLES:
        return
    for club in await Club.filter(id__in=named[:MOST_CLUBS], deleted_at=None, archived_at=None).order_by("id"):
        if not await is_full(club) and not await is_banned(club, user.id):
            await insert_member(club, user.id, role, actor=inviter, coming=Coming("invitation", inviter.id))


async def promises(facts: Mapping[str, object]) -> list[str]:
    """What an invitation leads to, a sentence for each club that is there still."""
    named = facts.get("clubs")
    if not isinstance(named, list) or not named:
        return []
    clubs = await Club.filter(id__in=named[:MOST_CLUBS], deleted_at=None, archived_at=None).order_by("sort_name", "id")
    return [gettext("You join the club %(club)s.", club=club.name) for club in clubs]


async def _clubs(offer: Offer) -> list[Club]:
    if offer.role not in ROLES:
        raise Invalid(gettext("There is no such role."), field="role")
    if len(offer.clubs) > MOST_CLUBS:
        raise Invalid(gettext("At most %(most)s clubs at once, please.", most=MOST_CLUBS), field="clubs")
    found = await Club.filter(slug__in=offer.clubs, deleted_at=None, archived_at=None) if offer.clubs else []
    missing = sorted(set(offer.clubs) - {club.slug for club in found})
    if missing:
        raise Invalid(gettext("There is no club %(club)s.", club=missing[0][:60]), field="clubs")
    return found


def _state(one: Listed, seen: set[str], accounts: set[str], invited: set[str]) -> str:
    if one.problem:
        return WRONG
    if one.email in seen:
        return DOUBLE
    if one.email in accounts:
        return ACCOUNT if one.email not in invited else INVITED
    return INVITED if one.email in invited else NEW
