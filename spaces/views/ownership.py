"""Who owns a club when no owner is left: naming a successor, agreeing to it, taking over a club that has none."""

from __future__ import annotations

from typing import Annotated

from starlette.responses import Response

from core.accounts.models import User
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.forms import Form, Input, Line, StringConstraints, read_form
from core.http import Request
from core.i18n import gettext
from core.navigation import Banner, Link
from core.permissions import base_of
from spaces.queries.console import get_any_club
from spaces.queries.people import get_member, people_to_name
from spaces.services.orphans import may_take_over, name_owner, take_over
from spaces.services.succession import agree, decline, name_successor, ready_successor


class SuccessorInput(Input):
    """The handle of a member, or that there is to be nobody."""

    handle: Annotated[Line, StringConstraints(max_length=41)] = ""
    nobody: bool = False


class OwnerInput(Input):
    """Who is to own a club: a handle or an address."""

    person: Annotated[Line, StringConstraints(min_length=1, max_length=254)]


async def edit(request: Request) -> Response:
    """Who is named, and a form for somebody else."""
    asked = request.query_params.get("handle", "")[:41]
    return await _page(request, Form[SuccessorInput]({"handle": asked}) if asked else Form[SuccessorInput]())


async def update(request: Request) -> Response:
    """Name a successor, or nobody."""
    form = await read_form(request, SuccessorInput)
    if not form.is_valid:
        return await _page(request, form, 422)
    handle = form.data.handle.lstrip("@")
    if not handle and not form.data.nobody:
        form.refuse(Invalid(gettext("Please fill this in."), field="handle"))
        return await _page(request, form, 422)
    try:
        user = (await get_member(request.club, handle)).user if handle else None
        await name_successor(request.club, user, actor=request.viewer)
    except (Conflict, Forbidden, NotFound) as error:
        form.refuse(Invalid(error.message, field="handle"))
        return await _page(request, form, 422)
    request.flash(_said(user))
    return request.redirect("spaces:successor")


async def show(request: Request) -> Response:
    """What is asked of a successor, with a button for yes and one for no."""
    if request.club.successor_id is None or request.club.successor_id != request.viewer.id:
        raise Conflict(gettext("Nobody asks you to run this club."))
    return await request.page("spaces/ownership/succession.html", agreed=request.club.successor_agreed_at is not None)


async def create(request: Request) -> Response:
    """Agree to become the owner when no other is left."""
    await agree(request.club, actor=request.viewer)
    request.flash(gettext("Thank you. You become the owner of %(club)s when no other is left.", club=request.club.name))
    return request.redirect("spaces:succession")


async def delete(request: Request) -> Response:
    """Say no."""
    await decline(request.club, actor=request.viewer)
    request.flash(gettext("The owners of %(club)s are told that you will not.", club=request.club.name))
    return request.redirect("spaces:club")


async def offer(request: Request) -> Response:
    """A club without an owner, offered to whoever may take it over."""
    if not await may_take_over(request.club, request.access.role):
        raise Conflict(gettext("The club has an owner, or for now only its moderators can take it over."))
    return await request.page("spaces/ownership/take_over.html")


async def take(request: Request) -> Response:
    """Take it over; of two at once the first does."""
    try:
        await take_over(request.club, actor=request.viewer)
        request.flash(gettext("You are the owner of %(club)s now.", club=request.club.name))
    except (Conflict, Forbidden) as error:
        request.flash(error.message, "error")
    return request.redirect("spaces:club")


def orphan_banner(request: Request) -> tuple[Banner, ...]:
    """That nobody owns the club any more, for those who may take it over, with the way to do it; from what the gate has read."""
    access = request.access
    may = {"moderators": ("moderator",), "members": ("moderator", "member")}.get(access.orphan, ())
    if base_of(access.role) not in may or request.seen_as is not None:
        return ()
    path = request.path("spaces:take_over")
    if request.scope["path"] == path:
        return ()
    return (Banner(gettext("Nobody runs this club any more."), Link(gettext("Take it over"), path)),)


async def give(request: Request) -> Response:
    """An operator names the owner of a club."""
    club = await get_any_club(request.path_params["slug"])
    form = await read_form(request, OwnerInput)
    person = form.data.person.lstrip("@") if form.is_valid else ""
    found = (
        User.filter(is_active=True, email=person.lower())
        if "@" in person
        else User.filter(is_active=True, handle=person)
    )
    user = await found.first() if person else None
    if user is None:
        request.flash(gettext("There is no open account with this handle or address."), "error")
        return request.redirect("spaces:admin.club", slug=club.slug)
    try:
        await name_owner(club, user, actor=request.viewer)
        request.flash(gettext("%(name)s owns the club now.", name=user.name))
    except Conflict as error:
        request.flash(error.message, "error")
    return request.redirect("spaces:admin.club", slug=club.slug)


async def _page(request: Request, form: Form[SuccessorInput], status: int = 200) -> Response:
    number = request.club.successor_id
    return await request.page(
        "spaces/ownership/successor.html",
        status,
        form=form,
        named=await User.get_or_none(id=number) if number is not None else None,
        agreed=request.club.successor_agreed_at,
        is_ready=await ready_successor(request.club.id) is not None,
        people=await people_to_name(request.club),
    )


def _said(user: User | None) -> str:
    if user is None:
        return gettext("Nobody is named any more.")
    return gettext("%(name)s is asked by mail whether they agree.", name=user.name)
