"""The people of a club: the list with its filters, a person, their card."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from cercle import Content, Request, can, cursor, read_cursor, visible_in
from plugins.directory import permissions, queries
from plugins.directory.models import SKILL_FACET
from plugins.directory.services.cards import MEDIA_TYPE, card_of

PAGE = 40
WORKS = 10
OWN = frozenset({"q", "after", "limit"})


async def index(request: Request) -> Response:
    """Find a colleague."""
    club, params = request.club, request.query_params
    filters = {name: value for name, value in params.items() if name not in OWN and value}
    asked = queries.asked_for(params.get("q", ""), filters)
    sight = queries.sight_of(request.viewer, club)
    people = await queries.list_people(club, sight, asked, after=read_cursor(request, 3), limit=PAGE)
    facets = await queries.facets_of(club, sight, asked)
    last = people[PAGE - 1] if len(people) > PAGE else None
    here = {"q": params.get("q", "")[:200], **asked.filters}
    return await request.page(
        "directory/people/index.html",
        people=people[:PAGE],
        asked=asked,
        facets=_links(request, facets, asked, here),
        chosen=[(value, _here(request, {**here, name: ""})) for name, value in asked.filters.items()],
        everybody=_here(request, {}),
        hidden={name: value for name, value in here.items() if name != "q"},
        older=_here(request, {**here, "after": cursor(last.rank, last.sort_name, last.id)}) if last else None,
        may_edit=can(request.viewer, permissions.EDIT, club),
    )


async def show(request: Request) -> Response:
    """One person, as far as the viewer may see them, and what they published here."""
    club, viewer = request.club, request.viewer
    person = await queries.get_person(club, str(request.path_params["handle"]), queries.sight_of(viewer, club))
    return await request.page(
        "directory/people/show.html",
        person=person,
        groups=grouped(person),
        works=await _works(request, person),
        icons={loaded.name: loaded.part.icon for loaded in request.app.parts},
        is_me=person.id == viewer.id,
        may_edit=can(viewer, permissions.EDIT, club),
    )


async def card(request: Request) -> Response:
    """The person's card for an address book."""
    person = await queries.get_person(
        request.club, str(request.path_params["handle"]), queries.sight_of(request.viewer, request.club)
    )
    url = request.app.settings.base_url.rstrip("/") + request.path("directory:people.show", handle=person.handle)
    headers = {
        "Content-Disposition": f'attachment; filename="{person.handle}.vcf"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(card_of(person, url=url, club=request.club.name), 200, headers, media_type=MEDIA_TYPE)


def grouped(person: queries.Person) -> list[tuple[str, list[queries.Shown]]]:
    """The person's answers under the headings of their groups."""
    groups: dict[str, list[queries.Shown]] = {}
    for answer in person.answers:
        groups.setdefault(answer.group, []).append(answer)
    return list(groups.items())


async def _works(request: Request, person: queries.Person) -> list[Content]:
    found = visible_in(request.club, request.viewer).filter(author_id=person.id, state="published")
    return await found.order_by("-updated_at", "-id").limit(WORKS).only("id", "title", "url", "plugin", "updated_at")


def _links(
    request: Request, facets: list[queries.Facet], asked: queries.Asked, here: dict[str, str]
) -> list[dict[str, Any]]:
    return [
        {
            "title": facet.title,
            "open": facet.name in (SKILL_FACET, "region", "trade") or facet.name in asked.filters,
            "links": [
                {
                    "label": label,
                    "count": many,
                    "active": asked.filters.get(facet.name) == value,
                    "url": _here(
                        request, {**here, facet.name: "" if asked.filters.get(facet.name) == value else value}
                    ),
                }
                for value, label, many in facet.values
            ],
        }
        for facet in facets
    ]


def _here(request: Request, values: dict[str, str]) -> str:
    """This page with these parameters; a field may be called like a parameter of the path."""
    plain = {name: value.encode("utf-8", "replace").decode() for name, value in values.items() if value}
    return request.path("directory:people.index") + (f"?{urlencode(plain)}" if plain else "")
