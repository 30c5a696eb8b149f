"""What people chose to be told of: by kind and channel, for all clubs and for single ones, and when. One row for each person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.db import atomic
from core.models import Setting
from core.notification_times import Rhythm

if TYPE_CHECKING:
    from core.notification_kinds import NotificationKind

PART = "notifications"
_CLUBS, _RHYTHM = "clubs", "rhythm"

Choices = Mapping[str, Mapping[str, bool]]
"""What somebody chose: channel -> kind -> whether it comes. What is not there follows the kind's default."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """All that a person chose about being told.

    Args:
        everywhere: for all clubs.
        clubs: by the id of a club, where something else holds there.
        rhythm: when.
    """

    everywhere: Choices = field(default_factory=dict)
    clubs: Mapping[int, Choices] = field(default_factory=dict)
    rhythm: Rhythm = field(default_factory=Rhythm)

    def want(self, kind: NotificationKind, channel: str, club_id: int | None = None) -> bool:
        """Whether a kind comes through a channel, from a club or from anywhere."""
        chosen = self.clubs.get(club_id or 0, {}).get(channel, {}).get(kind.name)
        return chosen if isinstance(chosen, bool) else is_wanted(self.everywhere, kind, channel)


def is_wanted(choices: Choices, kind: NotificationKind, channel: str) -> bool:
    """Whether somebody with these choices wants a kind through a channel."""
    chosen = choices.get(channel, {}).get(kind.name)
    return chosen if isinstance(chosen, bool) else kind.comes_by(channel)


async def wishes_of(user_ids: Collection[int]) -> dict[int, Wishes]:
    """What these people chose, in one query; people who chose nothing are not in it."""
    found = await Setting.filter(scope="member", part=PART, owner_id__in=list(user_ids))
    return {row.owner_id: _read(row.values) for row in found}


async def choices_of(user_ids: Collection[int]) -> dict[int, Choices]:
    """What these people chose for all clubs, in one query; people who chose nothing are not in it."""
    return {user_id: wishes.everywhere for user_id, wishes in (await wishes_of(user_ids)).items()}


async def choose(user_id: int, changes: Choices, *, club_id: int | None = None) -> None:
    """Write down what somebody chose; what they did not touch stays, also when two changes come at once.

    Args:
        user_id: the person.
        changes: what they touched.
        club_id: the club for which it holds; None for all.
    """

    def change(values: dict[str, Any]) -> dict[str, Any]:
        if club_id is None:
            return {**values, **_merged(values, changes)}
        clubs = _part(values, _CLUBS)
        return {**values, _CLUBS: {**clubs, str(club_id): _merged(_part(clubs, str(club_id)), changes)}}

    await _change(user_id, change)


async def choose_rhythm(user_id: int, rhythm: Rhythm) -> None:
    """Write down when somebody wants to be told."""
    await _change(user_id, lambda values: {**values, _RHYTHM: rhythm.stored()})


async def forget_club_choices(user_id: int, club_id: int) -> None:
    """Let what holds everywhere hold in a club too."""

    def change(values: dict[str, Any]) -> dict[str, Any]:
        clubs = {name: one for name, one in _part(values, _CLUBS).items() if name != str(club_id)}
        return {**values, _CLUBS: clubs}

    await _change(user_id, change)


async def _change(user_id: int, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    key = {"scope": "member", "owner_id": user_id, "part": PART}
    async with atomic():
        await Setting.bulk_create([Setting(**key)], ignore_conflicts=True)
        row = await Setting.filter(**key).select_for_update().get()
        await Setting.filter(id=row.id).update(values=change(dict(row.values)))


def _merged(present: Mapping[str, Any], changes: Choices) -> dict[str, Any]:
    return {name: {**_part(present, name), **changes.get(name, {})} for name in sorted({*_choices(present), *changes})}


def _read(values: Mapping[str, Any]) -> Wishes:
    clubs = {int(name): _choices(one) for name, one in _part(values, _CLUBS).items() if name.isdecimal()}
    return Wishes(_choices(values), clubs, Rhythm.read(values.get(_RHYTHM)))


def _choices(values: object) -> dict[str, Any]:
    given = values if isinstance(values, dict) else {}
    return {name: one for name, one in given.items() if isinstance(one, dict) and name not in (_CLUBS, _RHYTHM)}


def _part(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = values.get(name)
    return found if isinstance(found, dict) else {}
