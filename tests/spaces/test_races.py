"""What happens at the same moment: the last owner stays, a one-use link lets one in, joining twice makes one member."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from cercle.testing import Village
from core.accounts.models import User
from core.errors import CercleError, Conflict, NotFound
from spaces.models import Club, Invitation, JoinRequest, Membership
from spaces.services import (
    accept_invitation,
    accept_request,
    change_role,
    create_club,
    invite_by_link,
    join_club,
    leave_club,
    remove_member,
    request_to_join,
)


async def test_two_owners_who_leave_at_once_leave_one_behind(village: Village) -> None:
    await change_role(village.club, village.moderator, "owner", actor=None)

    refused = await _all_at_once(
        leave_club(village.club, actor=village.owner), leave_club(village.club, actor=village.moderator)
    )

    assert refused == [Conflict]
    assert await _owners(village.club) == 1


async def test_two_owners_who_demote_each_other_leave_one_owner(village: Village) -> None:
    await change_role(village.club, village.moderator, "owner", actor=None)

    await _all_at_once(
        change_role(village.club, village.owner, "member", actor=village.moderator),
        change_role(village.club, village.moderator, "member", actor=village.owner),
    )

    assert await _owners(village.club) == 1


async def test_many_ways_to_lose_every_owner_at_once_leave_one(village: Village) -> None:
    people = [village.owner]
    for name in ("Ana", "Ben", "Cleo", "Dora"):
        person = await village.person(f"{name} Race")
        await village.join(person, village.club, "owner")
        people.append(person)
    leaving = [leave_club(village.club, actor=person) for person in people]
    removing = [
        remove_member(village.club, one, actor=other)
        for one, other in zip(people, people[1:] + people[:1], strict=True)
    ]

    await _all_at_once(*leaving, *removing)

    assert await _owners(village.club) == 1


async def test_an_owner_whose_account_is_closed_does_not_count_as_the_other_owner(village: Village) -> None:
    await change_role(village.club, village.moderator, "owner", actor=None)
    await User.filter(id=village.moderator.id).update(is_active=False)

    refused = await _all_at_once(leave_club(village.club, actor=village.owner))

    assert refused == [Conflict]


async def test_a_link_for_one_lets_one_of_two_in(village: Village) -> None:
    url = await invite_by_link(village.club, "member", uses=1, days=1, actor=village.owner)
    secret = url.rpartition("/")[2]

    refused = await _all_at_once(
        accept_invitation(secret, viewer=village.outsider), accept_invitation(secret, viewer=village.removed)
    )

    assert refused == [NotFound]
    joined = await Membership.filter(club=village.club, user_id__in=[village.outsider.id, village.removed.id]).count()
    assert joined == 1
    assert (await Invitation.get()).uses_left == 0


async def test_following_a_link_twice_at_once_spends_one_use(village: Village) -> None:
    url = await invite_by_link(village.club, "member", uses=5, days=1, actor=village.owner)
    secret = url.rpartition("/")[2]

    refused = await _all_at_once(*[accept_invitation(secret, viewer=village.outsider) for _ in range(4)])

    assert refused == []
    assert (await Invitation.get()).uses_left == 4


async def test_joining_twice_at_once_makes_one_member(village: Village) -> None:
    await Club.filter(id=village.club.id).update(join_policy="open")
    club = await Club.get(id=village.club.id)

    refused = await _all_at_once(*[join_club(club, actor=village.outsider) for _ in range(3)])

    assert refused == []
    assert await Membership.filter(club=club, user=village.outsider).count() == 1


async def test_a_request_answered_by_two_moderators_at_once_is_answered_once(village: Village) -> None:
    await request_to_join(village.club, "please", actor=village.outsider)
    asked = await JoinRequest.get()

    refused = await _all_at_once(
        accept_request(village.club, asked.id, actor=village.owner),
        accept_request(village.club, asked.id, actor=village.moderator),
    )

    assert refused == [NotFound]
    assert await Membership.filter(club=village.club, user=village.outsider).count() == 1


async def test_clubs_of_one_name_founded_at_once_get_addresses_of_their_own(village: Village) -> None:
    made = await asyncio.gather(
        *[create_club(name="Été à Bordeaux", kind="team", actor=village.owner) for _ in range(4)]
    )

    assert sorted(club.slug for club in made) == [
        "ete-a-bordeaux",
        "ete-a-bordeaux-2",
        "ete-a-bordeaux-3",
        "ete-a-bordeaux-4",
    ]
    assert [await _owners(club) for club in made] == [1, 1, 1, 1]


async def _all_at_once(*acts: Awaitable[Any]) -> list[type[BaseException]]:
    """The errors of those that were refused."""
    answers = await asyncio.gather(*acts, return_exceptions=True)
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    for error in errors:
        if not isinstance(error, CercleError):
            raise error
    return [type(error) for error in errors]


async def _owners(club: Club) -> int:
    return await Membership.filter(club=club, role="owner").count()
