"""The directory through the API."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.responses import Response

from cercle import Items, Request, answer, api_route, cursor, known_query, list_limit, read_cursor
from plugins.directory import permissions as p
from plugins.directory import queries

FILTERS = ("trade", "region", "skill", "looking_for", "languages")


class AnswerOut(BaseModel):
    """What a person says in one field; a list has several values."""

    key: str
    label: str
    kind: str
    values: list[str]


class PersonOut(BaseModel):
    """A person, as far as the bearer of the token may see them. Lists leave answers of several lines out."""

    id: int
    handle: str
    name: str
    headline: str
    url: str
    fields: list[AnswerOut]


async def index(request: Request) -> Response:
    """The people of a club."""
    known_query(request, "q", *FILTERS)
    params = request.query_params
    asked = queries.asked_for(params.get("q", ""), {name: params.get(name, "") for name in FILTERS})
    limit = list_limit(request)
    sight = queries.sight_of(request.viewer, request.club)
    found = await queries.list_people(request.club, sight, asked, after=read_cursor(request, 3), limit=limit)
    last = found[limit - 1] if len(found) > limit else None
    after = cursor(last.rank, last.sort_name, last.id) if last else None
    return answer(Items[PersonOut](items=[_out(request, one) for one in found[:limit]], next=after))


async def show(request: Request) -> Response:
    """One person."""
    sight = queries.sight_of(request.viewer, request.club)
    return answer(_out(request, await queries.get_person(request.club, str(request.path_params["user"]), sight)))


def _out(request: Request, person: queries.Person) -> PersonOut:
    fields = [AnswerOut(key=one.key, label=one.label, kind=one.kind, values=one.entries) for one in person.answers]
    return PersonOut(
        id=person.id,
        handle=person.handle,
        name=person.name,
        headline=person.headline,
        url=request.path("directory:people.show", handle=person.handle),
        fields=fields,
    )


api = (
    api_route(
        "GET",
        "/people",
        index,
        "people.index",
        permission=p.VIEW,
        summary="Find people: those who can help first, then by name",
        returns=Items[PersonOut],
        query=("q", *FILTERS, "limit", "after"),
    ),
    api_route(
        "GET", "/people/{user}", show, "people.show", permission=p.VIEW, summary="Look at a person", returns=PersonOut
    ),
)
