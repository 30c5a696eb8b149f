"""What a script can ask about the person it acts for."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.responses import Response

from core.accounts.forms import TokenInput
from core.accounts.services.tokens import SCOPES
from core.accounts.views import preferences_api, tokens_api
from core.api import Items, answer, api_route
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
        "/me/tokens",
        tokens_api.index,
        "me.tokens.index",
        permission=SIGNED_IN,
        summary="Your tokens and app passwords; in a browser session alone",
        returns=Items[tokens_api.TokenView],
    ),
    api_route(
        "POST",
        "/me/tokens",
        tokens_api.create,
        "me.tokens.create",
        permission=SIGNED_IN,
        summary="Make a token or an app password; in a browser session alone",
        body=TokenInput,
        returns=tokens_api.MadeToken,
        status=201,
    ),
    api_route(
        "DELETE",
        "/me/tokens/{id:int}",
        tokens_api.delete,
        "me.tokens.delete",
        permission=SIGNED_IN,
        summary="Revoke a token; in a browser session alone",
        status=204,
    ),
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
