"""What stands above every page: what operators announce, and, for themselves, that the site is closed. Putting one away."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.responses import Response

from core.forms import Input, Line, read_form
from core.http import Request, local_path, see_other, set_cookie
from core.i18n import clock, gettext
from core.navigation import Link, Notice
from spaces.queries.announcements import MOST_AT_ONCE, Announced

COOKIE = "notices"
_MARK = re.compile(r"\d{1,10}-[0-9a-f]{6}")
_YEAR = 365 * 86_400  # seconds


class MarkInput(Input):
    """The mark of an announcement."""

    mark: Line


def site_notices(request: Request) -> tuple[Notice, ...]:
    """The announcements that stand now and that this browser has not put away; from what this process keeps."""
    away, now = _put_away(request), datetime.now(UTC)
    current: tuple[Announced, ...] = request.app.notices.value
    shown = [one for one in current if one.stands_at(now) and one.mark not in away][:MOST_AT_ONCE]
    return (*_closed(request), *(_notice(one) for one in shown))


async def put_away(request: Request) -> Response:
    """Show an announcement no more in this browser, and go back to the page at hand."""
    mark = (await read_form(request, MarkInput)).data.mark
    before = urlsplit(request.headers.get("referer", ""))
    response = see_other(local_path(before.path + (f"?{before.query}" if before.query else "")))
    known = {one.mark for one in request.app.notices.value}
    if mark in known:
        kept = ".".join(sorted(known & {*_put_away(request), mark}))
        set_cookie(request, response, COOKIE, kept, seconds=_YEAR)
    return response


def _put_away(request: Request) -> set[str]:
    value = request.cookies.get(COOKIE, "")
    return {mark for mark in value[:2000].split(".") if _MARK.fullmatch(mark)} if value else set()


def _notice(one: Announced) -> Notice:
    return Notice(one.text, one.tone, Link(gettext("More about this"), one.url) if one.url else None, one.mark)


def _closed(request: Request) -> tuple[Notice, ...]:
    """Operators forget; while they work, nobody else comes in."""
    closure = request.app.maintenance.value
    if closure is None or not request.viewer.is_operator:
        return ()
    text = gettext("The site is closed: nobody but operators comes in.")
    if closure.until > datetime.now(UTC):
        text += " " + gettext("You said that it opens again at about %(time)s.", time=clock(closure.until))
    link = Link(gettext("Open it again"), request.app.urls.path("spaces:admin.announcements"))
    return (Notice(text, "warning", link),)
