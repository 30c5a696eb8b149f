"""The home of a club: for members what is new, for others what it is and how to join."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.responses import Response

from core.errors import NotFound, SignInNeeded
from core.http import Request, see_other
from core.i18n import gettext
from core.models import Blob
from core.navigation import Link
from core.parts import Part
from core.storage import BlobResponse
from spaces.queries.front import Front, read_front
from spaces.queries.people import get_member
from spaces.services import leave_club, note_visit, slip_for
from spaces.services.inheritance import would_return
from spaces.services.succession import last_owner_facts
from spaces.services.visits import put_steps_away as hide_steps
from spaces.tabs import arranged, landing_url, usual_order
from spaces.views.first_steps import steps_for
from spaces.views.palette import in_order_of_tabs


async def show(request: Request) -> Response:
    """The place that the club chose for people like this viewer, or else its home."""
    first = landing_url(request)
    if first is None:
        return await home(request)
    await _note(request)
    return see_other(first)


async def home(request: Request) -> Response:
    """What is new, the plugins' panels and the people; or, for somebody outside, the way in."""
    readable = _readable(request)
    front = await read_front(request.app.hooks, request.club, request.viewer, readable)
    await _note(request)
    template = "spaces/club/show.html" if request.access.is_member or readable else "spaces/club/outside.html"
    way_in = (request.club.join_policy, bool(request.club.questions))
    facts = front.facts and (*front.facts, *way_in, request.club.note_html)
    return await request.page(template, facts=facts, later=lambda: _shown(request, front))


async def _note(request: Request) -> None:
    if not request.is_prefetch:
        await note_visit(request.club, actor=request.viewer)


async def _shown(request: Request, front: Front) -> dict[str, Any]:
    acts, welcome, news, company = await _acts(request), front.welcome, front.news, front.company
    dates = await front.next_dates()
    is_begun, is_alone = bool(news), company.total <= 1
    return {
        "company": company,
        "arrivals": front.arrivals,
        "news": news,
        "groups": front.groups,
        "welcome": welcome,
        "steps": steps_for(request, welcome, acts, is_begun=is_begun, is_alone=is_alone) if welcome.is_due else [],
        "next_dates": dates,
        "panels": await front.panels(partial(request.app.pages.piece, request), request.plugin_title),
        "parts": _parts(request),
        "places": _places(request),
        "acts": acts,
    }


async def put_steps_away(request: Request) -> Response:
    """The member knows their way."""
    _require_member(request)
    await hide_steps(request.club, actor=request.viewer)
    return request.redirect("spaces:club_home")


async def cover(request: Request) -> Response:
    """The cover picture."""
    blob = await Blob.get_or_none(hash=request.club.cover_hash or "")
    if blob is None:
        raise NotFound()
    return BlobResponse(
        request.app.storage,
        blob.hash,
        size=blob.size,
        filename=f"{request.club.slug}.webp",
        content_type="image/webp",
        inline=True,
        cache_control="private, max-age=86400",
    )


async def farewell(request: Request) -> Response:
    """What leaving means, with a button."""
    _require_member(request)
    stays = await would_return(request.club.id, request.viewer.id or 0)
    facts: dict[str, Any] = await last_owner_facts(request.club, request.viewer)
    return await request.page("spaces/club/leave.html", stays=stays, **facts)


async def leave(request: Request) -> Response:
    """End one's own membership."""
    _require_member(request)
    member = await get_member(request.club, request.viewer.handle)
    await leave_club(request.club, actor=request.viewer)
    request.flash(
        gettext("You have left %(club)s.", club=request.club.name),
        undo=request.path("spaces:membership.return"),
        fields={"slip": slip_for(member, actor=request.viewer)},
    )
    return request.redirect("spaces:home")


def _require_member(request: Request) -> None:
    if not request.viewer.is_authenticated:
        raise SignInNeeded()
    if not request.access.is_member:
        raise NotFound()


def _readable(request: Request) -> frozenset[str]:
    allowed = request.access.grant.allowed
    return frozenset(name for name in request.access.active if f"{name}.view" in allowed)


def _parts(request: Request) -> dict[str, Part]:
    return {loaded.name: loaded.part for loaded in request.app.parts}


async def _acts(request: Request) -> list[Link]:
    """What the viewer may do here first: a verb of each plugin, as the command palette offers them too."""
    answers = await request.app.hooks.collect(
        "palette_commands",
        plugins=frozenset(_readable(request)),
        club_id=request.club.id,
        club=request.club,
        viewer=request.viewer,
    )
    found = in_order_of_tabs(request, [answer for answer in answers if answer.value])
    return [answer.value[0] for answer in found]


def _places(request: Request) -> list[dict[str, Any]]:
    """What there is in the club, in the order of its tabs."""
    parts, readable = _parts(request), _readable(request)
    order = [one.name for one in arranged(request.club.tabs, usual_order(request.app)) if one.name in readable]
    return [
        {"title": request.plugin_title(n), "text": gettext(parts[n].summary), "icon": parts[n].icon, "name": n}
        for n in order
    ]
