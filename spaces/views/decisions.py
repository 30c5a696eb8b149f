"""A decision about what somebody wrote who does not belong to the club any more: what was decided, why, and objecting once."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from core.accounts.viewer import Viewer
from core.errors import Forbidden, Invalid
from core.forms import Form, Input, read_form
from core.http import Request
from core.i18n import gettext
from spaces.models import Case
from spaces.queries.cases import REASONS
from spaces.queries.merging_now import is_merging
from spaces.queries.own_cases import get_own_case, may_object
from spaces.refusals import frozen_because
from spaces.services.cases import appeal_case
from spaces.views.moderation import AppealInput, state_labels


async def show(request: Request) -> Response:
    """The decision; who belongs to the club reads it there."""
    case = await _case(request)
    if _belongs(request.viewer, case):
        return request.redirect("spaces:cases.show", club=case.club.slug, case=case.id)
    return await _page(request, case, Form[Input]())


async def appeal(request: Request) -> Response:
    """Object to it, once."""
    case, form = await _case(request), await read_form(request, AppealInput)
    if because := frozen_because(case.club, await is_merging(case.club_id)):
        raise Forbidden(because)
    if form.is_valid:
        try:
            await appeal_case(case.club, case.id, form.data.words, actor=request.viewer)
        except Invalid as error:
            form.refuse(error)
        else:
            request.flash(gettext("The moderators look at it once more. You get a mail."))
            return request.redirect("spaces:decision", case=case.id)
    return await _page(request, case, form, 422)


async def _case(request: Request) -> Case:
    return await get_own_case(int(request.path_params["case"]), request.viewer)


def _belongs(viewer: Viewer, case: Case) -> bool:
    """Members whom the club lets in with a second factor only are asked for it there."""
    return case.club_id in {club.id for club in (*viewer.clubs, *viewer.locked)}


async def _page(request: Request, case: Case, form: Form[Any], status: int = 200) -> Response:
    frozen = frozen_because(case.club, await is_merging(case.club_id))
    return await request.page(
        "spaces/moderation/decision.html",
        status,
        case=case,
        form=form,
        state=state_labels()["trial." + case.state if case.is_trial else case.state],
        reason=gettext(REASONS[case.reason]) if case.reason in REASONS else "",
        may_appeal=may_object(case) and not frozen,
        frozen=frozen if may_object(case) else None,
    )
