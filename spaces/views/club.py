"""The home of a club: for members what is new, for others what it is and how to join."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from core.errors import NotFound, SignInNeeded
from core.forms import read_form
from core.http import Request
from core.i18n import gettext
from core.models import Blob
from core.navigation import Panel
from core.parts import Part
from core.storage import BlobResponse
from spaces.forms import JoinInput
from spaces.permissions import VIEW_MEMBERS
from spaces.queries.clubs import club_news
from spaces.queries.people import load_company
from spaces.services import join_club, leave_club, request_to_join, withdraw_request


async def show(request: Request) -> Response:
    """What is new, the plugins' panels and the people; or, for somebody outside, the way in."""
    club, viewer, access = request.club, request.viewer, request.access
    company = await load_company(club, viewer)
    if VIEW_MEMBERS.name not in access.grant.allowed:
        company = replace(company, faces=())
    if not access.is_member and not _readable(request):
        return await request.page(
            "spaces/club/outside.html", company=company, news=await club_news(club, viewer), parts=_parts(request)
        )
    return await request.page(
        "spaces/club/show.html",
        company=company,
        news=await club_news(club, viewer),
        panels=await _panels(request),
        parts=_parts(request),
        first_steps=_first_steps(request),
    )


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


async def join(request: Request) -> Response:
    """Come in, or ask to."""
    if not request.viewer.is_authenticated:
        raise SignInNeeded()
    form = await read_form(request, JoinInput)
    if request.access.is_member:
        return request.redirect("spaces:club")
    if request.club.join_policy == "open":
        await join_club(request.club, actor=request.viewer)
        request.flash(gettext("Welcome to %(club)s.", club=request.club.name))
    else:
        await request_to_join(request.club, form.data.message, actor=request.viewer)
        request.flash(gettext("Your request is with the people who run %(club)s.", club=request.club.name))
    return request.redirect("spaces:club")


async def take_back(request: Request) -> Response:
    """Take a request to join back."""
    if not request.viewer.is_authenticated:
        raise SignInNeeded()
    await withdraw_request(request.club, actor=request.viewer)
    request.flash(gettext("Your request is withdrawn."))
    return request.redirect("spaces:club")


async def farewell(request: Request) -> Response:
    """What leaving means, with a button."""
    _require_member(request)
    return await request.page("spaces/club/leave.html")


async def leave(request: Request) -> Response:
    """End one's own membership."""
    _require_member(request)
    await leave_club(request.club, actor=request.viewer)
    request.flash(gettext("You have left %(club)s.", club=request.club.name))
    return request.redirect("spaces:home")


def _require_member(request: Request) -> None:
    if not request.viewer.is_authenticated:
        raise SignInNeeded()
    if not request.access.is_member:
        raise NotFound()


def _readable(request: Request) -> list[str]:
    allowed = request.access.grant.allowed
    return [name for name in request.access.active if f"{name}.view" in allowed]


def _parts(request: Request) -> dict[str, Part]:
    return {loaded.name: loaded.part for loaded in request.app.parts}


async def _panels(request: Request) -> list[Panel]:
    answers = await request.app.hooks.collect(
        "club_panels",
        plugins=frozenset(_readable(request)),
        club_id=request.club.id,
        club=request.club,
        viewer=request.viewer,
    )
    return sorted((panel for answer in answers for panel in answer.value), key=lambda panel: panel.order)


def _first_steps(request: Request) -> list[dict[str, Any]]:
    """What a member can do first in a club where nothing has been written yet."""
    parts = request.app.parts.plugins
    readable = set(_readable(request))
    return [
        {"title": gettext(one.part.title), "text": gettext(one.part.summary), "icon": one.part.icon, "name": one.name}
        for one in parts
        if one.name in readable
    ]
