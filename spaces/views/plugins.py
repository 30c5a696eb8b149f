"""The switch page of a club: what each plugin is, and turning it on, off or read-only."""

from __future__ import annotations

from starlette.responses import Response

from core.forms import read_form
from core.http import Request
from core.i18n import gettext
from spaces.access import STATES
from spaces.forms import SwitchInput
from spaces.queries.people import count_roles
from spaces.queries.switchboard import get_switch, holdings, list_switches
from spaces.switches import switch_plugin


async def index(request: Request) -> Response:
    """Every plugin with its state and who decides about it."""
    switches = await list_switches(request.club)
    return await request.page(
        "spaces/plugins/index.html",
        switches=[switch for switch in switches if switch.is_available],
        unavailable=[switch for switch in switches if not switch.is_available],
        state_labels=state_labels(),
    )


async def edit(request: Request) -> Response:
    """What a change of the switch would do, with the button that does it."""
    switch = await get_switch(request.club, request.path_params["plugin"])
    wanted = request.query_params.get("state", "off")
    if wanted not in STATES or wanted == switch.state:
        return request.redirect("spaces:plugins")
    return await request.page(
        "spaces/plugins/edit.html",
        switch=switch,
        wanted=wanted,
        holdings=await holdings(request.club, switch.name) if switch.state != "off" else [],
        members=sum((await count_roles(request.club)).values()),
        state_labels=state_labels(),
    )


async def update(request: Request) -> Response:
    """Turn the switch."""
    switch = await get_switch(request.club, request.path_params["plugin"])
    form = await read_form(request, SwitchInput)
    await switch_plugin(request.club, switch.name, form.data.state, actor=request.viewer)
    title = gettext(switch.loaded.part.title)
    said = {
        "on": gettext("%(plugin)s is on.", plugin=title),
        "read_only": gettext("%(plugin)s can be read, not changed.", plugin=title),
        "off": gettext("%(plugin)s is off. What is in it is kept.", plugin=title),
    }
    undo = request.path("spaces:plugin.update", plugin=switch.name)
    request.flash(said[form.data.state], undo=undo, fields={"state": switch.state})
    return request.redirect("spaces:plugins")


def state_labels() -> dict[str, str]:
    """The states in the reader's words."""
    return {"on": gettext("On"), "read_only": gettext("Read only"), "off": gettext("Off")}
