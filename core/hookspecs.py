"""Site-wide hooks: what the engine asks the parts, and what it tells them.

A plugin implements a hook by writing a function of the same name in its `hooks.py`, marked with `@hookimpl`, taking any of
the arguments by name. `def` and `async def` are both fine.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from core.doctor import Finding
from core.hooks import hookspec

if TYPE_CHECKING:
    from core.app import Cercle
    from core.events import Event
    from core.http import Door


@hookspec("collect")
def register_doors(app: Cercle) -> Mapping[str, Door]:
    """Name the doors through which requests reach parts, by scope (`site`, `club`). Asked once at start.

    Args:
        app: the application.
    """
    raise NotImplementedError


@hookspec("notify", seconds=300)
def site_started(app: Cercle) -> None:
    """The database is open and up to date; requests come next. Bring your own rows in step with what is installed.

    Args:
        app: the application.
    """


@hookspec("notify", seconds=60)
def event_announced(event: Event) -> None:
    """Something happened and is committed. Told at least once; `event.id` tells a repeat.

    Only plugins that are on in the event's club hear of it. Raising means: try me again later.

    Args:
        event: the fact; look at its class.
    """


@hookspec("first")
def club_active_plugins(club_id: int) -> Collection[str] | None:
    """Which plugins are on, or may be read, in this club.

    Args:
        club_id: the club.
    """


@hookspec("first", seconds=60)
def club_readers(
    club_id: int, plugin: str, user_ids: Collection[int] | None, members_only: bool, even_muted: bool
) -> Collection[int] | None:
    """Who of these people may read a plugin in a club at this moment; for what reaches people who are not looking.

    Args:
        club_id: the club.
        plugin: its name; for a part that is not switched per club it is the club itself that they must know of.
        user_ids: the people; None for everybody who belongs to the club.
        members_only: False to keep people outside who may know of the club.
        even_muted: True for what also reaches members who muted the club.
    """


@hookspec("collect", seconds=300)
def site_checked(app: Cercle) -> list[Finding] | None:
    """Look at your own data and say what is wrong, for `cercle doctor`.

    Args:
        app: the application.
    """


@hookspec("collect", seconds=3600)
def site_rehearsed(app: Cercle) -> list[Finding] | None:
    """Try what you have and say what is broken, for `cercle plugin check --against-data`. The database is a copy.

    Args:
        app: the application, running over the copy, every migration applied.
    """


@hookspec("notify", seconds=300)
def demo_seeded(app: Cercle, club: Any, cast: Mapping[str, Any]) -> None:
    """Write demo content for this club; doing it twice changes nothing.

    Args:
        app: the application.
        club: a demo club in which the plugin is on.
        cast: the demo people by name: `owner`, `member`, and others.
    """
