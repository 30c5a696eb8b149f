"""Slots: places on pages of others where a part stands with a link, a menu's line, or a piece of a page that comes after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from core.errors import PluginError

if TYPE_CHECKING:
    from core.http import Request
    from core.parts import LoadedPart, Parts

Place = Literal["below", "beside", "menu", "bar", "settings"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One place that a part takes on pages that are not its own; a part lists them as `slots` in `routes.py`.

    `below` and `beside` an item the page brings in what the route answers to htmx, after it was shown; where there are
    no scripts, the label is a link there. `menu` is a line in the menu of every item, `bar` a link on top of every page, and
    `settings` a tab of the settings of a club, for those who configure it.
    What is shown follows from rights alone, so that it costs no query and pages can be kept.

    Args:
        place: `below`, `beside`, `menu`, `bar` or `settings`.
        route: the name of a route of the part that reads. Those about items take `plugin`, `kind` and `item`, a number.
        label: in the words of a member (source language).
        icon: name of an icon of the sprite.
        permission: the name of what a viewer needs in the club; a part of the site needs none, and shows to everybody signed in.
        order: smaller stands higher.
    """

    place: Place
    route: str
    label: str
    icon: str = ""
    permission: str = ""
    order: int = 100


class Slots:
    """The slots of one application.

    Args:
        parts: those that run; a slot of one that fails is not shown.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._slots: list[tuple[LoadedPart, Slot]] = []

    def declare(self, part: LoadedPart, slots: Iterable[Slot]) -> None:
        """Take over the slots of a part.

        Raises:
            PluginError: for an unknown place, a route that is not the part's own, or a missing permission.
        """
        for slot in slots:
            _check(part, slot)
            self._slots.append((part, slot))
        self._slots.sort(key=lambda one: (one[1].order, one[0].part.order, one[0].name))

    def shown(self, request: Request, place: Place) -> tuple[Slot, ...]:
        """What stands in a place of this request's page; nothing for those who are not signed in and do not belong there.

        Args:
            request: behind its door.
            place: as in `Slot`.
        """
        return tuple(slot for part, slot in self._slots if slot.place == place and self._may(request, part, slot))

    def _may(self, request: Request, part: LoadedPart, slot: Slot) -> bool:
        if part.failure is not None:
            return False
        if part.part.scope == "site":
            return request.viewer.is_authenticated
        return request.access is not None and slot.permission in request.access.grant.allowed


def _check(part: LoadedPart, slot: Slot) -> None:
    if slot.place not in get_args(Place):
        raise PluginError(f"routes.py: {slot.place!r} is no place for a slot", plugin=part.name)
    if not slot.route.startswith(f"{part.name}:"):
        raise PluginError(f"routes.py: the slot {slot.label!r} must lead to a route of its own part", plugin=part.name)
    if part.part.scope == "club" and (slot.place == "bar" or not slot.permission.startswith(f"{part.name}.")):
        sentence = f"routes.py: the slot {slot.label!r} stands in clubs and must name a permission of its part"
        raise PluginError(sentence, plugin=part.name)
