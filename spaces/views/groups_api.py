"""The groups of a club as JSON, for `spaces.api`. The gate decides as for pages."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel
from starlette.responses import Response

from core.api import Items, answer, known_query, read_body
from core.forms import Input
from core.http import Request
from spaces.models import Club
from spaces.queries.club_groups import count_followers, parent_link
from spaces.queries.clubs import list_clubs
from spaces.services.club_groups import MOST_GROUPS, set_inheritance
from spaces.views.club_groups import GroupInput, found_below


class GroupView(BaseModel):
    """A group of a club that the viewer may know of; `role` is theirs in it, null for none."""

    slug: str
    name: str
    purpose: str
    visibility: str
    members: int
    role: str | None


class InheritanceView(BaseModel):
    """What holds in a group. `parent` is the address of the club above, null where the viewer may not know of it; `inherited` are
    its members through that club, `missing` who is in that one alone.
    """

    parent: str | None
    inherits: bool
    role: str
    members: int
    inherited: int
    missing: int


class InheritanceBody(Input):
    """Whether a group has the members of the club above, and what they are there at most."""

    inherits: bool
    role: Literal["guest", "member", "moderator"] = "member"


async def index(request: Request) -> Response:
    """The groups that the viewer may know of, by name."""
    known_query(request)
    found = await list_clubs(request.viewer, parent=request.club.id, limit=MOST_GROUPS)
    return answer(Items[GroupView](items=[_view(one, one.members, one.role) for one in found]))


async def create(request: Request) -> Response:
    """Found one."""
    sent = await read_body(request, GroupInput)
    group = await found_below(request, sent)
    response = answer(_view(group, (await count_followers(group)).total, "owner"), 201)
    response.headers["Location"] = f"/api/v1/clubs/{group.slug}"
    return response


async def show(request: Request) -> Response:
    """What holds in a group."""
    return answer(await _inheritance(request))


async def update(request: Request) -> Response:
    """Say whether everybody in the club above is in the group."""
    sent = await read_body(request, InheritanceBody)
    await set_inheritance(request.club, sent.inherits, sent.role, actor=request.viewer)
    return answer(await _inheritance(request))


def _view(club: Club | object, members: int, role: str | None) -> GroupView:
    values = {name: getattr(club, name) for name in ("slug", "name", "purpose", "visibility")}
    return GroupView(**values, members=members, role=role)


async def _inheritance(request: Request) -> InheritanceView:
    club = request.club
    above, found = parent_link(request.access.parent, request.viewer), await count_followers(club)
    return InheritanceView(
        parent=above.url.split("/")[2] if above else None,
        inherits=club.inherits_members,
        role=club.inherited_role,
        members=found.total,
        inherited=found.inherited,
        missing=found.missing,
    )
