"""What is installed, what failed and why, and which clubs may use what."""

from __future__ import annotations

from starlette.responses import Response

from core.forms import read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import PolicyInput
from spaces.queries.clubs import load_site_settings
from spaces.queries.console import policies
from spaces.switches import set_policy
from spaces.views.admin.pages import console
from spaces.views.choices import kind_options


async def index(request: Request) -> Response:
    """Every part, and the policy of each plugin for each kind of club."""
    parts = request.app.parts.all()
    return await console(
        request,
        "plugins.html",
        "admin.plugins",
        plugins=request.app.parts.plugins,
        always_on=[loaded for loaded in parts if loaded.part.scope == "site" and not loaded.failure],
        failed=[loaded for loaded in parts if loaded.failure],
        set_policies=await policies(),
        policies=policy_labels(),
        kinds=kind_options(await load_site_settings()),
    )


async def update(request: Request) -> Response:
    """Set a policy for a kind of club, or for all."""
    sent = (await read_form(request, PolicyInput)).data
    await set_policy(sent.plugin, sent.policy or None, kind=sent.kind, actor=request.viewer)
    request.flash(gettext("The policy is saved. It holds from now on."))
    return request.redirect("spaces:admin.plugins")


def policy_labels() -> dict[str, str]:
    """The policies in the reader's words."""
    return {
        "unavailable": gettext("Not available"),
        "available": gettext("Available, off at first"),
        "on_by_default": gettext("On unless the club turns it off"),
        "required": gettext("Always on"),
    }
