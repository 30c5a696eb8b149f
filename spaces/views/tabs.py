"""The page on which owners name, order and hide the tabs of their club, and choose what opens first."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from core.errors import Conflict, Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import TabsInput, TabsReturnInput
from spaces.services.tabs import arrange_tabs, state_of_tabs
from spaces.tabs import PEOPLE, TabChoice, arranged, titles_in, usual_order


@dataclass(frozen=True, slots=True)
class TabShown:
    """A row of the page.

    Args:
        name: of the plugin, or `people`.
        title: its own title.
        icon: its icon.
        label: what the club calls it, as it was typed.
        is_hidden: whether it has no tab.
    """

    name: str
    title: str
    icon: str
    label: str
    is_hidden: bool


async def edit(request: Request) -> Response:
    """The tabs as they are."""
    return await _page(request, Form[TabsInput](), _present(request), 200)


async def update(request: Request) -> Response:
    """Save names, order and landing together; with `move`, one tab goes up or down on the way."""
    form = await read_form(request, TabsInput)
    if not form.is_valid:
        return await _page(request, form, _typed(request, form), 422)
    before = _way_back(request)
    choices = _with_move(_sent(request, form.data), form.data.move)
    try:
        await _arrange(request, choices, form.data)
    except Invalid as error:
        form.refuse(error)
        return await _page(request, form, choices, 422)
    except Conflict as error:
        await request.club.refresh_from_db()
        form.errors[""] = [error.message]
        return await _page(request, form, choices, 409)
    if form.data.move:
        return request.redirect("spaces:tabs")
    _say(request, gettext("The tabs are saved."), before)
    return request.redirect("spaces:tabs")


async def restore(request: Request) -> Response:
    """Bring back how the tabs were, or the usual ones."""
    given = (await read_form(request, TabsReturnInput)).data
    before = _way_back(request)
    await arrange_tabs(
        request.club,
        arranged(given.tabs, usual_order(request.app)),
        landing=given.landing,
        visitor_landing=given.visitor_landing,
        seen=given.seen,
        actor=request.viewer,
    )
    _say(
        request,
        gettext("The tabs are as they were.") if given.tabs else gettext("The tabs are the usual ones."),
        before,
    )
    return request.redirect("spaces:tabs")


async def _arrange(request: Request, choices: list[TabChoice], given: TabsInput) -> None:
    club, hidden = request.club, {one.name for one in choices if one.is_hidden}
    kept = "" if club.visitor_landing in hidden else club.visitor_landing
    visitors = kept if given.visitor_landing is None else given.visitor_landing
    whole = _with_unseen(request, choices)
    await arrange_tabs(
        club, whole, landing=given.landing, visitor_landing=visitors, seen=given.seen, actor=request.viewer
    )


def _say(request: Request, text: str, before: dict[str, str]) -> None:
    """A message with the way back to what was before."""
    undo = request.path("spaces:tabs.restore")
    request.flash(text, undo=undo, fields={**before, "seen": state_of_tabs(request.club)})


def _way_back(request: Request) -> dict[str, str]:
    club = request.club
    return {"tabs": club.tabs, "landing": club.landing, "visitor_landing": club.visitor_landing}


def _places(request: Request) -> list[str]:
    """The tabs that the page is about: those of plugins that are not off, and the members."""
    states = request.access.states
    return [name for name in usual_order(request.app) if name == PEOPLE or states.get(name, "off") != "off"]


def _present(request: Request) -> list[TabChoice]:
    places = _places(request)
    return [one for one in arranged(request.club.tabs, usual_order(request.app)) if one.name in places]


def _sent(request: Request, given: TabsInput) -> list[TabChoice]:
    """What the form says, of the tabs that the page is about; one that it does not name stays as it is, at the end."""
    places, titles = _places(request), titles_in(request.app, "")
    pairs = dict(zip(given.place, given.label, strict=False))
    sent = [
        TabChoice(name, label if label != titles[name] else "", name in given.hidden)
        for name, label in pairs.items()
        if name in places
    ]
    return [*sent, *(one for one in _present(request) if one.name not in pairs)]


def _typed(request: Request, form: Form[TabsInput]) -> list[TabChoice]:
    """What was typed into a form that cannot be read as a whole."""
    places, hidden = _places(request), form.values.get("hidden", ())
    pairs = dict(zip(form.values.get("place", ()), form.values.get("label", ()), strict=False))
    return [TabChoice(name, label, name in hidden) for name, label in pairs.items() if name in places]


def _with_move(choices: list[TabChoice], move: str) -> list[TabChoice]:
    name, _, direction = move.partition(" ")
    places = [number for number, one in enumerate(choices) if one.name == name]
    if not places or direction not in ("up", "down"):
        return choices
    here, there = places[0], places[0] + (-1 if direction == "up" else 1)
    if 0 <= there < len(choices):
        choices[here], choices[there] = choices[there], choices[here]
    return choices


def _with_unseen(request: Request, choices: list[TabChoice]) -> list[TabChoice]:
    """Every tab: those of plugins that are off keep their places among the others."""
    seen, ordered = {one.name for one in choices}, iter(choices)
    whole = arranged(request.club.tabs, usual_order(request.app))
    return [next(ordered) if one.name in seen else one for one in whole]


async def _page(request: Request, form: Form[TabsInput], choices: list[TabChoice], status: int) -> Response:
    titles, plugins = titles_in(request.app, ""), {one.name: one.part for one in request.app.parts.plugins}
    icons = {name: part.icon for name, part in plugins.items()}
    rows = [
        TabShown(one.name, titles[one.name], icons.get(one.name, "users"), one.label, one.is_hidden) for one in choices
    ]
    club = request.club
    return await request.page(
        "spaces/settings/tabs.html",
        status,
        form=form,
        landings={name: form.values.get(name, getattr(club, name)) for name in ("landing", "visitor_landing")},
        rows=rows,
        places=_landings(request, choices),
        seen=state_of_tabs(club),
        is_changed=any(_way_back(request).values()),
    )


def _landings(request: Request, choices: list[TabChoice]) -> list[tuple[str, str]]:
    """Where somebody may be led: the home, then each tab under the name that the club gave it."""
    titles = titles_in(request.app, request.club.tabs)
    return [("", gettext("The home of the club")), *((one.name, titles[one.name]) for one in choices)]
