"""Erasing what a plugin keeps in a club, by its owners: the export before, asking, taking it back; and the banner meanwhile."""

from __future__ import annotations

import json
from datetime import datetime

from starlette.responses import Response

from core.accounts.sessions import moment
from core.errors import Forbidden, Invalid, NotFound
from core.forms import read_form
from core.http import Request
from core.i18n import gettext, short_date
from core.navigation import Banner, Link
from core.permissions import base_of, can
from core.storage import BlobResponse
from spaces.forms import EraseInput
from spaces.models import Erasure
from spaces.permissions import ARCHIVE, CONFIGURE
from spaces.queries.erasing import export_of
from spaces.services.erasing import ask_erasure, running_plugin, withdraw_erasure
from spaces.services.exports import request_export
from spaces.views.ownership import orphan_banner
from spaces.views.plugins import show_plugin


async def create(request: Request) -> Response:
    """Ask for it, when the club's name was typed."""
    plugin = plugin_of(request)
    form = await read_form(request, EraseInput)
    if form.is_valid:
        try:
            erasure = await ask_erasure(
                request.club,
                plugin,
                name=form.data.name,
                without_export=form.data.without_export,
                actor=request.viewer,
            )
            request.flash(asked(request.plugin_title(plugin), erasure), "info")
            return request.redirect("spaces:plugin", plugin=plugin)
        except Invalid as error:
            form.refuse(error)
    return await show_plugin(request, 422, erase_form=form)


async def delete(request: Request) -> Response:
    """Take it back. Owners may in an archived club too, since that one is not changed otherwise."""
    if not may_withdraw(request):
        raise Forbidden(gettext("Only the owners of the club do this."))
    plugin = plugin_of(request)
    await withdraw_erasure(request.club, plugin, actor=request.viewer)
    request.flash(withdrawn(request.plugin_title(plugin)))
    return request.redirect("spaces:club" if request.club.is_archived else "spaces:plugins")


async def create_export(request: Request) -> Response:
    """Wish for an export; a job makes it."""
    plugin = plugin_of(request)
    await request_export(request.club, plugin, actor=request.viewer)
    request.flash(gettext("The export is being made. Look here again in a while."), "info")
    return request.redirect("spaces:plugin", plugin=plugin)


async def show_export(request: Request) -> Response:
    """The archive."""
    plugin = request.path_params["plugin"]
    found = await export_of(request.club.id, plugin)
    if found is None or not found.export_hash:
        raise NotFound()
    return BlobResponse(
        request.app.storage,
        found.export_hash,
        size=found.export_size,
        filename=f"{request.club.slug}-{plugin}.zip",
        content_type="application/zip",
        cache_control="private, no-store",
    )


def club_banners(request: Request) -> tuple[Banner, ...]:
    """That the club and another one become one; or that nobody owns it, for those who may take it over, and what waits to be
    erased, for its owners and moderators.

    All from what the gate has read already.
    """
    access = request.access
    if access is None:
        return ()
    if access.is_merging:
        return (Banner(access.grant.frozen_because or ""),)
    return (*orphan_banner(request), *_erasure_banners(request))


def may_withdraw(request: Request) -> bool:
    """Whether the viewer decides about the club, or, where it is archived, about bringing it back."""
    return can(request.viewer, ARCHIVE if request.club.is_archived else CONFIGURE, request.club)


def plugin_of(request: Request) -> str:
    """The plugin in the address.

    Raises:
        NotFound: when none of that name runs here.
    """
    return running_plugin(request.path_params["plugin"]).name


def asked(title: str, erasure: Erasure) -> str:
    """What is said when somebody has asked."""
    day = short_date(erasure.due_at)
    return gettext(
        "What %(plugin)s keeps here will be erased on %(day)s, unless you take it back.", plugin=title, day=day
    )


def withdrawn(title: str) -> str:
    """What is said when it was taken back."""
    return gettext("Nothing will be erased. What is in %(plugin)s stays.", plugin=title)


def _erasure_banners(request: Request) -> tuple[Banner, ...]:
    access = request.access
    if base_of(access.role) not in ("owner", "moderator") or access.erasures in ("", "[]"):
        return ()
    waiting = [(plugin, moment(due), asker, begun) for plugin, due, asker, begun in json.loads(access.erasures)]
    here = request.scope["path"]
    return tuple(
        _banner(request, *one)
        for one in waiting
        if here != request.app.urls.path("spaces:plugin", club=request.club.slug, plugin=one[0])
    )


def _banner(request: Request, plugin: str, due: datetime | None, asker: str, begun: object) -> Banner:
    title = request.plugin_title(plugin) or plugin
    more = act = None
    if can(request.viewer, CONFIGURE, request.club):
        more = Link(gettext("Look at it"), request.path("spaces:plugin", plugin=plugin))
    if begun:
        return Banner(gettext("What %(plugin)s kept in this club is being erased.", plugin=title), more)
    if may_withdraw(request):
        act = Link(gettext("Take it back"), request.path("spaces:erasure.delete", plugin=plugin), "undo-2")
    words = {"plugin": title, "day": short_date(due) if due else "", "name": asker or gettext("The operator")}
    text = gettext("What %(plugin)s keeps in this club will be erased on %(day)s. %(name)s asked for it.", **words)
    return Banner(text, more, act)
