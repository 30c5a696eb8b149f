"""Inviting a whole list of people to a club: paste or upload it, look at what is known of each address, send."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from core.errors import Invalid
from core.forms import Form, Input, Text, check, read_form
from core.http import Request
from core.i18n import gettext, ngettext
from spaces.forms import Landing, MemberDays, Note, Role
from spaces.queries.plans import is_full
from spaces.queries.roles import labels_in
from spaces.services.invitation_lists import AT_ONCE, invite_list, known_invitees
from spaces.services.invitation_mail import checked_landing
from spaces.services.invitation_rows import require_days
from spaces.services.inviting import NEW
from spaces.services.people_lists import MOST_BYTES, as_lines, read_list
from spaces.views.choices import role_options
from spaces.views.uploaded_lists import list_form, list_texts

FIELDS = ("people", "role", "note", "landing", "member_days")


class ListInvitationInput(Input):
    """Invitations to many addresses: lines that `spaces.services.people_lists` reads, and what all are invited to."""

    people: Annotated[Text, Field(max_length=MOST_BYTES)] = ""
    role: Role = "member"
    note: Note = ""
    landing: Landing = ""
    member_days: MemberDays = None


async def new(request: Request) -> Response:
    """The form."""
    return await _ask(request, Form[ListInvitationInput]({"role": "member"}))


async def preview(request: Request) -> Response:
    """Who of the list gets a letter, who does not and why; nothing is sent."""
    texts, wrong = await list_texts(await list_form(request), FIELDS)
    form = check(ListInvitationInput, texts)
    if wrong is not None:
        form.refuse(wrong)
    if form.is_valid:
        try:
            return await _show(request, form.data)
        except Invalid as error:
            form.refuse(error)
    return await _ask(request, form, 422)


async def create(request: Request) -> Response:
    """Send; where the list is long, a part of it, and the rest with the next click."""
    form = await read_form(request, ListInvitationInput)
    if not form.is_valid:
        return await _ask(request, form, 422)
    given = form.data
    try:
        people = read_list(given.people)
        sent = await invite_list(
            request.club, people, given.role, given.note, given.landing, given.member_days, actor=request.viewer
        )
    except Invalid as error:
        form.refuse(error)
        return await _ask(request, form, 422)
    request.flash(ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", sent))
    if sent and any(one.state == NEW for one in await known_invitees(request.club, people)):
        return await _show(request, given)
    return request.redirect("spaces:invitations")


async def _show(request: Request, given: ListInvitationInput) -> Response:
    checked_landing(request.club, given.landing)
    require_days(given.member_days, given.role)
    guests = await known_invitees(request.club, read_list(given.people))
    return await request.page(
        "spaces/invitations/list_preview.html",
        given=given,
        guests=guests,
        waiting=sum(one.state == NEW for one in guests),
        people=as_lines([one.listed for one in guests if not one.listed.problem]),
        role=(await labels_in(request.club))[given.role],
        at_once=AT_ONCE,
        full=await is_full(request.club),
    )


async def _ask(request: Request, form: Form[ListInvitationInput], status: int = 200) -> Response:
    labels = await labels_in(request.club)
    return await request.page(
        "spaces/invitations/list.html",
        status,
        form=form,
        roles=[(value, label) for value, label, _hint in role_options(request.access.role, labels)],
        full=await is_full(request.club),
        title=gettext("Invite a whole list"),
    )
