"""Reporting an item or a member to the moderators of a club."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints
from starlette.responses import Response

from core.errors import Invalid, NotFound
from core.forms import Form, Input, Line, Text, read_form
from core.http import Request, see_other
from core.i18n import gettext
from core.permissions import can
from spaces.permissions import VIEW_MEMBERS
from spaces.queries.cases import REASONS
from spaces.services.reports import Target, find_item, find_person, refuse_own, report

LONGEST = 60
NAMES = ("plugin", "kind", "item", "person")
"""What an address or form says about what is reported."""
Word = Annotated[Line, StringConstraints(max_length=LONGEST)]


class ReportInput(Input):
    """What is reported, and why: an item by plugin, kind and number, or a person by handle."""

    plugin: Word = ""
    kind: Word = ""
    item: Word = ""
    person: Word = ""
    reason: Word = ""
    words: Annotated[Text, StringConstraints(max_length=1000)] = ""


async def new(request: Request) -> Response:
    """The form; without a word about what is reported, what was decided about the viewer's own."""
    if not any(name in request.query_params for name in NAMES):
        return request.redirect("spaces:moderation.mine")
    asked = {name: request.query_params.get(name, "") for name in NAMES}
    target = await _target(request, asked)
    refuse_own(target, request.viewer)
    return await _page(request, target, Form[ReportInput](dict(asked)))


async def create(request: Request) -> Response:
    """Report it; who reported is told what came of it."""
    form = await read_form(request, ReportInput)
    target = await _target(request, form.values)
    if form.is_valid:
        try:
            await report(request.club, target, form.data.reason, form.data.words, actor=request.viewer)
        except Invalid as error:
            form.refuse(error)
        else:
            request.flash(gettext("Thank you. The moderators look at it and tell you what they decide."))
            return see_other(target.url)
    return await _page(request, target, form, 422)


async def _target(request: Request, asked: dict[str, str]) -> Target:
    """What is reported, if the viewer belongs to the club and sees it.

    Raises:
        NotFound: otherwise.
        Invalid: when nothing is named.
    """
    if not any(asked.get(name) for name in NAMES):
        raise Invalid(gettext("Please choose one of the listed values."), field="item")
    plugin, kind, number, person = (str(asked.get(name, "")) for name in NAMES)
    if not request.access.is_member or max(len(plugin), len(kind), len(number), len(person)) > LONGEST:
        raise NotFound()
    if person:
        if not can(request.viewer, VIEW_MEMBERS, request.club):
            raise NotFound()
        return await find_person(request.club, person)
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise NotFound()
    return await find_item(request.club, request.viewer, plugin, kind, int(number))


async def _page(request: Request, target: Target, form: Form[ReportInput], status: int = 200) -> Response:
    return await request.page(
        "spaces/moderation/report.html", status, target=target, form=form, reasons=reason_options()
    )


def reason_options() -> list[tuple[str, str]]:
    """The reasons to choose from, translated."""
    return [(name, gettext(label)) for name, label in REASONS.items()]
