"""All accounts: searched, filtered, page by page, and as a table to take along."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from defusedcsv import csv
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from core import audit
from core.accounts.views.entry import proven
from core.api import cursor, read_cursor
from core.forms import Input, Line, read_form
from core.http import Request
from core.i18n import gettext
from core.render import PRIVATE
from spaces.queries.accounts import FILTERS, SORTS, PersonRow, Sought, list_accounts, list_providers
from spaces.queries.console import count_sign_up_requests
from spaces.views.admin.pages import console

PAGE = 50
PORTION = 1000  # rows that an export reads at a time
Word = Annotated[Line, Field(max_length=100)]


class SoughtInput(Input):
    """What the list shows, as its form has it."""

    q: Word = ""
    only: Word = ""
    club: Word = ""
    provider: Word = ""
    sort: Word = "name"


async def index(request: Request) -> Response:
    """The list."""
    sent = request.query_params
    sought = _sought(*(sent.get(name, "")[:100] for name in ("q", "only", "club", "provider", "sort")))
    found = await list_accounts(sought, after=read_cursor(request, 2), limit=PAGE)
    shown = {
        "q": sought.text,
        "only": sought.only,
        "club": sought.club,
        "provider": sought.provider,
        "sort": sought.sort,
    }
    after = cursor(*found[PAGE - 1].place(sought.sort)) if len(found) > PAGE else ""
    return await console(
        request,
        "people.html",
        "admin.people",
        people=found[:PAGE],
        older=request.path("spaces:admin.people", **shown, after=after) if after else None,
        shown=shown,
        is_narrowed=any(value for name, value in shown.items() if name != "sort"),
        is_ordered=any((sought.only, sought.club, sought.provider, sought.sort != "name")),
        filters=[("", gettext("Everybody")), *((name, _label(name)) for name in FILTERS)],
        sorts=[("name", gettext("By name")), ("newest", gettext("Newest first")), ("seen", gettext("Last seen first"))],
        providers=[(one.slug, one.title) for one in await list_providers()],
        requests=await count_sign_up_requests(),
    )


@proven
async def export(request: Request) -> Response:
    """The accounts that the list shows, all of them, as a table for a spreadsheet. Who took it is in the log."""
    asked = (await read_form(request, SoughtInput)).data
    sought = _sought(asked.q, asked.only, asked.club, asked.provider, asked.sort)
    narrowed = {name: value for name, value in asked.model_dump().items() if value}
    await audit.record("accounts.people_exported", actor=request.viewer, subject="people.csv", after=narrowed)
    headers = {"Content-Disposition": 'attachment; filename="people.csv"', "Cache-Control": PRIVATE}
    return StreamingResponse(_table(sought), media_type="text/csv; charset=utf-8", headers=headers)


async def _table(sought: Sought) -> AsyncIterator[str]:
    yield "\ufeff" + _lines(
        [("id", "name", "email", "handle", "state", "operator", "second factor", "clubs", "since", "seen")]
    )
    after: tuple[str, str] | None = None
    while True:
        found = await list_accounts(sought, after=after, limit=PORTION)
        yield _lines([_cells(one) for one in found[:PORTION]])
        if len(found) <= PORTION:
            return
        after = found[PORTION - 1].place(sought.sort)


def _cells(one: PersonRow) -> Sequence[object]:
    state = "leaving" if one.leaving_at else "active" if one.is_active else "suspended"
    since, seen = one.created_at.date().isoformat(), one.seen_at.date().isoformat() if one.seen_at else ""
    flags = ("yes" if one.is_operator else "no", "yes" if one.has_factor else "no")
    return (one.id, one.name, one.email, one.handle, state, *flags, one.clubs, since, seen)


def _lines(found: Sequence[Sequence[object]]) -> str:
    """Lines of a table; what a spreadsheet would take for a formula is made plain."""
    written = io.StringIO()
    csv.writer(written).writerows(found)
    return written.getvalue()


def _sought(text: str, only: str, club: str, provider: str, sort: str) -> Sought:
    return Sought(
        text=text,
        only=only if only in FILTERS else "",
        club=club.strip().lower(),
        provider=provider,
        sort=sort if sort in SORTS else "name",
    )


def _label(name: str) -> str:
    return {
        "active": gettext("Active"),
        "suspended": gettext("Suspended"),
        "leaving": gettext("Leaving"),
        "operators": gettext("Operators"),
        "no_factor": gettext("Without a second factor"),
        "never": gettext("Never signed in"),
        "away": gettext("Not seen for 90 days"),
    }[name]
