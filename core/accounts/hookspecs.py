"""Hooks about people: what accounts, which know no clubs, ask those that do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.accounts.viewer import Viewer
from core.hooks import hookspec

if TYPE_CHECKING:
    from core.accounts.models import User


@hookspec("first")
def people_acquainted(viewer: Viewer, user_id: int) -> bool | None:
    """Whether the viewer may see who this user is: their name, photo and headline.

    Args:
        viewer: who looks; signed in.
        user_id: the other person.
    """


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of what a person takes with them.

    Args:
        path: where it stands, below a folder of the part's own, such as `pages/lyon/home.md`.
        content: text, bytes, anything that JSON can hold, or an iterator of bytes for what is large; it is read when the
            archive is written, after the hook has answered.
        label: what it is, translated, for the table of contents; its name when it is empty.
    """

    path: str
    content: object
    label: str = ""


@hookspec("collect", seconds=300)
def person_exported(user: User) -> Sequence[ExportFile]:
    """What the part keeps of a person, for the archive that they may ask for; empty when that is nothing.

    Give only what they may read at this moment: of clubs that they have left, and of clubs where the plugin is off, nothing
    (`clubs_read_by` names the others).

    Args:
        user: the person.
    """
    raise NotImplementedError


@hookspec("collect")
def person_bound(user: User) -> Sequence[str] | None:
    """What must be settled before this person can be erased, a translated sentence each.

    Args:
        user: the person.
    """


@hookspec("notify", seconds=300)
def person_erased(user: User) -> None:
    """A person's account is closed and about to go. Delete what is theirs alone, such as drafts; doing it twice is harmless.

    What was given to clubs stays: a foreign key with `on_delete=fields.SET_NULL` makes its author empty by itself. Rows that the
    database deletes with the account need no code either, stored bytes do: `release` them. Raising stops the erasure; it is
    tried again from the beginning.

    Args:
        user: the person; their row is there until all parts are done.
    """
