"""How long people are members, and who may not be one: the end of a membership, bans."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from starlette.responses import Response

from core.accounts.models import User
from core.errors import Conflict, Forbidden, Invalid
from core.forms import Form, Input, StringConstraints, Text, read_form
from core.http import Request
from core.i18n import gettext, short_date
from spaces.queries.bans import bannable, list_bans
from spaces.queries.people import get_member
from spaces.services.bans import LONGEST_REASON, ban_member, lift_ban
from spaces.services.expiry import set_expiry
from spaces.views.people import number_of


class EndInput(Input):
    """The last day of a membership; none for good."""

    until: date | None = None


class BanInput(Input):
    """Why somebody is banned, and until when; without a day for good."""

    reason: Annotated[Text, StringConstraints(min_length=1, max_length=LONGEST_REASON)]
    until: date | None = None


async def edit(request: Request) -> Response:
    """How long somebody is a member."""
    member = await get_member(request.club, request.path_params["user"])
    ends = member.expires_at.astimezone(ZoneInfo(request.viewer.timezone)).date() if member.expires_at else None
    return await _edit(request, member.user, Form[EndInput]({"until": ends.isoformat() if ends else ""}))


async def update(request: Request) -> Response:
    """Set or lift the end of a membership."""
    member = await get_member(request.club, request.path_params["user"])
    form = await read_form(request, EndInput)
    if not form.is_valid:
        return await _edit(request, member.user, form, 422)
    try:
        await set_expiry(request.club, member.user, end_of(form.data.until, request), actor=request.viewer)
    except (Conflict, Invalid) as error:
        form.refuse(error if isinstance(error, Invalid) else Invalid(error.message))
        return await _edit(request, member.user, form, 422)
    request.flash(_said(member.user, form.data.until))
    return request.redirect("spaces:person", user=member.user.handle)


async def banned(request: Request) -> Response:
    """Who may not come into the club."""
    return await request.page("spaces/people/banned.html", bans=await list_bans(request.club))


async def new_ban(request: Request) -> Response:
    """What a ban means, with a form for its reason."""
    return await _new_ban(request, await bannable(request.club, request.path_params["user"]), Form[BanInput]())


async def ban(request: Request) -> Response:
    """Ban somebody."""
    user = await bannable(request.club, request.path_params["user"])
    form = await read_form(request, BanInput)
    if not form.is_valid:
        return await _new_ban(request, user, form, 422)
    until = end_of(form.data.until, request)
    try:
        await ban_member(request.club, user, form.data.reason, until, actor=request.viewer)
    except (Conflict, Forbidden, Invalid) as error:
        form.refuse(error if isinstance(error, Invalid) else Invalid(error.message))
        return await _new_ban(request, user, form, 422)
    request.flash(gettext("%(name)s is banned from the club, and is told why by mail.", name=user.name))
    return request.redirect("spaces:banned")


async def lift(request: Request) -> Response:
    """Lift a ban."""
    user = await lift_ban(request.club, number_of(request, "ban"), actor=request.viewer)
    request.flash(gettext("%(name)s is not banned any more, and is told so by mail.", name=user.name))
    return request.redirect("spaces:banned")


def end_of(day: date | None, request: Request) -> datetime | None:
    """The last second of a day as the viewer counts days.

    Raises:
        Invalid: for a day beyond any calendar.
    """
    if day is None:
        return None
    try:
        return datetime.combine(day, time(23, 59, 59), ZoneInfo(request.viewer.timezone)).astimezone(UTC)
    except (OverflowError, ValueError):
        raise Invalid(gettext("A day to come, at most ten years away, please."), field="until") from None


async def _edit(request: Request, user: User, form: Form[EndInput], status: int = 200) -> Response:
    return await request.page("spaces/people/end.html", status, person=user, form=form)


async def _new_ban(request: Request, user: User, form: Form[BanInput], status: int = 200) -> Response:
    return await request.page("spaces/people/ban.html", status, person=user, form=form)


def _said(user: User, until: date | None) -> str:
    if until is None:
        return gettext("The membership of %(name)s has no end now.", name=user.name)
    return gettext("The membership of %(name)s ends on %(day)s.", name=user.name, day=short_date(until))
