"""Hooks about clubs: what clubs ask the plugins that are on in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.accounts.viewer import Viewer
from core.hooks import hookspec
from core.navigation import Link, Panel, PanelQuery

if TYPE_CHECKING:
    from core.accounts.models import User
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


@dataclass(frozen=True, slots=True)
class Shared:
    """What a member brings from elsewhere to make something of it; all empty when they begin with nothing.

    Args:
        title: of the page or mail it was shared from, one line.
        text: with the address below it where one was shared.
        files: how many files come along; their bytes stay in the browser until a place takes them.
    """

    title: str = ""
    text: str = ""
    files: int = 0


@dataclass(frozen=True, slots=True)
class ShareTarget:
    """Something a member may make in a club.

    Args:
        label: what, translated, such as "New wiki page".
        url: the form for it, filled with what is shared; for files the page that shows them afterwards.
        icon: name of an icon of the sprite.
        put_url: takes files: where the browser puts each one's bytes, with `{name}` for its name.
    """

    label: str
    url: str
    icon: str = "plus"
    put_url: str = ""


@dataclass(frozen=True, slots=True)
class MergeStep:
    """What a plugin changed before a club goes into another one.

    Args:
        more: whether there may be more to change before its rows move.
        addresses: where things are whose address below the club is another one from now on, the old one first, such as
            `{"wiki/pages/plan": "wiki/pages/plan-atelier"}`; what is below an address is below the new one.
    """

    more: bool = False
    addresses: Mapping[str, str] = field(default_factory=dict)


@hookspec("collect")
def club_panels(club: Club, viewer: Viewer) -> Sequence[Panel | PanelQuery] | None:
    """Panels for the home of a club: a few rows each, newest first, only what the viewer may see.

    A `PanelQuery` is read in one query with all others and put together only when its rows have changed; it is the quick way.
    A `DatesQuery` is no panel of its own: what is to come stands in one panel for all plugins, the soonest first.

    Args:
        club: the club; the plugin can be read in it by this viewer.
        viewer: who looks.
    """


@hookspec("collect")
def person_links(club: Club, user: User) -> Sequence[Link] | None:
    """Where the plugin says more about a member of a club, for their page there.

    Args:
        club: the club; the plugin can be read in it by whoever looks.
        user: the member.
    """


@hookspec("collect")
def plugin_holdings(club: Club) -> Sequence[Holding] | None:
    """What the plugin keeps in this club.

    Args:
        club: the club.
    """


@hookspec("collect")
def links_counted(club: Club, address: str) -> Sequence[Holding] | None:
    """How many of the plugin's things in this club link to pages of another plugin there, for the page on which its owners
    turn that other plugin off.

    Look at stored HTML with one query, as `links_to` helps to; what is in the trash does not count.

    Args:
        club: the club; the plugin can be read in it.
        address: where the links lead: this path, or one below it, such as `/c/atelier/wiki/`.
    """


@hookspec("collect", steady=True)
def console_links() -> Sequence[Link] | None:
    """Pages of the plugin for operators, to be shown as tabs of the console."""


@hookspec("collect")
def palette_commands(club: Club, viewer: Viewer) -> Sequence[Link] | None:
    """What the viewer can do with the plugin in this club, for the command palette: a verb each, such as "New page".

    Answer from what is loaded (`can(viewer, …, club)`), without queries; the palette asks every plugin each time.

    Args:
        club: the club; the plugin can be read in it by this viewer.
        viewer: who asks; offer only what they may do.
    """


@hookspec("collect")
def share_targets(club: Club, viewer: Viewer, shared: Shared) -> Sequence[ShareTarget] | None:
    """What can be made in this club of what a member shares from another app, or of nothing with the button "New".

    Answer from what is loaded, without queries. With files, offer only what takes files; their form is made by the caller.

    Args:
        club: the club; the plugin can be written in it at the moment.
        viewer: who shares; offer only what they may do.
        shared: what is there; fill the form at `url` with it.
    """


@hookspec("notify", seconds=30)
def content_hidden(club: Club, kind: str, object_id: int, hidden: bool, actor: Viewer, is_new: bool) -> None:
    """A moderator hides an item of the plugin, or brings it back. Called in the transaction of the decision, for the plugin that
    published the item alone; what it raises undoes the decision. What new members make first, where a club wants that, is
    hidden at the end of the transaction that published it, and brought back when a moderator approves.

    Close every door to the item, the simplest way being the plugin's own trash, and publish it as `trashed`; nobody but a
    moderator may take it out again or erase it there, see `hidden_items`. Where it is hidden already, or back, do nothing.

    Args:
        club: the club; the plugin may be off in it.
        kind: as in `publish_content`.
        object_id: the item's number.
        hidden: True to hide it, False to bring it back.
        actor: the moderator, or an operator; their right to do this has been asked. Nobody where an item begins to wait.
        is_new: True where a new member's item begins to wait, and where it comes out after that: then it was never seen before,
            so tell of it as of one that was made just now.
    """


@hookspec("notify", seconds=300)
def plugin_purged(name: str) -> None:
    """All that a plugin, which is installed no more, had left behind is erased: erase what your own rows say of it, such as who
    follows its items. Called in the transaction of that, before its rows go; what it raises undoes all of it.

    Args:
        name: the plugin's.
    """


@hookspec("collect", seconds=30)
async def club_merged(source: Club, target: Club, is_over: bool) -> MergeStep | None:
    """A club goes into another one: make room in it for what the plugin keeps in the first.

    The rows themselves are moved by the engine, with their bytes and their entries in the lists of the site; a plugin whose
    tables let no two rows of a club be alike, such as two pages of one name, changes those of `source` here that would be.
    Called in a transaction, each time for some hundred of them, until it answers that there are no more; after that the rows
    move, and it is called once more. A call may come again after a fault or a kill: where nothing is to be done, do nothing.

    Args:
        source: the club that goes; nobody can write in it.
        target: the club that stays, likewise; the plugin may be off in it.
        is_over: False before the rows move, True when all of them belong to `target`.
    """
