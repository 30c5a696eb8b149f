"""`cercle plugin settings`, for `spaces.commands`: what the operator chose in a plugin, or a club did."""

from __future__ import annotations

from typing import Annotated

import typer

from core.app import Cercle
from core.errors import Invalid, NotFound
from core.i18n import gettext
from core.plugin_settings import PluginSettings, club_settings, site_settings
from core.plugin_settings.changes import change_club_settings, change_site_settings, fixes_of
from core.plugin_settings.fields import fields_of
from spaces.operator_commands import known_club


def settings(
    name: Annotated[str, typer.Argument(help="The plugin.")],
    changes: Annotated[
        list[str] | None, typer.Argument(help="New values, each as field=value.", show_default=False)
    ] = None,
    club: Annotated[str, typer.Option(help="Of one club, by its word in addresses; of the site unless given.")] = "",
) -> None:
    """Print the settings of a plugin, or change some of them."""
    from core.cli import run

    run(_settings, name, changes or [], club)


async def _settings(app: Cercle, name: str, changes: list[str], slug: str) -> None:
    scope = "club" if slug else "site"
    club = await known_club(slug) if slug else None
    model = app.plugin_settings.model(name, "club" if slug else "site")
    if model is None:
        raise NotFound(gettext("%(plugin)s has no settings here.", plugin=f"{name[:40]} ({scope})"))
    wanted = dict(_pair(change) for change in changes)
    if club is None:
        await change_site_settings(model, wanted, actor=None)
        _print(await site_settings(model), ())
        return
    await change_club_settings(club, model, wanted, actor=None)
    _print(await club_settings(club, model), tuple(await fixes_of(model)))


def _pair(change: str) -> tuple[str, str]:
    name, sign, value = change.partition("=")
    if not sign:
        raise Invalid(gettext("Write %(change)s as field=value.", change=change[:60]))
    return name, value


def _print(now: PluginSettings, fixed: tuple[str, ...]) -> None:
    for name, field in fields_of(type(now)).items():
        value = field.typed(getattr(now, name)).replace("\n", ", ")
        typer.echo("\t".join((name, value, *(["fixed by the operator"] if name in fixed else []))))
