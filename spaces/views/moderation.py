"""Moderation in a club: what waits, deciding about it, what was decided, and objecting to it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import StringConstraints
from starlette.responses import Response

from core.errors import Invalid
from core.forms import Form, Input, Line, Text, read_form
from core.http import Request
from core.i18n import gettext
from core.permissions import can, require
from spaces.models import Case, Content
from spaces.permissions import MANAGE_MEMBERS, MODERATE
from spaces.queries.cases import (
    PAGE,
    get_case,
    list_decided,
    list_mine,
    list_trial,
    list_waiting,
    text_of,
)
from spaces.services.cases import answer_appeal, appeal_case, decide_case, may_answer
from spaces.views.admin.pages import before_of
from spaces.views.people import number_of
from spaces.views.reports import reason_options

Words = Annotated[Text, StringConstraints(max_length=1000)]


class DecisionInput(Input):
    """What a moderator decides about a report."""

    outcome: Literal["keep", "hide", "remove", "ban"]
    reason: Annotated[Line, StringConstraints(max_length=20)] = ""
    words: Words = ""


class AppealInput(Input):
    """Why a decision was wrong."""

    words: Words = ""


class AnswerInput(Input):
    """What is decided about an objection, or without one."""

    outcome: Literal["restore", "uphold"]
    words: Words = ""


async def index(request: Request) -> Response:
    """What waits, and below it what was decided."""
    before = before_of(request)
    decided = await list_decided(request.club, request.viewer, before=before)
    last = decided[PAGE - 1] if len(decided) > PAGE else None
    return await request.page(
        "spaces/moderation/index.html",
        waiting=[] if before else await list_waiting(request.club, request.viewer),
        trial=[] if before else await list_trial(request.club, request.viewer),
        decided=decided[:PAGE],
        older=request.path("spaces:moderation", before=last.id) if last else None,
        states=state_labels(),
        reasons=dict(reason_options()),
    )


async def mine(request: Request) -> Response:
    """What moderators decided about the viewer."""
    found = await list_mine(request.club, request.viewer)
    return await request.page("spaces/moderation/mine.html", cases=found, states=state_labels())


async def show(request: Request) -> Response:
    """One case, for moderators with what can be decided, for whom it is about with the way to object."""
    return await _page(request, await _case(request), Form[Input]())


async def update(request: Request) -> Response:
    """Decide about a report."""
    case, form = await _case(request), await read_form(request, DecisionInput)
    if form.is_valid:
        data = form.data
        if data.outcome in ("remove", "ban"):
            require(request.viewer, MANAGE_MEMBERS, request.club)
        try:
            await decide_case(request.club, case.id, data.outcome, data.reason, data.words, actor=request.viewer)
        except Invalid as error:
            form.refuse(error)
        else:
            request.flash(_done(case, data.outcome))
            return request.redirect("spaces:moderation")
    return await _page(request, case, form, 422)


async def appeal(request: Request) -> Response:
    """Object to a decision."""
    case, form = await _case(request), await read_form(request, AppealInput)
    if form.is_valid:
        try:
            await appeal_case(request.club, case.id, form.data.words, actor=request.viewer)
        except Invalid as error:
            form.refuse(error)
        else:
            request.flash(gettext("The moderators look at it once more. You get a mail."))
            return request.redirect("spaces:cases.show", case=case.id)
    return await _page(request, case, form, 422)


async def answer(request: Request) -> Response:
    """Decide about an objection, or bring something hidden back."""
    case, form = await _case(request), await read_form(request, AnswerInput)
    if form.is_valid:
        restore = form.data.outcome == "restore"
        try:
            await answer_appeal(request.club, case.id, restore, form.data.words, actor=request.viewer)
        except Invalid as error:
            form.refuse(error)
        else:
            back = gettext("It can be read again. Its author is told.")
            request.flash(back if restore else gettext("It stays hidden. Its author is told."))
            return request.redirect("spaces:moderation")
    return await _page(request, case, form, 422)


def state_labels() -> dict[str, str]:
    """The states of a case, translated; with `trial.` before them for what waited because its author is new."""
    labels = {
        "open": gettext("Waits for a decision"),
        "kept": gettext("Nothing was wrong"),
        "hidden": gettext("Hidden by a moderator"),
        "removed": gettext("Removed from the club"),
        "appealed": gettext("Objected to"),
        "restored": gettext("Back again"),
        "upheld": gettext("Stays hidden"),
    }
    own = {"trial.open": gettext("Waits for a moderator"), "trial.kept": gettext("Approved")}
    return {**labels, **{f"trial.{state}": label for state, label in labels.items()}, **own}


async def _case(request: Request) -> Case:
    return await get_case(request.club, number_of(request, "case"), request.viewer)


async def _page(request: Request, case: Case, form: Form[Any], status: int = 200) -> Response:
    viewer, is_own = request.viewer, case.person_id == request.viewer.id
    moderates = can(viewer, MODERATE, request.club) and not is_own
    return await request.page(
        "spaces/moderation/show.html",
        status,
        case=case,
        form=form,
        is_own=is_own,
        text=await _hidden_text(case),
        outcomes=_outcomes(request, case),
        may_decide=moderates and case.state == "open",
        may_answer=moderates and case.state == "appealed" and await may_answer(request.club, case, viewer),
        may_restore=moderates and case.state in ("hidden", "upheld"),
        may_appeal=is_own and case.state == "hidden" and case.appealed_at is None,
        moderates=moderates,
        states=state_labels(),
        reasons=reason_options(),
        reason_labels=dict(reason_options()),
    )


def _outcomes(request: Request, case: Case) -> list[tuple[str, str, str]]:
    """What the viewer can decide about a report, or about what waits, for the form."""
    if case.is_trial:
        out = gettext("Everybody in the club can read it from now on, as something new.")
        told = gettext("Nobody else sees it. Its author reads why, and may object once.")
        return [("keep", gettext("Approve it"), out), ("hide", gettext("Leave it hidden"), told)]
    keep = ("keep", gettext("Nothing is wrong with it"), gettext("Whoever reported it is told."))
    if case.plugin:
        said = gettext("Nobody finds it any more. Its author reads why, and may object once.")
        return [keep, ("hide", gettext("Hide it"), said)]
    if not can(request.viewer, MANAGE_MEMBERS, request.club):
        return [keep]
    gone = gettext("The person loses access at once, and reads why.")
    stays_out = gettext("The same, and no way leads back in until the ban is lifted.")
    return [keep, ("remove", gettext("Remove from the club"), gone), ("ban", gettext("Ban for good"), stays_out)]


async def _hidden_text(case: Case) -> str:
    """The words of an item that is hidden, as far as the catalogue has them; "" for one that can be read in its place."""
    hidden = Content.filter(plugin=case.plugin, kind=case.kind, object_id=case.object_id).exclude(hidden_at=None)
    found = await hidden.first() if case.plugin else None
    return text_of(found) if found else ""


def _done(case: Case, outcome: str) -> str:
    if case.is_trial:
        left = gettext("It stays hidden. Its author is told.")
        return gettext("Everybody in the club can read it now. Its author is told.") if outcome == "keep" else left
    if outcome == "keep":
        return gettext("It stays as it is. Whoever reported it is told.")
    if outcome == "hide":
        return gettext("It is hidden. Its author and whoever reported it are told.")
    return gettext("They do not belong to the club any more. They and whoever reported them are told.")
