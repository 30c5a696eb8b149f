"""What is installed, what failed and why, and which clubs may use what."""

from __future__ import annotations

from typing import Annotated

from starlette.responses import Response

from core.errors import Invalid
from core.forms import Form, Line, StringConstraints, read_form
from core.http import Request
from core.i18n import gettext
from core.loading.installed import gone_parts
from core.verdicts import verdict_summary
from spaces.decisions import REASON_LENGTH, Ruling
from spaces.forms import ChoicesInput
from spaces.queries.clubs import load_site_settings
from spaces.queries.console import policies
from spaces.switches import set_policies
from spaces.views.admin.pages import console
from spaces.views.choices import kind_options

NONE = "-"


class PoliciesInput(ChoicesInput):
    """Policies that were chosen, with the reason for all that were changed.

    Args:
        reason: for the owners of the clubs.
    """

    reason: Annotated[Line, StringConstraints(max_length=REASON_LENGTH)] = ""


async def index(request: Request) -> Response:
    """Every part, and the policy of each plugin for each kind of club."""
    return await _page(request, Form[PoliciesInput]())


async def update(request: Request) -> Response:
    """Set the policies that were changed, each for a kind of club or, with `-`, for all; the policy `-` takes it back."""
    form = await read_form(request, PoliciesInput)
    if form.is_valid:
        try:
            changes = form.data.changes(3)
            rulings = [Ruling(plugin, policy_of(policy), kind.strip(NONE)) for kind, plugin, policy in changes]
            await set_policies(rulings, reason=form.data.reason, actor=request.viewer)
            request.flash(gettext("Saved. It holds from now on."))
            return request.redirect("spaces:admin.plugins")
        except Invalid as error:
            form.refuse(error)
    return await _page(request, form, 422)


def policy_of(word: str) -> str | None:
    """The policy that a choice stands for, None for the wider rule."""
    return None if word == NONE else word


def picked(form: Form[PoliciesInput]) -> dict[str, str]:
    """What somebody chose in each cell, when the page comes back; by the words before the choice."""
    cells: list[str] = form.values.get("chosen", [])
    return {cell.rpartition(" ")[0]: cell.rpartition(" ")[2] for cell in cells}


def policy_labels() -> dict[str, str]:
    """The policies in the reader's words, short enough for a choice."""
    return {
        "unavailable": gettext("Not available"),
        "available": gettext("Available"),
        "on_by_default": gettext("On by default"),
        "required": gettext("Always on"),
    }


async def _page(request: Request, form: Form[PoliciesInput], status: int = 200) -> Response:
    parts = request.app.parts.all()
    return await console(
        request,
        "plugins.html",
        "admin.plugins",
        status,
        form=form,
        picked=picked(form),
        plugins=request.app.parts.plugins,
        verdict_of=verdict_summary,
        always_on=[loaded for loaded in parts if loaded.part.scope == "site" and not loaded.failure],
        failed=[loaded for loaded in parts if loaded.failure],
        set_policies=await policies(),
        policies=policy_labels(),
        kinds=kind_options(await load_site_settings()),
        orphans=await gone_parts(request.app),
    )
