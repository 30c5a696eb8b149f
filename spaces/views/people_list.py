"""The list of a club's members: searched, narrowed, sorted, page by page, and as a table to take along."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from defusedcsv import csv
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from core import audit
from core.api import cursor, read_cursor
from core.forms import Input, Line, read_form
from core.http import Request
from core.i18n import N_, gettext
from core.permissions import base_of, can
from core.render import PRIVATE
from spaces.models import Club
from spaces.permissions import INVITE, MANAGE_MEMBERS
from spaces.queries.members_list import FILTERS, SORTS, MemberLine, MembersSought, list_members
from spaces.queries.roles import columns_of, labels_in, roles_in
from spaces.views.choices import role_options

PAGE = 50
PORTION = 1000  # rows that an export reads at a time
HEADS = ("name", "handle", "email", "headline", "role", "joined", "last seen", "came", "ends")
ASKED = ("q", "role", "since", "only", "sort")
_CAME = {
    "founder": N_("Founded the club"),
    "open": N_("Joined without being asked"),
    "group": N_("Through a group at the identity provider"),
    "parent": N_("Through the club that this is a group of"),
    "merge": N_("From a club that became part of this one"),
}
_BROUGHT = {
    "request": (N_("Asked to join"), N_("Asked to join; let in by %(name)s")),
    "invitation": (N_("By invitation"), N_("Invited by %(name)s")),
    "added": (N_("Added by somebody"), N_("Added by %(name)s")),
}
Word = Annotated[Line, Field(max_length=100)]


class MembersInput(Input):
    """What the list shows, as its forms have it."""

    q: Word = ""
    role: Word = ""
    since: Word = ""
    only: Word = ""
    sort: Word = "name"


async def index(request: Request) -> Response:
    """Members with search, filters and order; more about each for those who manage them."""
    manages = can(request.viewer, MANAGE_MEMBERS, request.club)
    sought = _sought(request, {name: request.query_params.get(name, "")[:100] for name in ASKED}, manages)
    found = await list_members(request.club, sought, after=read_cursor(request, 2), limit=PAGE)
    counts, labels = await roles_in(request.club)
    shown = _shown(request, sought)
    after = cursor(*found[PAGE - 1].place(sought.sort)) if len(found) > PAGE else None
    return await request.page(
        "spaces/people/index.html",
        members=found[:PAGE],
        came={one.id: how_they_came(one) for one in found[:PAGE]} if manages else {},
        older=request.path("spaces:people", **shown, after=after) if after else None,
        shown=shown,
        is_narrowed=any(shown[name] for name in ("q", "role", "since", "only")),
        is_ordered=bool(sought.since or sought.only or sought.sort != "name"),
        roles=[role for role in columns_of([name for name in labels if base_of(name) != name]) if counts.get(role)],
        counts=counts,
        labels=labels,
        filters=_filters(),
        sorts=_sorts(manages),
        acts=acts_of([(name, label) for name, label, _hint in role_options(request.access.role, labels)]),
        ticked="ticked" in request.query_params,
        after=request.query_params.get("after") or None,
        may_manage=manages,
        may_invite=can(request.viewer, INVITE, request.club),
    )


async def export(request: Request) -> Response:
    """The members that the list shows, all of them, as a table for a spreadsheet. Who took it is in the log."""
    asked = (await read_form(request, MembersInput)).data.model_dump()
    narrowed = {name: value for name, value in asked.items() if value}
    await audit.record(
        "spaces.members_exported",
        actor=request.viewer,
        subject=request.club.name,
        club_id=request.club.id,
        after=narrowed,
    )
    table = _table(request.club, _sought(request, asked, True), await labels_in(request.club))
    headers = {
        "Content-Disposition": f'attachment; filename="{request.club.slug}.csv"',
        "Cache-Control": PRIVATE,
    }
    return StreamingResponse(table, media_type="text/csv; charset=utf-8", headers=headers)


def how_they_came(member: MemberLine) -> str:
    """How somebody came into the club, in the reader's words; "" where that was not written down."""
    if member.came_by in _BROUGHT:
        alone, brought = _BROUGHT[member.came_by]
        return gettext(brought, name=member.inviter) if member.inviter else gettext(alone)
    return gettext(_CAME[member.came_by]) if member.came_by in _CAME else ""


def acts_of(roles: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What can be done with several members at once, as `spaces.views.people_bulk` reads it.

    Args:
        roles: those that the viewer may give, by name and label.
    """
    given = [(f"role {name}", gettext("Give the role “%(role)s”", role=label)) for name, label in roles]
    ends = [
        ("end", gettext("End the membership after the day below")),
        ("endless", gettext("Lift the end of the membership")),
    ]
    return [*given, *ends, ("remove", gettext("Remove from the club"))]


async def _table(club: Club, sought: MembersSought, labels: Mapping[str, str]) -> AsyncIterator[str]:
    yield "\ufeff" + _lines([HEADS])
    after: tuple[str, str] | None = None
    while True:
        found = await list_members(club, sought, after=after, limit=PORTION)
        yield _lines([_cells(one, labels) for one in found[:PORTION]])
        if len(found) <= PORTION:
            return
        after = found[PORTION - 1].place(sought.sort)


def _cells(one: MemberLine, labels: Mapping[str, str]) -> Sequence[object]:
    days = (moment.date().isoformat() if moment else "" for moment in (one.joined_at, one.visited_at, one.expires_at))
    joined, seen, ends = days
    return (one.name, one.handle, one.email, one.headline, labels[one.role], joined, seen, how_they_came(one), ends)


def _lines(found: Sequence[Sequence[object]]) -> str:
    """Lines of a table; what a spreadsheet would take for a formula is made plain."""
    written = io.StringIO()
    csv.writer(written).writerows(found)
    return written.getvalue()


def _sought(request: Request, sent: Mapping[str, str], manages: bool) -> MembersSought:
    """What is asked for, as far as the viewer may ask: when others were last there is for those who manage them."""
    only, sort = sent["only"], sent["sort"]
    sought = MembersSought(
        text="".join(letter for letter in sent["q"] if letter.isprintable()),
        role=sent["role"] if base_of(sent["role"]) and len(sent["role"]) <= 30 else "",
        since=_begin(sent["since"], request.viewer.timezone),
        only=only if manages and only in FILTERS else "",
        sort=sort if sort in SORTS else "name",
    )
    return sought if manages or sought.sort != "seen" else replace(sought, sort="name")


def _shown(request: Request, sought: MembersSought) -> dict[str, str]:
    zone = ZoneInfo(request.viewer.timezone)
    since = sought.since.astimezone(zone).date().isoformat() if sought.since else ""
    return {"q": sought.text, "role": sought.role, "since": since, "only": sought.only, "sort": sought.sort}


def _begin(text: str, zone: str) -> datetime | None:
    """The first moment of a day as a form sends it; None for what is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(found, time(), ZoneInfo(zone)) if 2000 <= found.year <= 2200 else None


def _filters() -> list[tuple[str, str]]:
    return [
        ("", gettext("Everybody")),
        ("away30", gettext("Not there for 30 days")),
        ("away90", gettext("Not there for 90 days")),
        ("ending", gettext("Membership ends within 30 days")),
    ]


def _sorts(manages: bool) -> list[tuple[str, str]]:
    seen = [("seen", gettext("Last there first"))] if manages else []
    return [("name", gettext("By name")), ("joined", gettext("Newest first")), *seen]
