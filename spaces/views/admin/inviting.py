"""Inviting many people at once: paste or upload a list, look at what is known of each address, send."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from core.accounts.views.entry import in_browser
from core.errors import Invalid
from core.forms import Form, Input, Line, Text, check, read_form
from core.http import Request
from core.i18n import LANGUAGES, gettext, ngettext
from spaces.access import ROLE_LABELS
from spaces.queries.console import list_all_clubs
from spaces.services.inviting import ROLES, Offer, known_guests, send_invites, waiting
from spaces.services.people_lists import MOST_BYTES, as_lines, read_list
from spaces.views.admin.pages import console
from spaces.views.uploaded_lists import list_form, list_texts

CLUBS_SHOWN = 100


class InviteInput(Input):
    """A list of people, and what they are invited to."""

    people: Annotated[Text, Field(max_length=MOST_BYTES)] = ""
    clubs: list[Annotated[Line, Field(max_length=60)]] = Field(default=[], max_length=50)
    role: Literal["member", "guest", "moderator"] = "member"
    note: Annotated[Text, Field(max_length=1000)] = ""
    locale: Annotated[str, Field(max_length=5)] = ""


async def new(request: Request) -> Response:
    """The form."""
    return await _ask(request, Form[InviteInput]({"role": "member"}))


async def preview(request: Request) -> Response:
    """Who of the list is new, who is known, and what is wrong; nothing is sent."""
    form = await _uploaded(request)
    if form.input is None:
        return await _ask(request, form, 422)
    try:
        return await _show(request, form, form.input)
    except Invalid as error:
        form.refuse(error)
        return await _ask(request, form, 422)


@in_browser
async def create(request: Request) -> Response:
    """Send; where the list is long, a part of it, and the rest with the next click."""
    form = await read_form(request, InviteInput)
    if form.input is None:
        return await _ask(request, form, 422)
    try:
        people, offer = read_list(form.input.people), _offer(form.input)
        sent = await send_invites(people, offer, actor=request.viewer)
    except Invalid as error:
        form.refuse(error)
        return await _ask(request, form, 422)
    request.flash(ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", sent))
    if waiting(await known_guests(people), Offer(()) if not offer.clubs else offer) and sent:
        return await _show(request, form, form.input)
    return request.redirect("spaces:admin.invitations")


async def _show(request: Request, form: Form[InviteInput], given: InviteInput) -> Response:
    people, offer = read_list(given.people), _offer(given)
    guests = await known_guests(people)
    return await console(
        request,
        "invite_preview.html",
        "admin.people",
        form=form,
        given=given,
        guests=guests,
        waiting=len(waiting(guests, offer)),
        people=as_lines([one.listed for one in guests if not one.listed.problem]),
        role=gettext(ROLE_LABELS[given.role]),
    )


async def _uploaded(request: Request) -> Form[InviteInput]:
    """The form of the page, with what a file holds behind what was pasted."""
    sent = await list_form(request)
    clubs = [one for one in sent.getlist("clubs") if isinstance(one, str) and one.strip()]
    texts, wrong = await list_texts(sent, ("people", "role", "note", "locale"))
    if wrong is not None:
        form = Form[InviteInput]({**texts, "clubs": clubs})
        form.refuse(wrong)
        return form
    return check(InviteInput, {**texts, "clubs": _words(clubs)})


def _words(texts: list[str]) -> list[str]:
    """Addresses of clubs, ticked one by one or typed with commas."""
    return [word.lower() for text in texts for word in text.replace(",", " ").split()]


def _offer(given: InviteInput) -> Offer:
    return Offer(tuple(given.clubs), given.role, given.note, given.locale)


async def _ask(request: Request, form: Form[InviteInput], status: int = 200) -> Response:
    found = [one for one in await list_all_clubs(limit=CLUBS_SHOWN) if not one.deleted_at and not one.archived_at]
    return await console(
        request,
        "invite.html",
        "admin.people",
        status,
        form=form,
        clubs=found if len(found) <= CLUBS_SHOWN else [],
        roles=[(role, gettext(ROLE_LABELS[role])) for role in ROLES],
        locales=[("", gettext("Mine")), *LANGUAGES.items()],
    )
