"""Reading who else is on an item: only who may see it at this moment, by name for who may see the members."""

from __future__ import annotations

from dataclasses import dataclass

from cercle import Club, Content, Viewer, can, current_app, dialect, item_readers, listing, ngettext, rows

NAMED = 3
"""So many are told by name; of more, how many there are."""


@dataclass(frozen=True, slots=True)
class Others:
    """Who else is there.

    Args:
        editing: how many edit.
        reading: how many read.
        names: of those who edit and of those who read; empty for who may not see the members.
    """

    editing: int = 0
    reading: int = 0
    names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def sentence(self) -> str:
        """The quiet line: "Marie is editing this. 2 other people are here."; "" where nobody else is."""
        return " ".join(text for text in (self._editing(), self._reading()) if text)

    def _editing(self) -> str:
        names, count = self.names[0], self.editing
        if not count:
            return ""
        if 0 < len(names) <= NAMED:
            return ngettext("%(names)s is editing this.", "%(names)s are editing this.", count, names=listing(names))
        return ngettext("Somebody else is editing this.", "%(num)s other people are editing this.", count)

    def _reading(self) -> str:
        names, count = self.names[1], self.reading
        if not count:
            return ""
        if 0 < len(names) <= NAMED:
            return ngettext("%(names)s is here.", "%(names)s are here.", count, names=listing(names))
        return ngettext("%(num)s other person is here.", "%(num)s other people are here.", count)


async def others_at(content: Content, place: str, *, club: Club, viewer: Viewer) -> Others:
    """Who else is on an item.

    Args:
        content: the item.
        place: where presence keeps it.
        club: behind its door.
        viewer: who looks; they are not among them.
    """
    found = await current_app().presence.at(place)
    found.pop(viewer.id or 0, None)
    if not found:
        return Others()
    seen = await item_readers(content, list(found))
    people = {who: doing for who, doing in sorted(found.items()) if who in seen}
    editing = [who for who, doing in people.items() if doing == "editing"]
    reading = [who for who in people if who not in editing]
    names = await _names(people) if people and can(viewer, "spaces.view_members", club) else {}
    named = tuple(tuple(names[who] for who in group if who in names) for group in (editing, reading))
    return Others(len(editing), len(reading), (named[0], named[1]))


async def _names(people: dict[int, str]) -> dict[int, str]:
    ids, words = sorted(people), dialect()
    marks = ", ".join(words.param(number) for number in range(1, len(ids) + 1))
    found = await rows(f"SELECT id, name FROM accounts_user WHERE id IN ({marks}) AND is_active", ids)
    return {int(row["id"]): str(row["name"]) for row in found}
