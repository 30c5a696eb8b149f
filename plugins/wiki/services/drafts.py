"""What goes into saving a page, and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cercle import Conflict, gettext
from plugins.wiki.models import Page
from plugins.wiki.services.files import NewFile


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants a page to be.

    Args:
        title, body: as typed.
        message: what was changed and why, for the history.
    """

    title: str
    body: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """What an import brings along.

    Args:
        source: the file it came from.
        hash: of what was imported.
        slug: the name that was chosen for it.
        created_at: when the text was written, where that is known.
        files: its attachments, stored already.
    """

    source: str
    hash: str
    slug: str = ""
    created_at: datetime | None = None
    files: Sequence[NewFile] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """The page as saved, and whose changes were merged into it; `changed` is False when there was nothing to save."""

    page: Page
    merged_with: tuple[str, ...] = ()
    changed: bool = True


class EditConflict(Conflict):
    """Two people changed the same lines. Nothing was saved, and nothing is lost.

    Args:
        page: as it is now.
        title: that was wanted.
        mine: the text that was wanted.
        merged: both texts with the places marked where they differ.
        names: who wrote meanwhile.
    """

    def __init__(self, page: Page, *, title: str, mine: str, merged: str, names: tuple[str, ...]) -> None:
        super().__init__(gettext("Somebody else changed the same lines."))
        self.page, self.title_wanted, self.mine, self.merged, self.names = page, title, mine, merged, names


class PageGone(Conflict):
    """The page went into the trash while somebody wrote."""
