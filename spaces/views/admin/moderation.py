"""Reports that have waited for long in any club, for operators; who decides in the place of its moderators says why."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints
from starlette.responses import Response

from core.errors import NotFound
from core.forms import Input, Line, Text, read_form
from core.http import Request
from core.i18n import gettext
from spaces.models import Case
from spaces.queries.cases import list_stale
from spaces.services.cases import answer_appeal, decide_case
from spaces.views.admin.pages import console
from spaces.views.moderation import state_labels
from spaces.views.reports import reason_options


class StaleInput(Input):
    """What an operator decides about a report, or an objection."""

    outcome: Literal["keep", "hide", "restore", "uphold"]
    reason: Annotated[Line, StringConstraints(max_length=20)] = "other"
    words: Annotated[Text, StringConstraints(max_length=1000)] = ""


async def index(request: Request) -> Response:
    """What waits in all clubs for longer than a week."""
    return await console(
        request,
        "moderation.html",
        "admin.moderation",
        cases=await list_stale(),
        states=state_labels(),
        reasons=reason_options(),
        reason_labels=dict(reason_options()),
    )


async def update(request: Request) -> Response:
    """Decide in the place of a club's moderators."""
    case = await Case.get_or_none(id=request.path_params["case"], club__deleted_at=None).select_related("club")
    if case is None:
        raise NotFound()
    data, viewer = (await read_form(request, StaleInput)).data, request.viewer
    if data.outcome in ("keep", "hide"):
        await decide_case(case.club, case.id, data.outcome, data.reason, data.words, actor=viewer)
    else:
        await answer_appeal(case.club, case.id, data.outcome == "restore", data.words, actor=viewer)
    request.flash(gettext("It is decided. Everybody whom it concerns is told."))
    return request.redirect("spaces:admin.moderation")
