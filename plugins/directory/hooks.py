"""Where the directory meets the rest of the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cercle import Club, Holding, Link, Panel, Viewer, current_app, gettext, hookimpl
from plugins.directory import queries
from plugins.directory.services.demo import seed_profiles
from plugins.directory.services.fields import make_first_fields


@hookimpl
async def site_started() -> None:
    """A new site begins with the usual fields."""
    await make_first_fields()


@hookimpl
async def club_panels(club: Club, viewer: Viewer) -> Sequence[Panel]:
    """Who came last, and what they can help with."""
    people = await queries.newest_people(club, queries.sight_of(viewer, club))
    links = tuple(Link(one.name, _page(club.slug, one.handle), note=_offer(one)) for one in people)
    more = Link(gettext("Find a colleague"), _address("people.index", club=club.slug))
    return [Panel(gettext("New in the directory"), links, more, order=40)] if links else []


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """Whose profiles are not to be seen here while the directory is off."""
    return [Holding(gettext("profiles"), await queries.count_people(club))]


@hookimpl
async def people_found(viewer: Viewer, words: Sequence[str]) -> Sequence[Link]:
    """People in the viewer's clubs for whom the words of a search are true."""
    found = await queries.people_anywhere(viewer, words)
    return [Link(name, _page(club, handle), "contact", headline) for name, headline, handle, club in found]


@hookimpl
async def demo_seeded(cast: Mapping[str, Any]) -> None:
    """Profiles of the demo's people."""
    await seed_profiles(cast)


@hookimpl
def console_links() -> Sequence[Link]:
    """Where operators decide what people can say about themselves."""
    return [Link(gettext("Fields of profiles"), _address("fields.index"))]


def _offer(person: queries.Person) -> str:
    return ", ".join((person.can_help or person.skills)[:3]) or person.place or person.headline


def _page(club: str, handle: str) -> str:
    return _address("people.show", club=club, handle=handle)


def _address(name: str, **params: str) -> str:
    return current_app().urls.path(f"directory:{name}", **params)
