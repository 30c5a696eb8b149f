"""What happened, on pages: in a club, in all my clubs, by a person, to an item."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.responses import Response

from cercle import Club, Invalid, NotFound, Request, cursor, gettext, item_at, read_cursor
from plugins.activity.queries import (
    PAGE,
    Happened,
    Place,
    find_person,
    last_look,
    list_happenings,
    meets,
    reach_in,
    reach_of,
)
from plugins.activity.services import note_look
from plugins.activity.views.groups import by_day, kind_of


async def index(request: Request) -> Response:
    """What happened in the club."""
    lines = await list_happenings(reach_in(request.club, request.viewer), after=place_of(request), limit=PAGE + 1)
    since = await _since(request, request.club)
    return await request.page("activity/happenings/index.html", **_context(lines, since))


async def mine(request: Request) -> Response:
    """What happened in all my clubs, or in one of them."""
    slug = request.query_params.get("club", "")[:60]
    reach = await reach_of(request.viewer)
    clubs = [club for club in request.viewer.clubs if club.id in reach.clubs]
    chosen = next((club for club in clubs if club.slug == slug), None)
    if slug and chosen is None:
        raise NotFound()
    if chosen is not None:
        reach = reach.only(chosen.id)
    lines = await list_happenings(reach, after=place_of(request), limit=PAGE + 1)
    since = None if chosen else await _since(request, None)
    context = _context(lines, since, club=slug)
    return await request.page("activity/happenings/mine.html", choices=clubs, chosen=chosen, **context)


async def person(request: Request) -> Response:
    """What a person did, as far as the viewer may see it; for others than those who meet them they are not there."""
    viewer, found = request.viewer, await find_person(request.path_params["handle"])
    reach = await reach_of(viewer)
    if found is None or (found.id != viewer.id and not await meets(reach, found)):
        raise NotFound()
    lines = await list_happenings(reach, person=found.id, after=place_of(request), limit=PAGE + 1)
    return await request.page("activity/happenings/person.html", person=found, **_context(lines, None))


async def item(request: Request) -> Response:
    """What happened to an item of any plugin."""
    asked = request.path_params
    content = await item_at(request.club, asked["plugin"], asked["kind"], asked["item"], viewer=request.viewer)
    reach = reach_in(request.club, request.viewer)
    lines = await list_happenings(reach, content=content.id, after=place_of(request), limit=PAGE + 1)
    return await request.page("activity/items/show.html", content=content, **_context(lines, None))


def place_of(request: Request) -> Place | None:
    """Where the wanted page begins; None for the first one.

    Raises:
        Invalid: when the cursor was not made by this list.
    """
    values = read_cursor(request, 2)
    if values is None:
        return None
    try:
        moment, number = datetime.fromisoformat(values[0]), int(values[1])
    except ValueError:
        moment, number = None, 0
    if moment is None or moment.tzinfo is None or not 1970 <= moment.year <= 2200 or not 0 < number < 2**63:
        raise Invalid(gettext("after must be the value of next from the page before."), field="after")
    return moment, number


def next_page(lines: list[Happened], limit: int) -> str | None:
    """The cursor after the first `limit` of these lines, where there are more."""
    return cursor(lines[limit - 1].at.isoformat(), lines[limit - 1].id) if len(lines) > limit else None


async def _since(request: Request, club: Club | None) -> datetime | None:
    """When the viewer last looked, before now; None at their first visit, and for people outside. Their look is noted."""
    viewer = request.viewer
    if not viewer.is_authenticated or (club is not None and not request.access.is_member) or request.seen_as:
        return None
    known = await last_look(viewer, club)
    if not request.is_prefetch:
        return await note_look(viewer, club, known)
    return known.before if known else None


def _context(lines: list[Happened], since: datetime | None, club: str = "") -> dict[str, Any]:
    following = next_page(lines, PAGE)
    narrowed = f"club={club}&" if club else ""
    return {
        "days": by_day(lines[:PAGE], since),
        "older": f"?{narrowed}after={following}" if following else None,
        "has_since": since is not None,
        "kind_of": kind_of,
    }
