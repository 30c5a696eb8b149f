"""Changing several members at once: a page that says what would happen to whom, and doing it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from core.errors import CercleError, Forbidden, Invalid
from core.forms import Input, Line, read_form
from core.http import Request
from core.i18n import gettext, ngettext
from spaces.queries.roles import labels_in
from spaces.services.bulk import AT_ONCE, Change, Outcome, change_members, look_ahead
from spaces.views.membership_ends import end_of

Act = Annotated[Line, Field(max_length=40)]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
NAMED = 3  # members whose names the messages give; five messages fit


class BulkInput(Input):
    """Several members, and what is to happen to them.

    Args:
        act: `remove`, `end`, `endless`, or `role` with the role's name.
        until: the last day, for `end`.
        member: the members' numbers.
    """

    act: Act = ""
    until: date | None = None
    member: list[Number] = Field(default=[], max_length=AT_ONCE)

    def change(self, request: Request) -> Change:
        """What was chosen; a last day ends where the viewer is.

        Raises:
            Invalid: when it is nothing that can be done, or nobody was ticked.
        """
        if not self.member:
            raise Invalid(gettext("Tick the people first."))
        word, _, role = self.act.partition(" ")
        if word == "role" and role:
            return Change("role", role)
        if self.act == "end" and self.until is None:
            raise Invalid(gettext("Choose the last day of their membership."))
        if self.act == "end":
            return Change("end", until=end_of(self.until, request))
        if self.act == "endless":
            return Change("end")
        if self.act == "remove":
            return Change("remove")
        raise Invalid(gettext("Choose what is to happen to them."))


async def preview(request: Request) -> Response:
    """What would happen to whom, and who stays as they are and why; nothing is changed."""
    try:
        asked = (await read_form(request, BulkInput)).data
        change = asked.change(request)
        outlook = await look_ahead(request.club, asked.member, change, actor=request.viewer)
    except (Invalid, Forbidden) as error:
        return _back(request, error)
    labels = await labels_in(request.club)
    return await request.page(
        "spaces/people/bulk.html",
        change=change,
        asked=asked,
        outlook=outlook,
        labels=labels,
        role=labels[change.role],
    )


async def create(request: Request) -> Response:
    """Do it, member by member."""
    try:
        asked = (await read_form(request, BulkInput)).data
        change = asked.change(request)
        outcome = await change_members(request.club, asked.member, change, actor=request.viewer)
    except (Invalid, Forbidden) as error:
        return _back(request, error)
    _tell(request, change, outcome)
    return request.redirect("spaces:people")


def _back(request: Request, error: CercleError) -> Response:
    said = [text for texts in getattr(error, "errors", {}).values() for text in texts] or [error.message]
    request.flash(said[0], "error")
    return request.redirect("spaces:people")


def _tell(request: Request, change: Change, outcome: Outcome) -> None:
    if outcome.done and change.kind == "role":
        request.flash(
            ngettext("%(num)s member has another role now.", "%(num)s members have another role now.", outcome.done)
        )
    elif outcome.done and change.kind == "end":
        request.flash(
            ngettext("The end of %(num)s membership is set.", "The end of %(num)s memberships is set.", outcome.done)
        )
    elif outcome.done:
        request.flash(
            ngettext(
                "%(num)s person does not belong to the club any more.",
                "%(num)s people do not belong to the club any more.",
                outcome.done,
            )
        )
    for name, why in outcome.refused[:NAMED]:
        request.flash(gettext("%(name)s stays as before: %(why)s", name=name, why=why), "error")
    if (rest := len(outcome.refused) - NAMED + outcome.gone) > 0:
        request.flash(ngettext("%(num)s more was not changed.", "%(num)s more were not changed.", rest), "error")
