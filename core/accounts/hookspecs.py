"""Hooks about people: what accounts, which know no clubs, ask those that do."""

from __future__ import annotations

from core.accounts.viewer import Viewer
from core.hooks import hookspec


@hookspec("first")
def people_acquainted(viewer: Viewer, user_id: int) -> bool | None:
    """Whether the viewer may see who this user is: their name, photo and headline.

    Args:
        viewer: who looks; signed in.
        user_id: the other person.
    """
