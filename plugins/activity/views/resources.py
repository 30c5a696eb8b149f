"""Activity for scripts: the same lists as the pages, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast

from pydantic import BaseModel
from starlette.responses import Response

from cercle import Items, NotFound, Request, answer, known_query, list_limit
from plugins.activity.queries import Happened, Reach, list_happenings, reach_in, reach_of
from plugins.activity.views.groups import actor_of
from plugins.activity.views.pages import next_page, place_of

Verb = Literal["published", "changed", "joined"]


class Actor(BaseModel):
    """Who did it; the handle is null for somebody who left the site."""

    handle: str | None
    name: str


class ListedHappening(BaseModel):
    """Something that happened; plugin, kind, title and url are null where somebody joined."""

    id: int
    club: str
    verb: Verb
    at: datetime
    times: int
    actor: Actor
    plugin: str | None
    kind: str | None
    title: str | None
    url: str | None


async def index(request: Request) -> Response:
    """What happened in the club."""
    known_query(request)
    return await _list(request, reach_in(request.club, request.viewer), {request.club.id: request.club.slug})


async def mine(request: Request) -> Response:
    """What happened in all clubs of the caller, or in one of them."""
    known_query(request, "club")
    slugs = {club.id: club.slug for club in request.viewer.clubs}
    reach, wanted = await reach_of(request.viewer), request.query_params.get("club")
    if wanted is not None:
        club_id = next((id for id in reach.clubs if slugs[id] == wanted), None)
        if club_id is None:
            raise NotFound()
        reach = reach.only(club_id)
    return await _list(request, reach, slugs)


async def _list(request: Request, reach: Reach, slugs: dict[int, str]) -> Response:
    limit = list_limit(request)
    lines = await list_happenings(reach, after=place_of(request), limit=limit + 1)
    items = [_listed(request, line, slugs[line.club_id]) for line in lines[:limit]]
    return answer(Items[ListedHappening](items=items, next=next_page(lines, limit)))


def _listed(request: Request, line: Happened, club: str) -> ListedHappening:
    return ListedHappening(
        id=line.id,
        club=club,
        verb=cast(Verb, line.verb),
        at=line.at,
        times=line.times,
        actor=Actor(handle=line.actor_handle, name=actor_of(line)),
        plugin=line.plugin,
        kind=line.kind,
        title=line.title,
        url=line.url and request.app.settings.base_url + line.url,
    )
