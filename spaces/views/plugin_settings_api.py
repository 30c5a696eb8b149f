"""What a club chooses in a plugin, as JSON, for `spaces.api`."""

from __future__ import annotations

from starlette.responses import Response

from core.api import answer, etag_of, read_body, require_match
from core.current import app
from core.errors import NotFound
from core.http import Request
from core.plugin_settings import PluginSettings, club_settings
from core.plugin_settings.api import SettingsPatch, SettingsView, settings_view
from core.plugin_settings.changes import change_club_settings, fixes_of
from spaces.queries.switchboard import get_switch


async def show(request: Request) -> Response:
    """What holds in the club."""
    shown = await _shown(request, await _model(request))
    return answer(shown, etag=etag_of(shown.values))


async def update(request: Request) -> Response:
    """Change the fields that are named."""
    model = await _model(request)
    now = await _shown(request, model)
    require_match(request, etag_of(now.values), now)
    sent = await read_body(request, SettingsPatch)
    await change_club_settings(request.club, model, sent.values, actor=request.viewer)
    shown = await _shown(request, model)
    return answer(shown, etag=etag_of(shown.values))


async def _model(request: Request) -> type[PluginSettings]:
    switch = await get_switch(request.club, request.path_params["plugin"])
    model = app().plugin_settings.model(switch.name, "club")
    if model is None:
        raise NotFound()
    return model


async def _shown(request: Request, model: type[PluginSettings]) -> SettingsView:
    now, fixed = await club_settings(request.club, model), await fixes_of(model)
    return settings_view(request.path_params["plugin"], now, fixed)
