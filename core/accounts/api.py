"""What a script can ask about the person it acts for."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.responses import Response

from core.accounts.services.tokens import SCOPES
from core.accounts.views import preferences_api
from core.api import answer, api_route
from core.http import Request
from core.permissions import SIGNED_IN
from core.plugin_settings.api import SettingsPatch, SettingsView


class MyClub(BaseModel):
    """One of my clubs."""

    slug: str
    name: str
    role: str


class Me(BaseModel):
    """Who the token or session belongs to, and what it may do."""

    id: int
    handle: str
    name: str
    email: str
    is_operator: bool
    locale: str
    timezone: str
    clubs: list[MyClub]
    scopes: list[str]


async def me(request: Request) -> Response:
    """Answer with the viewer."""
    viewer = request.viewer
    clubs = [MyClub(slug=club.slug, name=club.name, role=club.role) for club in viewer.clubs]
    return answer(
        Me(
            id=viewer.id or 0,
            handle=viewer.handle,
            name=viewer.name,
            email=viewer.email,
            is_operator=viewer.is_operator,
            locale=viewer.locale,
            timezone=viewer.timezone,
            clubs=clubs,
            scopes=list(SCOPES if viewer.token_scopes is None else viewer.token_scopes),
        )
    )


site_api = (
    api_route("GET", "/me", me, "me.show", permission=SIGNED_IN, summary="Who am I?", returns=Me),
    api_route(
        "GET",
        "/me/settings/{plugin}",
        preferences_api.show,
        "me.settings.show",
        permission=SIGNED_IN,
        summary="What you chose for yourself in a plugin",
        returns=SettingsView,
    ),
    api_route(
        "PATCH",
        "/me/settings/{plugin}",
        preferences_api.update,
        "me.settings.update",
        permission=SIGNED_IN,
        summary="Choose something for yourself in a plugin",
        body=SettingsPatch,
        returns=SettingsView,
    ),
)
