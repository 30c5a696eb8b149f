"""The face of the site: every theme as it looks, one to try alone, one for everybody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from core.current import app
from core.errors import Invalid, SettingsError
from core.forms import read_form
from core.http import Request, see_other
from core.i18n import gettext, language
from core.plugin_check import Fault
from core.themes import Theme
from core.themes.check import faults_of
from core.themes.preview import sample
from spaces.forms import ThemeInput
from spaces.views.admin.pages import console


@dataclass(frozen=True, slots=True)
class Card:
    """A theme as its card shows it.

    Args:
        theme: the theme.
        title, summary: in the reader's language.
        faults: why it cannot be chosen; empty when it can.
        worn: whether everybody sees it.
        tried: whether the operator sees it at the moment.
    """

    theme: Theme
    title: str
    summary: str
    faults: tuple[Fault, ...]
    worn: bool
    tried: bool


async def show(request: Request) -> Response:
    """Every theme with what it looks like."""
    return await _page(request)


async def update(request: Request) -> Response:
    """Let everybody see the site in a theme."""
    form = await read_form(request, ThemeInput)
    try:
        theme = await app().appearance.choose(form.data.theme, actor=request.viewer)
    except Invalid as error:
        request.flash(error.message, "error")
        return await _page(request, 422)
    request.flash(gettext("Everybody sees the site in the theme %(theme)s now.", theme=theme.title_in(language())))
    response = request.redirect("spaces:admin.appearance")
    app().appearance.take_off(response)
    return response


async def start_trial(request: Request) -> Response:
    """Show the site in a theme to this operator alone."""
    form = await read_form(request, ThemeInput)
    appearance = app().appearance
    theme = appearance.find(form.data.theme)
    response = see_other("/")
    appearance.try_on(response, theme, request)
    return response


async def end_trial(request: Request) -> Response:
    """Show this operator the site as everybody sees it."""
    response = request.redirect("spaces:admin.appearance")
    app().appearance.take_off(response)
    return response


async def show_sample(request: Request) -> Response:
    """A theme in small."""
    theme = app().appearance.find(request.path_params["theme"])
    drawn = await asyncio.to_thread(sample, theme, request.path_params["scheme"])
    headers = {"Cache-Control": "private, max-age=31536000, immutable"} if "v" in request.query_params else {}
    return Response(drawn, headers=headers, media_type="image/svg+xml")


async def _page(request: Request, status: int = 200) -> Response:
    appearance = app().appearance
    tried = appearance.tried_by(request)
    names, broken = [], {}
    for name in appearance.themes.names():
        try:
            names.append(appearance.themes.find(name))
        except SettingsError as error:
            broken[name] = error.message
    faults = await asyncio.gather(*(asyncio.to_thread(faults_of, theme) for theme in names))
    return await console(
        request,
        "appearance.html",
        "admin.appearance",
        status,
        cards=[_card(theme, found, tried) for theme, found in zip(names, faults, strict=True)],
        broken=broken,
        is_fixed=appearance.is_fixed,
        folder=app().settings.data_dir / "themes",
    )


def _card(theme: Theme, faults: tuple[Fault, ...], tried: Theme | None) -> Card:
    words = language()
    return Card(
        theme,
        theme.title_in(words),
        theme.summary_in(words),
        faults,
        worn=theme.name == app().appearance.theme.name,
        tried=tried is not None and tried.name == theme.name,
    )
