"""Groups of a club: which there are, founding one, bringing a club below, and what holds in a group."""

from __future__ import annotations

from typing import Literal

from starlette.responses import Response

from core.errors import Conflict, Invalid, NotFound
from core.forms import Form, Input, read_form
from core.http import Request
from core.i18n import gettext
from core.navigation import Link
from core.permissions import can, require
from spaces.forms import JoinPolicy, Name, Purpose, Slug, Visibility
from spaces.models import Club
from spaces.permissions import CONFIGURE
from spaces.queries.club_groups import Followers, clubs_that_fit, count_followers, parent_link, parent_of
from spaces.queries.clubs import list_clubs
from spaces.services.club_groups import MOST_GROUPS, found_group, move_under, set_inheritance, take_out
from spaces.views.choices import visibility_options


class GroupInput(Input):
    """A new group of a club; its kind and colour are those of the club above, as is who sees it unless that is said."""

    name: Name
    purpose: Purpose = ""
    visibility: Visibility | None = None
    join_policy: JoinPolicy = "request"
    inherits: bool = False


class MoveInput(Input):
    """A club that becomes a group, by the word in its address."""

    club: Slug


class InheritanceInput(Input):
    """Whether a group has the members of the club above, and what they are there at most.

    Args:
        confirmed: whether the sender has read how many lose their access.
    """

    inherits: bool = False
    role: Literal["guest", "member", "moderator"] = "member"
    confirmed: bool = False


def club_trail(request: Request) -> Link | None:
    """The club above the one at hand; from what the gate has read already."""
    return parent_link(request.access.parent, request.viewer) if request.access is not None else None


async def index(request: Request) -> Response:
    """The groups that the viewer may know of."""
    if request.club.parent_id is not None:
        raise NotFound()
    decides = can(request.viewer, CONFIGURE, request.club)
    return await request.page(
        "spaces/groups/index.html",
        groups=await list_clubs(request.viewer, parent=request.club.id, limit=MOST_GROUPS),
        decides=decides,
        movable=[(club.slug, club.name) for club in await _movable(request)] if decides else [],
    )


async def new(request: Request) -> Response:
    """The form for a new group."""
    _require_no_group(request)
    usual = {"visibility": request.club.visibility, "join_policy": request.club.join_policy, "inherits": ""}
    return await _new_page(request, Form[GroupInput](usual), 200)


async def create(request: Request) -> Response:
    """Found a group; where that was ticked, with everybody who is in the club."""
    _require_no_group(request)
    form = await read_form(request, GroupInput)
    if form.is_valid:
        try:
            group = await found_below(request, form.data)
            request.flash(gettext("The group is founded."))
            return request.redirect("spaces:club", club=group.slug)
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.refuse(Invalid(error.message))
    return await _new_page(request, form, 422)


async def move(request: Request) -> Response:
    """Make one of the viewer's clubs a group of this one."""
    form = await read_form(request, MoveInput)
    chosen = [club for club in await _movable(request) if club.slug == form.data.club]
    if not chosen:
        raise Invalid(gettext("Please choose one of your clubs."), field="club")
    await move_under(chosen[0], request.club, actor=request.viewer)
    request.flash(gettext("%(name)s is a group of this club now.", name=chosen[0].name))
    return request.redirect("spaces:groups")


async def edit(request: Request) -> Response:
    """What holds in a group: where it belongs, and whether it has the members of the club above."""
    _require_group(request)
    values = {"inherits": request.club.inherits_members, "role": request.club.inherited_role}
    return await _settings_page(request, Form[InheritanceInput](values), 200)


async def update(request: Request) -> Response:
    """Save that; where people would lose their access, after a page that says how many."""
    _require_group(request)
    form = await read_form(request, InheritanceInput)
    if not form.is_valid:
        return await _settings_page(request, form, 422)
    sent, found = form.data, await count_followers(request.club)
    if request.club.inherits_members and not sent.inherits and found.inherited and not sent.confirmed:
        return await _confirm(request, found, sent.role)
    await set_inheritance(request.club, sent.inherits, sent.role, actor=request.viewer)
    request.flash(_said(sent, found))
    return request.redirect("spaces:group")


async def leave(request: Request) -> Response:
    """Take the group out of the club above; where people would lose their access, after a page that says how many."""
    _require_group(request)
    form = await read_form(request, InheritanceInput)
    found = await count_followers(request.club)
    if found.inherited and not form.data.confirmed:
        return await _confirm(request, found, "", leaves=True)
    await take_out(request.club, actor=request.viewer)
    request.flash(gettext("This is a club of its own now."))
    return request.redirect("spaces:club_settings")


async def found_below(request: Request, sent: GroupInput) -> Club:
    """Found what somebody sent, as a group of the club at hand."""
    above = request.club
    like = {"kind": above.kind, "accent": above.accent, "visibility": sent.visibility or above.visibility}
    values = {**sent.model_dump(exclude={"inherits"}), **like}
    return await found_group(above, values, inherits=sent.inherits, actor=request.viewer)


async def _movable(request: Request) -> list[Club]:
    """The clubs that the viewer may bring below this one: who owns both."""
    if request.access.role != "owner" or request.club.parent_id is not None:
        return []
    return [club for club in await clubs_that_fit(request.viewer) if club.id != request.club.id]


def _require_group(request: Request) -> None:
    if request.club.parent_id is None:
        raise Conflict(gettext("This club is no group of another one."))


def _require_no_group(request: Request) -> None:
    require(request.viewer, CONFIGURE, request.club)
    if request.club.parent_id is not None:
        raise NotFound()


def _said(sent: InheritanceInput, found: Followers) -> str:
    if sent.inherits and found.missing:
        return gettext("Everybody in the club above comes in now. With many people it takes a few minutes.")
    return gettext("Saved.")


async def _new_page(request: Request, form: Form[GroupInput], status: int) -> Response:
    offered = visibility_options()
    if request.club.visibility == "hidden":
        offered["visibilities"] = [one for one in offered["visibilities"] if one[0] == "hidden"]
    return await request.page("spaces/groups/new.html", status, form=form, **offered)


async def _settings_page(request: Request, form: Form[InheritanceInput], status: int) -> Response:
    found = await count_followers(request.club)
    return await request.page(
        "spaces/groups/edit.html",
        status,
        form=form,
        followers=found,
        above=parent_link(request.access.parent, request.viewer),
        roles=_roles(),
        owns_above=await _owns_above(request),
    )


async def _confirm(request: Request, found: Followers, chosen: str, *, leaves: bool = False) -> Response:
    return await request.page("spaces/groups/confirm.html", followers=found, chosen=chosen, leaves=leaves)


async def _owns_above(request: Request) -> bool:
    above = await parent_of(request.club)
    mine = {club.id: club.role for club in request.viewer.clubs}
    return request.viewer.is_operator or (above is not None and mine.get(above.id) == "owner")


def _roles() -> list[tuple[str, str, str]]:
    return [
        ("guest", gettext("Guests"), gettext("They read along, and little more.")),
        ("member", gettext("Members"), gettext("They take part. Guests of the club above stay guests.")),
        ("moderator", gettext("As in the club above"), gettext("Its owners and moderators are moderators here.")),
    ]
