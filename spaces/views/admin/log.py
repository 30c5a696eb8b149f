"""The audit log: who changed what, filtered and page by page, and as a table to take along."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from defusedcsv import csv
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from core import audit
from core.accounts.views.entry import proven
from core.forms import Input, Line, read_form
from core.http import Request
from core.i18n import gettext
from core.models import AuditEntry
from core.render import PRIVATE
from spaces.queries.clubs import load_site_settings
from spaces.queries.log import LogSought, clubs_of_log, list_log
from spaces.queries.roles import labels_in_many
from spaces.views.admin.log_words import Change, LogWords, changes, log_words
from spaces.views.admin.pages import before_of, console
from spaces.views.choices import kind_options, role_labels

PAGE = 50
PORTION = 1000  # rows that an export reads at a time
HEADS = ("id", "at", "actor id", "actor", "club id", "club", "action", "what", "subject", "before", "after")
FILTERS = ("actor", "action", "club", "since", "until")
Word = Annotated[Line, Field(max_length=120)]


class LogInput(Input):
    """What the page shows, as its form has it."""

    actor: Word = ""
    action: Word = ""
    club: Word = ""
    since: Word = ""
    until: Word = ""


async def index(request: Request) -> Response:
    """The rows, newest first."""
    sent = {name: " ".join(request.query_params.get(name, "")[:120].split()) for name in FILTERS}
    sought = _sought(request, sent)
    found = await list_log(sought, before=before_of(request), limit=PAGE)
    entries, words = found[:PAGE], log_words(request.app)
    narrowed = {name: value for name, value in sent.items() if value}
    older = urlencode({**narrowed, "before": entries[-1].id}) if len(found) > PAGE else ""
    return await console(
        request,
        "audit.html",
        "admin.audit",
        entries=await _told(entries, words),
        clubs=await clubs_of_log(entries),
        older=f"{request.path('spaces:admin.audit')}?{older}" if older else None,
        shown=sent,
        is_narrowed=bool(narrowed),
        actions=_options(request, words.sentences),
    )


async def _told(entries: Sequence[AuditEntry], words: LogWords) -> list[tuple[AuditEntry, str, list[Change]]]:
    """Each row with its sentence and its changes; two queries, for the roles of clubs and their kinds."""
    labels = await labels_in_many({entry.club_id for entry in entries if entry.club_id is not None})
    kinds = dict(kind_options(await load_site_settings()))
    told = []
    for entry in entries:
        own = {"kind": kinds, "role": labels.get(entry.club_id or 0, role_labels())}
        told.append((entry, words.sentence(entry), changes(entry.before, entry.after, own)))
    return told


@proven
async def export(request: Request) -> Response:
    """All rows that the page shows, as a table for a spreadsheet. Who took it is in the log."""
    asked = (await read_form(request, LogInput)).data.model_dump()
    narrowed = {name: value for name, value in asked.items() if value}
    await audit.record("spaces.audit_exported", actor=request.viewer, subject="audit.csv", after=narrowed)
    table = _table(_sought(request, asked), log_words(request.app))
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": PRIVATE}
    return StreamingResponse(table, media_type="text/csv; charset=utf-8", headers=headers)


async def _table(sought: LogSought, words: LogWords) -> AsyncIterator[str]:
    yield "\ufeff" + _lines([HEADS])
    before: int | None = None
    while True:
        found = await list_log(sought, before=before, limit=PORTION)
        shown = found[:PORTION]
        clubs = await clubs_of_log(shown)
        slugs = {number: club.slug for number, club in clubs.items()}
        yield _lines([_cells(entry, slugs, words) for entry in shown])
        if len(found) <= PORTION:
            return
        before = shown[-1].id


def _cells(entry: AuditEntry, slugs: Mapping[int, str], words: LogWords) -> Sequence[object]:
    club = "" if entry.club_id is None else entry.club_id
    slug = slugs.get(entry.club_id or 0, "")
    who = ("" if entry.actor_id is None else entry.actor_id, entry.actor_name)
    what = (entry.action, words.sentence(entry), entry.subject)
    values = (json.dumps(one, ensure_ascii=False) if one else "" for one in (entry.before, entry.after))
    return (entry.id, entry.at.isoformat(timespec="seconds"), *who, club, slug, *what, *values)


def _lines(found: Sequence[Sequence[object]]) -> str:
    """Lines of a table; what a spreadsheet would take for a formula is made plain."""
    written = io.StringIO()
    csv.writer(written).writerows(found)
    return written.getvalue()


def _options(request: Request, known: Mapping[str, str]) -> list[tuple[str, str]]:
    """Everything, all of one part, then each act."""
    somebody = gettext("Somebody")
    parts = [part for part in request.app.parts.all() if any(name.startswith(f"{part.name}.") for name in known)]
    whole = [(f"{p.name}.", gettext("All about: %(part)s", part=gettext(p.part.title))) for p in parts]
    single = [(name, audit.sentence(text, name, actor=somebody, subject="…")) for name, text in known.items()]
    return [("", gettext("Everything")), *whole, *sorted(single, key=lambda pair: pair[1])]


def _sought(request: Request, sent: Mapping[str, str]) -> LogSought:
    since, until = (_day(sent[name]) for name in ("since", "until"))
    return LogSought(
        actor=sent["actor"],
        action=sent["action"],
        club=sent["club"].lower(),
        since=_begin(since, request.viewer.timezone) if since else None,
        until=_begin(until + timedelta(days=1), request.viewer.timezone) if until else None,
    )


def _day(text: str) -> date | None:
    """A day as a form sends it; None for what is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def _begin(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
