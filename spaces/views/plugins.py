"""The switches of a club: what each plugin is, what depends on it, and turning it on, off or read-only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.responses import Response

from core.errors import NotFound
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext, listing, number, short_date
from spaces.decisions import Decision
from spaces.forms import EraseInput, SwitchInput
from spaces.hookspecs import Holding
from spaces.queries.erasing import load_erasing
from spaces.queries.roles import labels_in
from spaces.queries.stakes import load_stakes
from spaces.queries.switchboard import Switch, get_switch, list_switches
from spaces.services.grants import load_matrix
from spaces.switches import switch_plugin
from spaces.tabs import titles_in


async def index(request: Request) -> Response:
    """Every plugin with its state and who decides about it."""
    switches = await list_switches(request.club)
    available = [switch for switch in switches if switch.is_available]
    return await request.page(
        "spaces/plugins/index.html",
        switches=available,
        unavailable=[switch for switch in switches if not switch.is_available],
        waiting={switch.name: _missing(request, switch, switches) for switch in switches},
        open_ones=_named(request, (one for one in available if one.state == "on")),
        closed_ones=[one.name for one in available if one.state == "read_only"],
        state_labels=state_labels(),
        fixed_words=fixed_words,
    )


async def edit(request: Request) -> Response:
    """One plugin: what it is, what it brings, what depends on it, and what each change of its switch would do."""
    return await show_plugin(request)


async def show_plugin(request: Request, status: int = 200, *, erase_form: Form[EraseInput] | None = None) -> Response:
    """The page of one plugin, with what was typed to have it erased where that was wrong."""
    switches = await list_switches(request.club)
    switch = next((one for one in switches if one.name == request.path_params["plugin"]), None)
    if switch is None:
        raise NotFound()
    stakes = await load_stakes(request.club, switch, switches, await load_matrix(request.club))
    settings = "spaces:plugin.settings"
    has_settings = request.app.urls.has(settings) and switch.loaded.get("settings", "ClubSettings", None) is not None
    return await request.page(
        "spaces/plugins/edit.html",
        status,
        switch=switch,
        own_title=gettext(switch.loaded.part.title),
        stakes=stakes,
        falling={state: _named(request, stakes.falling(state)) for state in ("off", "read_only")},
        missing=_named(request, stakes.missing),
        needed=_named(request, stakes.needed),
        things=things(stakes.holdings),
        links=[(request.plugin_title(name), things(found)) for name, found in stakes.links.items()],
        settings_url=request.path(settings, plugin=switch.name) if has_settings else None,
        state_labels=state_labels(),
        roles=await labels_in(request.club),
        fixed_words=fixed_words,
        erasing=await load_erasing(request.club, switch.name),
        erase_form=erase_form or Form[EraseInput](),
        erase_days=request.app.settings.erase_after_days,
    )


async def update(request: Request) -> Response:
    """Turn the switch."""
    switch = await get_switch(request.club, request.path_params["plugin"])
    form = await read_form(request, SwitchInput)
    await switch_plugin(request.club, switch.name, form.data.state, actor=request.viewer)
    title = request.plugin_title(switch.name)
    said = {
        "on": gettext("%(plugin)s is on.", plugin=title),
        "read_only": gettext("%(plugin)s can be read, not changed.", plugin=title),
        "off": gettext("%(plugin)s is off. What is in it is kept.", plugin=title),
    }
    undo = request.path("spaces:plugin.update", plugin=switch.name) if switch.state in said else None
    request.flash(said[form.data.state], undo=undo, fields={"state": switch.state})
    return request.redirect("spaces:plugins")


def state_labels() -> dict[str, str]:
    """The states in the reader's words."""
    return {
        "on": gettext("On"),
        "read_only": gettext("Read only"),
        "paused": gettext("Paused"),
        "off": gettext("Off"),
    }


def fixed_words(decision: Decision) -> str:
    """Who decided about a plugin, and when."""
    if decision.source == "plugin":
        return gettext("So it is for all clubs, unless the operator of the site decides otherwise.")
    words = {"name": decision.by, "date": short_date(decision.at) if decision.at else ""}
    if decision.by and decision.at:
        return gettext("Fixed by %(name)s on %(date)s.", **words)
    if decision.at:
        return gettext("Fixed by the operator of the site on %(date)s.", **words)
    return gettext("Fixed by the operator of the site.")


def things(held: Iterable[Holding]) -> str:
    """What there is, such as `34 pages and 3 attachments`; "" for nothing."""
    return listing(f"{number(one.count)} {one.label}" for one in held)


def _missing(request: Request, switch: Switch, switches: Sequence[Switch]) -> str:
    """The plugins that hold one back which is switched on, in words."""
    if switch.state == switch.effective:
        return ""
    return _named(request, (one for one in switches if one.name in switch.loaded.needs and one.effective != "on"))


def _named(request: Request, switches: Iterable[Switch]) -> str:
    titles = titles_in(request.app, request.club.tabs)
    return listing(titles[switch.name] for switch in switches)
