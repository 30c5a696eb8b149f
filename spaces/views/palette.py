"""What the command palette offers, as JSON: clubs and pages of the site, and in a club its tabs and what can be done there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from starlette.responses import JSONResponse, Response

from core.dispatch.kept_answers import Answer
from core.http import Request
from core.i18n import gettext
from core.navigation import Link, Tab
from core.permissions import can
from core.render import PRIVATE
from spaces import permissions as p
from spaces.tabs import arranged, titles_in, usual_order

SEARCH = "search:quick"


async def index(request: Request) -> Response:
    """Outside of clubs: the viewer's clubs and the pages of the site."""
    return _answer(request, [], [])


async def show(request: Request) -> Response:
    """In a club: its tabs and commands before all else."""
    answers = await request.app.hooks.collect(
        "palette_commands",
        plugins=frozenset(name for name in request.access.active if f"{name}.view" in request.access.grant.allowed),
        club_id=request.club.id,
        club=request.club,
        viewer=request.viewer,
    )
    titles = titles_in(request.app, request.club.tabs)
    commands = [
        replace(link, note=link.note or titles.get(answer.plugin, ""))
        for answer in in_order_of_tabs(request, answers)
        for link in answer.value
    ]
    return _answer(request, request.app.navigation.tabs(request), [*commands, *_commands(request)])


def in_order_of_tabs(request: Request, answers: list[Answer]) -> list[Answer]:
    """Answers of plugins as their tabs stand."""
    tabs = arranged(request.club.tabs, usual_order(request.app))
    order = {tab.name: place for place, tab in enumerate(tabs)}
    return sorted(answers, key=lambda answer: order.get(answer.plugin, len(order)))


def _answer(request: Request, tabs: Iterable[Tab], commands: Iterable[Link]) -> Response:
    search = request.app.urls.has(SEARCH)
    facts = {
        "tabs": [_row(Link(tab.label, tab.url, tab.icon, key=f"g {tab.key}" if tab.key else "")) for tab in tabs],
        "commands": [_row(link) for link in commands],
        "clubs": [
            {"label": club.name, "url": club.url, "accent": club.accent, "initials": club.initials}
            for club in request.viewer.clubs
        ],
        "places": [_row(link) for link in _places(request)],
        "search": request.path(SEARCH) if search else None,
        "results": request.path("search:index") if search else None,
        "words": _words(),
    }
    return JSONResponse(facts, headers={"Cache-Control": PRIVATE, "Vary": "Cookie"})


def _words() -> dict[str, str]:
    """What the palette itself says; `{}` stands for what the browser fills in."""
    return {
        "recent": gettext("Used lately"),
        "commands": gettext("Do"),
        "tabs": gettext("In this club"),
        "clubs": gettext("My clubs"),
        "places": gettext("Elsewhere"),
        "found": gettext("Found"),
        "none": gettext("Nothing found"),
        "everything": gettext("Search everything for “%(words)s”", words="{}"),
        "count": gettext("Suggestions: %(count)s", count="{}"),
        "dark": gettext("Switch to dark"),
        "light": gettext("Switch to light"),
    }


def _row(link: Link) -> dict[str, Any]:
    return {"label": link.label, "url": link.url, "icon": link.icon, "note": link.note, "key": link.key}


def _commands(request: Request) -> list[Link]:
    """What the club itself offers."""
    viewer, club = request.viewer, request.club
    offered = (
        (p.INVITE, gettext("Invite someone"), "spaces:invitations", "user-plus"),
        (p.MANAGE_MEMBERS, gettext("Answer requests to join"), "spaces:requests", "inbox"),
        (p.CONFIGURE, gettext("Change the club"), "spaces:club_settings", "settings"),
        (p.CONFIGURE, gettext("Turn plugins on and off"), "spaces:plugins", "toggle-left"),
    )
    return [Link(label, request.path(route), icon) for right, label, route, icon in offered if can(viewer, right, club)]


def _places(request: Request) -> list[Link]:
    places = [
        Link(gettext("Home"), request.path("core:home"), "house", key="g h"),
        Link(gettext("All clubs"), request.path("spaces:clubs"), "layout-grid", key="g c" if not request.club else ""),
        Link(gettext("My account"), request.path("accounts:profile"), "user", key="g m"),
        Link(gettext("Keyboard shortcuts"), request.path("core:shortcuts"), "circle-help", key="?"),
    ]
    if request.viewer.is_operator:
        places.append(Link(gettext("Run the site"), request.path("spaces:admin"), "settings"))
    return places
