"""What is installed, what failed and why, and which clubs may use what."""

from __future__ import annotations

from starlette.responses import Response

from core.forms import read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import ChoicesInput
from spaces.queries.clubs import load_site_settings
from spaces.queries.console import policies
from spaces.switches import set_policy
from spaces.views.admin.pages import console
from spaces.views.choices import kind_options

NONE = "-"


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
    """Set the policies that were changed, each for a kind of club or, with `-`, for all; the policy `-` takes it back."""
    sent = (await read_form(request, ChoicesInput)).data
    for kind, plugin, policy in sent.changes(3):
        await set_policy(plugin, policy_of(policy), kind=kind.strip(NONE), actor=request.viewer)
    request.flash(gettext("Saved. It holds from now on."))
    return request.redirect("spaces:admin.plugins")


def policy_of(word: str) -> str | None:
    """The policy that a choice stands for, None for the wider rule."""
    return None if word == NONE else word


def policy_labels() -> dict[str, str]:
    """The policies in the reader's words, short enough for a choice."""
    return {
        "unavailable": gettext("Not available"),
        "available": gettext("Available"),
        "on_by_default": gettext("On by default"),
        "required": gettext("Always on"),
    }
