"""What everybody is told: announcements on all pages, and closing the site for maintenance."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from starlette.responses import Response

from core.errors import Invalid
from core.forms import Form, Input, Line, read_form
from core.http import Request, local_path
from core.i18n import N_, gettext
from core.maintenance import LONGEST, MOST_MINUTES, close_site, open_site
from spaces.models import Announcement
from spaces.queries.announcements import get_announcement, list_announcements
from spaces.services.announcements import News, announce_news, change_news, take_down
from spaces.views.admin.pages import before_of, console
from spaces.views.people import number_of

PAGE = 50
When = Literal["now", "later", "over"]
_HTTPS = re.compile(r"https://[^\s/?#\\@]+(?:[/?#][^\s\\]*)?")


def _leads_somewhere(url: str) -> str:
    if url and local_path(url, "") != url and not _HTTPS.fullmatch(url):
        raise ValueError(N_("Please enter an address that begins with https:// or, on this site, with /."))
    return url


Address = Annotated[Line, Field(max_length=600), AfterValidator(_leads_somewhere)]


class AnnouncementInput(Input):
    """An announcement; its moments are in the operator's time zone."""

    text: Annotated[Line, Field(min_length=1, max_length=500)]
    tone: Literal["info", "warning", "error"] = "info"
    url: Address = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def news(self, zone: str) -> News:
        """What is announced.

        Args:
            zone: the name of the time zone in which the moments are meant.

        Raises:
            Invalid: for a moment beyond any calendar.
        """
        starts_at, ends_at = _moment("starts_at", self.starts_at, zone), _moment("ends_at", self.ends_at, zone)
        return News(self.text, self.tone, self.url, starts_at, ends_at)


class ClosureInput(Input):
    """Closing the site."""

    minutes: Annotated[int, Field(ge=1, le=MOST_MINUTES)] = 30
    message: Annotated[Line, Field(max_length=LONGEST)] = ""


async def index(request: Request) -> Response:
    """What was announced, the form for more, and whether the site is open."""
    return await _index(request)


async def create(request: Request) -> Response:
    """Put an announcement on every page."""
    form = await read_form(request, AnnouncementInput)
    if form.is_valid:
        try:
            await announce_news(form.data.news(request.viewer.timezone), actor=request.viewer)
            return _back(request, gettext("Everybody reads it on every page."))
        except Invalid as error:
            form.refuse(error)
    return await _index(request, form=form)


async def edit(request: Request) -> Response:
    """The form for one of them."""
    one = await get_announcement(number_of(request, "announcement"))
    return await _edit(request, one, Form[AnnouncementInput](_values(one, request.viewer.timezone)))


async def update(request: Request) -> Response:
    """Change one of them."""
    one = await get_announcement(number_of(request, "announcement"))
    form = await read_form(request, AnnouncementInput)
    if form.is_valid:
        try:
            await change_news(one, form.data.news(request.viewer.timezone), actor=request.viewer)
            return _back(request, gettext("Saved."))
        except Invalid as error:
            form.refuse(error)
    return await _edit(request, one, form, 422)


async def delete(request: Request) -> Response:
    """Take one of them off all pages."""
    await take_down(await get_announcement(number_of(request, "announcement")), actor=request.viewer)
    return _back(request, gettext("It is on no page any more."))


async def close(request: Request) -> Response:
    """Let nobody in but operators."""
    form = await read_form(request, ClosureInput)
    if not form.is_valid:
        return await _index(request, closing=form)
    await close_site(minutes=form.data.minutes, message=form.data.message, actor=request.viewer)
    return _back(request, gettext("The site is closed for everybody but operators."))


async def reopen(request: Request) -> Response:
    """Let everybody in again."""
    await open_site(actor=request.viewer)
    return _back(request, gettext("The site is open again."))


async def _index(
    request: Request, *, form: Form[AnnouncementInput] | None = None, closing: Form[ClosureInput] | None = None
) -> Response:
    found, now = await list_announcements(before=before_of(request), limit=PAGE), datetime.now(UTC)
    older = request.path("spaces:admin.announcements", before=found[PAGE - 1].id) if len(found) > PAGE else None
    return await console(
        request,
        "announcements.html",
        "admin.announcements",
        422 if form or closing else 200,
        announcements=[(one, _when(one, now)) for one in found[:PAGE]],
        older=older,
        form=form or Form[AnnouncementInput]({"tone": "info"}),
        tones=_tones(),
        zone=request.viewer.timezone,
        closure=request.app.maintenance.value,
        closing=closing or Form[ClosureInput]({"minutes": 30}),
        most=(MOST_MINUTES, LONGEST),
    )


async def _edit(request: Request, one: Announcement, form: Form[AnnouncementInput], status: int = 200) -> Response:
    zone = request.viewer.timezone
    return await console(
        request, "announcement.html", "admin.announcements", status, one=one, form=form, tones=_tones(), zone=zone
    )


def _values(one: Announcement, zone: str) -> dict[str, Any]:
    known = ZoneInfo(zone)
    moments = {"starts_at": one.starts_at, "ends_at": one.ends_at}
    local = {name: f"{at.astimezone(known):%Y-%m-%dT%H:%M}" for name, at in moments.items() if at}
    return {"text": one.text, "tone": one.tone, "url": one.url, **local}


def _moment(field: str, value: datetime | None, zone: str) -> datetime | None:
    if value is None:
        return None
    if not 2000 <= value.year <= 2200:
        raise Invalid(gettext("Please enter a date and a time."), field=field)
    return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _tones() -> list[tuple[str, str]]:
    return [("info", gettext("News")), ("warning", gettext("Important")), ("error", gettext("Urgent"))]


def _when(one: Announcement, now: datetime) -> When:
    if one.ends_at is not None and one.ends_at <= now:
        return "over"
    return "later" if one.starts_at > now else "now"


def _back(request: Request, said: str) -> Response:
    request.flash(said)
    return request.redirect("spaces:admin.announcements")
