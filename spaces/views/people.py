"""The members of a club: who they are, their roles, removing one."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from core.accounts.models import User
from core.accounts.shown import profile_of
from core.errors import NotFound
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext
from core.navigation import Link
from core.permissions import can
from core.render import PRIVATE
from spaces.access import rank
from spaces.forms import RoleInput, SlipInput
from spaces.permissions import MANAGE_MEMBERS
from spaces.queries.people import get_member, suggest_people
from spaces.queries.roles import labels_in
from spaces.services import Banned, ClubFull, change_role, hand_in, remove_member, slip_for
from spaces.views.choices import role_options


async def suggestions(request: Request) -> Response:
    """Members whose names begin as typed after an `@`, as `[{"label": name, "value": handle}]`."""
    found = await suggest_people(request.club, request.query_params.get("q", "")[:100])
    people = [{"label": user.name, "value": user.handle} for user in found]
    return JSONResponse(people, headers={"Cache-Control": PRIVATE})


async def show(request: Request) -> Response:
    """One member: name, photo, role, since when, and what plugins know of them."""
    member = await get_member(request.club, request.path_params["user"])
    return await request.page(
        "spaces/people/show.html",
        member=member,
        person=profile_of(member.user),
        labels=await labels_in(request.club),
        links=await person_links(request, member.user),
        may_manage=can(request.viewer, MANAGE_MEMBERS, request.club),
    )


async def edit(request: Request) -> Response:
    """One member's role, with the way to remove them."""
    member, labels = await get_member(request.club, request.path_params["user"]), await labels_in(request.club)
    return await request.page(
        "spaces/people/edit.html",
        member=member,
        form=Form[RoleInput]({"role": member.role}),
        roles=role_options(request.access.role, labels),
        labels=labels,
        in_reach=rank(member.role) <= rank(request.access.role),
    )


async def update(request: Request) -> Response:
    """Give a member another role."""
    member = await get_member(request.club, request.path_params["user"])
    form = await read_form(request, RoleInput)
    await change_role(request.club, member.user, form.data.role, actor=request.viewer)
    label = (await labels_in(request.club))[form.data.role]
    request.flash(
        gettext("%(name)s has the role “%(role)s” now.", name=member.user.name, role=label),
        undo=request.path("spaces:person.update", user=member.user.handle),
        fields={"role": member.role},
    )
    return request.redirect("spaces:people")


async def delete(request: Request) -> Response:
    """Remove a member."""
    member = await get_member(request.club, request.path_params["user"])
    slip = slip_for(member, actor=request.viewer)
    await remove_member(request.club, member.user, actor=request.viewer)
    request.flash(
        gettext("%(name)s does not belong to the club any more.", name=member.user.name),
        undo=request.path("spaces:membership.return"),
        fields={"slip": slip},
    )
    return request.redirect("spaces:people")


async def bring_back(request: Request) -> Response:
    """Take the removal of a member, or one's own leaving, back."""
    form = await read_form(request, SlipInput)
    try:
        club, user = await hand_in(form.data.slip, actor=request.viewer)
    except (Banned, ClubFull) as error:
        request.flash(error.message, "error")
        return request.redirect("spaces:home")
    if user.id == request.viewer.id:
        request.flash(gettext("You are back in %(club)s.", club=club.name))
        return request.redirect("spaces:club", club=club.slug)
    request.flash(gettext("%(name)s belongs to the club again.", name=user.name))
    return request.redirect("spaces:people", club=club.slug)


async def person_links(request: Request, user: User) -> list[Link]:
    """Where the plugins that this viewer may read here say more about a member."""
    allowed = request.access.grant.allowed
    answers = await request.app.hooks.collect(
        "person_links",
        plugins=frozenset(name for name in request.access.active if f"{name}.view" in allowed),
        club_id=request.club.id,
        club=request.club,
        user=user,
    )
    return [link for answer in answers for link in answer.value]


def number_of(request: Request, name: str) -> int:
    """A number in the path.

    Raises:
        NotFound: when it is none, or larger than any row's.
    """
    text = str(request.path_params[name])
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise NotFound()
    return int(text)
