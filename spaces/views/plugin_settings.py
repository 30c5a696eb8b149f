"""What a club chooses in its plugins. What the operator fixed can be read, with the reason."""

from __future__ import annotations

from starlette.responses import Response

from core.current import app
from core.errors import Invalid, NotFound
from core.forms import submitted
from core.http import Request
from core.i18n import gettext
from core.plugin_settings import PluginSettings, club_settings
from core.plugin_settings.changes import change_club_settings, fixes_of, stored_faults
from core.plugin_settings.forms import SHOWN, SettingsForm, form_of, shown_by
from spaces.queries.switchboard import Switch, get_switch


async def edit(request: Request) -> Response:
    """The form."""
    switch, model = await _of(request)
    form = await _form(request, model)
    return await _page(request, switch, form, shown_by(form))


async def update(request: Request) -> Response:
    """Save what was changed."""
    switch, model = await _of(request)
    form, sent = await _form(request, model), await submitted(request)
    form.errors.clear()
    try:
        changed = await change_club_settings(request.club, model, form.take(sent), actor=request.viewer)
    except Invalid as error:
        form.refuse(error)
        return await _page(request, switch, form, str(sent.get(SHOWN, "")), 422)
    if changed:
        request.flash(gettext("Saved."))
    else:
        request.flash(gettext("Nothing was changed."), "info")
    return request.redirect("spaces:plugin.settings", plugin=switch.name)


async def _of(request: Request) -> tuple[Switch, type[PluginSettings]]:
    """The plugin, when the club may have it, and its settings, when it has some."""
    switch = await get_switch(request.club, request.path_params["plugin"])
    model = app().plugin_settings.model(switch.name, "club")
    if model is None:
        raise NotFound()
    return switch, model


async def _form(request: Request, model: type[PluginSettings]) -> SettingsForm:
    now, fixed = await club_settings(request.club, model), await fixes_of(model)
    faults = await stored_faults(model, "club", request.club.id)
    return form_of(model, now, fixed=fixed, faults=faults - fixed.keys())


async def _page(request: Request, switch: Switch, form: SettingsForm, shown: str, status: int = 200) -> Response:
    return await request.page("spaces/plugins/settings.html", status, switch=switch, form=form, shown=shown)
