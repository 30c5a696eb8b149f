"""Clubs, their members and switches as JSON, for `spaces.api`. The gate decides as for pages."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field
from starlette.responses import Response

from core.accounts.queries import known_user
from core.accounts.views.entry import is_proven
from core.api import (
    Items,
    answer,
    cursor,
    etag_of,
    known_query,
    list_limit,
    read_body,
    read_cursor,
    require_match,
)
from core.db import atomic
from core.errors import Forbidden, Invalid
from core.http import Request
from core.i18n import gettext
from core.permissions import can, require
from spaces import permissions as p
from spaces.forms import ClubInput, ClubPatch, MemberInput, RoleInput, SwitchInput
from spaces.models import Club, Membership
from spaces.queries.clubs import list_clubs, load_site_settings, require_may_create
from spaces.queries.people import get_member, list_people, load_company
from spaces.queries.switchboard import Switch, get_switch, list_switches
from spaces.services import add_member, change_role, delete_club, remove_member, update_club
from spaces.services.addresses import change_address
from spaces.services.founding import found_club
from spaces.services.trial import MOST as MOST_ITEMS
from spaces.services.trial import set_trial
from spaces.space import quota_of
from spaces.switches import switch_plugin


class PlanView(BaseModel):
    """What a club may use and how much of it it uses: bytes and members; `member_limit` null for as many as like."""

    quota: int
    storage_used: int
    member_limit: int | None
    members: int


class ClubView(BaseModel):
    """A club; the plan is there for its members and for operators, where the club is asked for alone."""

    id: int
    slug: str
    name: str
    kind: str
    visibility: str
    join_policy: str
    purpose: str
    accent: str
    members: int
    role: str | None
    archived: bool
    plan: PlanView | None = None


class OneClubView(ClubView):
    """A club that is asked for alone; how many of what a new member makes first wait is there as the plan is."""

    trial_items: int | None = None


class ClubChange(ClubPatch):
    """What changes of a club; `trial_items` of what a new member makes first wait for a moderator."""

    trial_items: int | None = Field(default=None, ge=0, le=MOST_ITEMS)


class MemberView(BaseModel):
    """A member; the address is there for those who manage members."""

    id: int
    handle: str
    name: str
    role: str
    joined_at: datetime
    email: str | None = None


class PluginView(BaseModel):
    """A plugin's switch; the operator's policy, with why, who and when, is there for those who configure the club."""

    name: str
    title: str
    state: str
    policy: str | None = None
    reason: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


async def index(request: Request) -> Response:
    """Clubs that the viewer may know of."""
    known_query(request, "q")
    limit, after = list_limit(request), read_cursor(request, 1)
    text = request.query_params.get("q", "")[:200]
    found = await list_clubs(request.viewer, text=text, after=after[0] if after else "", limit=limit)
    items = [
        ClubView(**{name: getattr(card, name) for name in _CARD}, archived=card.archived_at is not None)
        for card in found[:limit]
    ]
    return answer(Items[ClubView](items=items, next=cursor(items[-1].slug) if len(found) > limit else None))


async def create(request: Request) -> Response:
    """Found a club."""
    require_may_create(request.viewer, await load_site_settings())
    sent = await read_body(request, ClubInput)
    club = await found_club(sent.model_dump(exclude={"plugins"}), plugins=sent.plugins, actor=request.viewer)
    shown = _club(club, members=1, role="owner")
    response = answer(shown, 201, etag=_etag(club))
    response.headers["Location"] = f"/api/v1/clubs/{club.slug}"
    return response


async def show(request: Request) -> Response:
    """One club."""
    return answer(await _shown(request), etag=_etag(request.club))


async def update(request: Request) -> Response:
    """Change what a club says of itself."""
    require_match(request, _etag(request.club), await _shown(request))
    sent = await read_body(request, ClubChange)
    changes = sent.model_dump(exclude_none=True)
    slug, items = changes.pop("slug", None), changes.pop("trial_items", None)
    async with atomic():
        if items is not None:
            await set_trial(request.club, items, actor=request.viewer)
        if slug is not None:
            await change_address(request.club, slug, actor=request.viewer)
        await update_club(request.club, actor=request.viewer, **changes)
    return answer(await _shown(request), etag=_etag(request.club))


async def delete(request: Request) -> Response:
    """Delete a club; its owners can bring it back for a while. Not with a token alone."""
    if not is_proven(request.viewer):
        raise Forbidden(gettext("A club is deleted on its page, by somebody who has just proved who they are."))
    require_match(request, _etag(request.club), await _shown(request))
    await delete_club(request.club, actor=request.viewer)
    return answer(None)


async def members(request: Request) -> Response:
    """Members by name."""
    known_query(request, "q", "role")
    limit = list_limit(request)
    text, role = request.query_params.get("q", "")[:100], request.query_params.get("role", "")[:30]
    found = await list_people(request.club, text=text, role=role, after=read_cursor(request, 2), limit=limit)
    shown = found[:limit]
    last = shown[-1].user if len(found) > limit else None
    items = [_member(request, member) for member in shown]
    return answer(Items[MemberView](items=items, next=cursor(last.sort_name, last.id) if last else None))


async def create_member(request: Request) -> Response:
    """Make somebody who has an account a member."""
    sent = await read_body(request, MemberInput)
    user = await known_user(sent.email)
    if user is None or not user.is_active:
        raise Invalid(gettext("Nobody has an account with this address. Send an invitation instead."), field="email")
    await add_member(request.club, user, sent.role, actor=request.viewer)
    return answer(_member(request, await get_member(request.club, str(user.id))), 201)


async def update_member(request: Request) -> Response:
    """Give a member another role."""
    sent = await read_body(request, RoleInput)
    member = await get_member(request.club, request.path_params["user"])
    await change_role(request.club, member.user, sent.role, actor=request.viewer)
    return answer(_member(request, await get_member(request.club, str(member.user_id))))


async def delete_member(request: Request) -> Response:
    """Remove a member, or leave."""
    member = await get_member(request.club, request.path_params["user"])
    if member.user_id != request.viewer.id:
        require(request.viewer, p.MANAGE_MEMBERS, request.club)
    await remove_member(request.club, member.user, actor=request.viewer)
    return answer(None)


async def plugins(request: Request) -> Response:
    """The plugins that the viewer meets here; all of them for those who configure the club."""
    found = await list_switches(request.club)
    if not can(request.viewer, p.CONFIGURE, request.club):
        allowed = request.access.grant.allowed
        found = [one for one in found if one.state != "off" and f"{one.name}.view" in allowed]
    return answer(Items[PluginView](items=[_plugin(request, switch) for switch in found]))


async def update_plugin(request: Request) -> Response:
    """Turn a plugin on, off or read-only."""
    sent = await read_body(request, SwitchInput)
    switch = await get_switch(request.club, request.path_params["plugin"])
    await switch_plugin(request.club, switch.name, sent.state, actor=request.viewer)
    return answer(_plugin(request, await get_switch(request.club, switch.name)))


_FIELDS = ("id", "slug", "name", "kind", "visibility", "join_policy", "purpose", "accent")
_CARD = (*_FIELDS, "members", "role")


async def _shown(request: Request) -> OneClubView:
    company = await load_company(request.club, request.viewer, faces=1)
    role = request.viewer.role_in(request.club.id)
    shows_plan = role is not None or request.viewer.is_operator
    shown = _club(request.club, members=company.total, role=role, shows_plan=shows_plan)
    return OneClubView(**dict(shown), trial_items=request.club.trial_items if shows_plan else None)


def _club(club: Club, *, members: int, role: str | None, shows_plan: bool = True) -> ClubView:
    values = {name: getattr(club, name) for name in _FIELDS}
    plan = PlanView(
        quota=quota_of(club), storage_used=club.storage_used, member_limit=club.member_limit, members=members
    )
    return ClubView(
        **values,
        members=members,
        role=role,
        archived=club.is_archived,
        plan=plan if shows_plan else None,
    )


def _etag(club: Club) -> str:
    return etag_of(*(getattr(club, name) for name in _FIELDS), club.archived_at, club.cover_hash, club.trial_items)


def _member(request: Request, member: Membership) -> MemberView:
    shows_address = can(request.viewer, p.MANAGE_MEMBERS, request.club)
    return MemberView(
        id=member.user_id,
        handle=member.user.handle,
        name=member.user.name,
        role=member.role,
        joined_at=member.joined_at,
        email=member.user.email if shows_address else None,
    )


def _plugin(request: Request, switch: Switch) -> PluginView:
    shown = PluginView(name=switch.name, title=gettext(switch.loaded.part.title), state=switch.state)
    if not can(request.viewer, p.CONFIGURE, request.club):
        return shown
    found = switch.decision
    decided = {"policy": found.policy, "reason": found.reason, "decided_by": found.by, "decided_at": found.at}
    return shown.model_copy(update=decided)
