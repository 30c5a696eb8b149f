"""What I was told: by day, with what I have not read marked; and the number at the bell."""

from __future__ import annotations

from itertools import groupby

from starlette.responses import HTMLResponse, Response

from cercle import ClubLink, NotFound, Request, day_label, gettext, local_path, see_other
from plugins.notifications.models import Entry
from plugins.notifications.queries.inbox import MOST_COUNTED, count_unread, entries_of, entry_of
from plugins.notifications.services.page import mark_read


async def index(request: Request) -> Response:
    """The list; what htmx asks for is the number at the bell alone."""
    if request.is_htmx:
        return await _badge(request)
    club = _club(request)
    before = request.query_params.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    entries, more = await entries_of(request.viewer, club_id=club.id if club else None, before=number)
    days = [(label, list(rows)) for label, rows in groupby(entries, key=lambda entry: day_label(entry.created_at))]
    return await request.page(
        "notifications/inbox/index.html",
        days=days,
        words=words,
        more=request.path("notifications:inbox.index", before=more, of=club.id if club else "") if more else None,
        unread=any(entry.read_at is None for entry in entries),
        at_club=club,
        clubs=request.viewer.clubs,
    )


async def show(request: Request) -> Response:
    """Go to what an entry is about; from now on it is read."""
    entry = await entry_of(request.viewer, request.path_params["entry"])
    if entry is None:
        raise NotFound()
    if not request.is_prefetch:
        await mark_read(request.viewer, entries=[entry.id])
    return see_other(local_path(entry.path))


async def read_all(request: Request) -> Response:
    """Mark all of it as read, or all of one club."""
    club = _club(request)
    await mark_read(request.viewer, club_id=club.id if club else None)
    return request.redirect("notifications:inbox.index", of=club.id if club else "")


def words(entry: Entry) -> str:
    """What an entry says, in the language at hand."""
    return " ".join(gettext(entry.subject, **entry.values).split())


async def _badge(request: Request) -> Response:
    count = await count_unread(request.viewer)
    shown = "" if not count else f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)
    return HTMLResponse(shown, headers={"Cache-Control": "private, no-store"})


def _club(request: Request) -> ClubLink | None:
    """The club of mine that `of` names."""
    wanted = request.query_params.get("of", "")
    found = next((club for club in request.viewer.clubs if str(club.id) == wanted), None)
    if wanted and found is None:
        raise NotFound()
    return found
