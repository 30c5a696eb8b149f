"""What will be erased in clubs and what was, for operators; and asking for it in the place of an owner."""

from __future__ import annotations

from starlette.responses import Response

from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import EraseInput
from spaces.queries.console import get_any_club
from spaces.queries.erasing import Kept, list_done, list_waiting, load_erasing
from spaces.services.erasing import ask_erasure, running_plugin, withdraw_erasure
from spaces.views.admin.pages import console
from spaces.views.erasing import asked, withdrawn


async def index(request: Request) -> Response:
    """What waits, and the reports of what was done."""
    waiting, done = await list_waiting(), await list_done()
    return await console(
        request,
        "erasures.html",
        "admin.plugins",
        waiting=waiting,
        done=[(one, Kept.of(one.report)) for one in done],
        titles={one.plugin: _title(request, one.plugin) for one in (*waiting, *done)},
    )


async def edit(request: Request) -> Response:
    """What a plugin keeps in a club, and the form that has it erased."""
    return await _page(request, Form[EraseInput]())


async def create(request: Request) -> Response:
    """Ask for it, when the club's name was typed. What is written in a club is not for operators: they take no export."""
    club = await get_any_club(request.path_params["slug"])
    plugin = running_plugin(request.path_params["plugin"]).name
    form = await read_form(request, EraseInput)
    if not form.is_valid:
        return await _page(request, form, 422)
    try:
        erasure = await ask_erasure(
            club, plugin, name=form.data.name, without_export=form.data.without_export, actor=request.viewer
        )
    except Invalid as error:
        form.refuse(error)
        return await _page(request, form, 422)
    request.flash(asked(_title(request, plugin), erasure), "info")
    return request.redirect("spaces:admin.erasures")


async def delete(request: Request) -> Response:
    """Take it back."""
    club = await get_any_club(request.path_params["slug"])
    plugin = request.path_params["plugin"]
    await withdraw_erasure(club, plugin, actor=request.viewer)
    request.flash(withdrawn(_title(request, plugin)))
    return request.redirect("spaces:admin.erasures")


async def _page(request: Request, form: Form[EraseInput], status: int = 200) -> Response:
    club = await get_any_club(request.path_params["slug"])
    loaded = running_plugin(request.path_params["plugin"])
    return await console(
        request,
        "erase.html",
        "admin.clubs",
        status,
        one=club,
        plugin=loaded.name,
        plugin_name=gettext(loaded.part.title),
        erasing=await load_erasing(club, loaded.name),
        erase_form=form,
        erase_days=request.app.settings.erase_after_days,
    )


def _title(request: Request, plugin: str) -> str:
    return request.plugin_title(plugin) or plugin
