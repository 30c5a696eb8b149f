"""Where the directory meets the rest of the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cercle import (
    Club,
    ExportFile,
    Holding,
    Link,
    MergeStep,
    Panel,
    PanelQuery,
    PersonHolding,
    Viewer,
    can,
    current_app,
    gettext,
    hookimpl,
    ngettext,
)
from plugins.directory import queries
from plugins.directory.permissions import EDIT
from plugins.directory.services import leaving
from plugins.directory.services.demo import seed_profiles
from plugins.directory.services.fields import make_first_fields
from plugins.directory.services.merging import drop_doubles


@hookimpl
async def site_started() -> None:
    """A new site begins with the usual fields."""
    await make_first_fields()


@hookimpl
def club_panels(club: Club, viewer: Viewer) -> Sequence[PanelQuery]:
    """Who came last, and what they can help with."""
    return [PanelQuery(queries.newest_people(club, queries.sight_of(viewer, club)), partial(_panel, club.slug))]


def _panel(club: str, found: list[list[Any]]) -> Panel | None:
    people = [queries.new_person(row) for row in found]
    links = tuple(Link(one.name, _page(club, one.handle), note=_offer(one)) for one in people)
    more = Link(gettext("Find a colleague"), _address("people.index", club=club))
    return Panel(gettext("New in the directory"), links, more, order=40) if links else None


@hookimpl
def person_links(club: Club, user: Any) -> Sequence[Link]:
    """A member's profile."""
    return [Link(gettext("Profile in the directory"), _page(club.slug, user.handle), "contact")]


@hookimpl
def palette_commands(club: Club, viewer: Viewer) -> Sequence[Link]:
    """Finding somebody, and being found."""
    find = Link(gettext("Find a colleague"), _address("people.index", club=club.slug), "contact")
    mine = Link(gettext("Change my profile"), _address("profile.edit", club=club.slug), "pen-line")
    return [find, mine] if can(viewer, EDIT, club) else [find]


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """Whose profiles are not to be seen here while the directory is off."""
    count = await queries.count_people(club)
    return [Holding(ngettext("profile", "profiles", count), count)]


@hookimpl(optionalhook=True)  # a site may do without the search
async def people_found(viewer: Viewer, words: Sequence[str]) -> Sequence[Link]:
    """People in the viewer's clubs for whom the words of a search are true."""
    found = await queries.people_anywhere(viewer, words)
    return [
        Link(name, _page(club, handle), "contact", headline, photo=queries.photo_url(handle, photo))
        for name, headline, handle, club, photo in found
    ]


@hookimpl
async def person_exported(user: Any) -> Sequence[ExportFile]:
    """What they say about themselves."""
    return await leaving.files_of_person(user.id)


@hookimpl
async def person_holdings(user: Any) -> Sequence[PersonHolding]:
    """Answers."""
    return await leaving.holdings_of_person(user.id)


@hookimpl
async def person_erased(user: Any) -> None:
    """All of it."""
    await leaving.forget_person(user.id)


@hookimpl
async def club_merged(source: Club, target: Club, is_over: bool) -> MergeStep | None:
    """Who is left out in both clubs is so once."""
    if not is_over:
        await drop_doubles(source, target)
    return None


@hookimpl
async def demo_seeded(cast: Mapping[str, Any]) -> None:
    """Profiles of the demo's people."""
    await seed_profiles(cast)


@hookimpl
def console_links() -> Sequence[Link]:
    """Where operators decide what people can say about themselves."""
    return [Link(gettext("Fields of profiles"), _address("fields.index"), icon="list")]


def _offer(person: queries.Person) -> str:
    return ", ".join((person.can_help or person.skills)[:3]) or person.place or person.headline


def _page(club: str, handle: str) -> str:
    return _address("people.show", club=club, handle=handle)


def _address(name: str, **params: str) -> str:
    return current_app().urls.path(f"directory:{name}", **params)
