"""The item that comments are about, and what holds for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cercle import Club, Content, NotFound, Viewer, item_at
from plugins.comments.models import ItemState


@dataclass(frozen=True, slots=True)
class Item:
    """An item that the viewer may see.

    Args:
        content: its row in the catalogue.
        state: `open`, `locked` or `off`.
    """

    content: Content
    state: str

    @property
    def key(self) -> tuple[str, str, int]:
        """Plugin, kind and number."""
        return self.content.plugin, self.content.kind, self.content.object_id

    @property
    def params(self) -> dict[str, object]:
        """What the addresses of its comments name it by."""
        return {"plugin": self.content.plugin, "kind": self.content.kind, "item": self.content.object_id}

    @property
    def is_out(self) -> bool:
        """Whether others than its author can see it."""
        out, moment = self.content.state == "published", self.content.published_at
        return out or (self.content.state == "scheduled" and moment is not None and moment <= datetime.now(UTC))


async def find_item(club: Club, plugin: str, kind: str, number: int, *, viewer: Viewer) -> Item:
    """An item with what holds for its comments.

    Raises:
        NotFound: when there is none, or not for the viewer; a comment has no comments of its own.
    """
    if plugin == "comments" or not 0 < number < 2**53:
        raise NotFound()
    content = await item_at(club, plugin[:40], kind[:40], number, viewer=viewer)
    return Item(content, await state_of(plugin, kind, number))


async def state_of(plugin: str, kind: str, number: int) -> str:
    """What holds for all comments of an item: `open`, `locked` or `off`."""
    decided = await ItemState.get_or_none(plugin=plugin, kind=kind, object_id=number).only("id", "state")
    return decided.state if decided else "open"
