"""Hooks about clubs: what clubs ask the plugins that are on in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.accounts.viewer import Viewer
from core.hooks import hookspec
from core.navigation import Link, Panel

if TYPE_CHECKING:
    from spaces.models import Club


@dataclass(frozen=True, slots=True)
class Holding:
    """Something a plugin keeps in a club, for the page that says what turning it off would freeze.

    Args:
        label: what it is, translated, such as "pages".
        count: how many.
        size: bytes, where that matters.
    """

    label: str
    count: int
    size: int = 0


@hookspec("collect")
def club_panels(club: Club, viewer: Viewer) -> Sequence[Panel] | None:
    """Panels for the home of a club: a few rows each, newest first, only what the viewer may see.

    Args:
        club: the club; the plugin can be read in it by this viewer.
        viewer: who looks.
    """


@hookspec("collect")
def plugin_holdings(club: Club) -> Sequence[Holding] | None:
    """What the plugin keeps in this club.

    Args:
        club: the club.
    """


@hookspec("collect")
def console_links() -> Sequence[Link] | None:
    """Pages of the plugin for operators, to be shown as tabs of the console."""
