"""What a person chose for themselves in a plugin, as JSON."""

from __future__ import annotations

from starlette.responses import Response

from core.api import answer, etag_of, read_body, require_match
from core.errors import NotFound
from core.http import Request
from core.plugin_settings import PluginSettings, member_settings
from core.plugin_settings.api import SettingsPatch, SettingsView, settings_view
from core.plugin_settings.changes import change_member_settings


async def show(request: Request) -> Response:
    """What holds for me."""
    shown = await _shown(request, _model(request))
    return answer(shown, etag=etag_of(shown.values))


async def update(request: Request) -> Response:
    """Change the fields that are named."""
    model = _model(request)
    now = await _shown(request, model)
    require_match(request, etag_of(now.values), now)
    sent = await read_body(request, SettingsPatch)
    await change_member_settings(request.viewer, model, sent.values, actor=request.viewer)
    return await show(request)


def _model(request: Request) -> type[PluginSettings]:
    model = request.app.plugin_settings.model(str(request.path_params["plugin"]), "member")
    if model is None:
        raise NotFound()
    return model


async def _shown(request: Request, model: type[PluginSettings]) -> SettingsView:
    return settings_view(request.path_params["plugin"], await member_settings(request.viewer, model))
