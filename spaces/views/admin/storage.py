"""What is stored: the disk, the largest clubs, what plugins hold, what nobody needs."""

from __future__ import annotations

from starlette.responses import Response

from core.http import Request
from core.i18n import gettext
from spaces.queries.storage import largest_clubs, load_disk, load_stored, stored_by_plugins
from spaces.views.admin.pages import console


async def show(request: Request) -> Response:
    """The page; what plugins hold is counted when somebody asks for it, because that reads every file's row."""
    quota, is_counted = request.app.settings.club_quota, request.query_params.get("count") == "plugins"
    plugins = tuple(request.app.parts.plugins)
    counted = await stored_by_plugins(plugins) if is_counted else []
    titles = {loaded.name: gettext(loaded.part.title) for loaded in plugins}
    return await console(
        request,
        "storage.html",
        "admin.machine",
        stored=await load_stored(),
        disk=await load_disk(),
        clubs=[(one, one.quota if one.quota is not None else quota) for one in await largest_clubs()],
        is_counted=is_counted,
        held=[(titles[one.plugin], one) for one in counted],
        place="S3" if request.app.settings.storage_url.startswith("s3") else "",
    )
