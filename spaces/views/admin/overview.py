"""The first page of the console: the site in numbers and what wants attention; and the settings for all clubs."""

from __future__ import annotations

import platform

from starlette.responses import Response

from core.forms import read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import SiteSettingsInput
from spaces.queries.clubs import load_site_settings
from spaces.queries.console import load_overview
from spaces.services import save_site_settings
from spaces.views.admin.pages import console


async def show(request: Request) -> Response:
    """Numbers, what wants attention, settings."""
    failed = [loaded for loaded in request.app.parts.all() if loaded.failure]
    return await console(
        request,
        "overview.html",
        "admin",
        overview=await load_overview(),
        failed=failed,
        site=await load_site_settings(),
        version=request.app.version,
        python=platform.python_version(),
        database="SQLite" if request.app.settings.is_sqlite else "PostgreSQL",
    )


async def update(request: Request) -> Response:
    """Save who founds clubs."""
    form = await read_form(request, SiteSettingsInput)
    settings = await load_site_settings()
    changed = settings.model_copy(update={"members_create_clubs": form.data.members_create_clubs})
    await save_site_settings(changed, actor=request.viewer)
    request.flash(gettext("Saved."))
    return request.redirect("spaces:admin")
