"""The bans of a club as JSON, for `spaces.api`. The gate decides as for pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, StringConstraints
from starlette.responses import Response

from core.api import Items, answer, cursor, known_query, list_limit, read_body, read_cursor
from core.errors import Invalid
from core.forms import Input, Line, Text
from core.http import Request
from core.i18n import gettext
from spaces.models import Ban
from spaces.queries.bans import bannable, get_ban, list_bans
from spaces.services.bans import LONGEST_REASON, ban_member, lift_ban
from spaces.views.people import number_of


class BanView(BaseModel):
    """A ban whose time is not over; `until` is null for good, `decided_by` null where whoever decided has left the site."""

    id: int
    user: int
    handle: str
    name: str
    reason: str
    decided_by: str | None
    created_at: datetime
    until: datetime | None


class BanBody(Input):
    """Who is banned: a member by handle or number, or by handle somebody who asks to join; why, which they read; until when, null
    for good.
    """

    user: Annotated[Line, StringConstraints(min_length=1, max_length=40)]
    reason: Annotated[Text, StringConstraints(min_length=1, max_length=LONGEST_REASON)]
    until: AwareDatetime | None = None


async def index(request: Request) -> Response:
    """Bans, the last one first."""
    known_query(request)
    limit, after = list_limit(request), read_cursor(request, 1)
    found = await list_bans(request.club, limit + 1, before=_number(after[0]) if after else None)
    items = [_view(one) for one in found[:limit]]
    return answer(Items[BanView](items=items, next=cursor(items[-1].id) if len(found) > limit else None))


async def create(request: Request) -> Response:
    """Ban somebody; their membership and their request end, and they are told by mail."""
    sent = await read_body(request, BanBody)
    user = await bannable(request.club, sent.user)
    ban = await ban_member(request.club, user, sent.reason, sent.until, actor=request.viewer)
    return answer(_view(await get_ban(request.club, ban.id)), 201)


async def delete(request: Request) -> Response:
    """Lift a ban; the person is told by mail."""
    await lift_ban(request.club, number_of(request, "ban"), actor=request.viewer)
    return answer(None)


def _view(ban: Ban) -> BanView:
    return BanView(
        id=ban.id,
        user=ban.user_id,
        handle=ban.user.handle,
        name=ban.user.name,
        reason=ban.reason,
        decided_by=ban.decided_by.name if ban.decided_by else None,
        created_at=ban.created_at,
        until=ban.until,
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Invalid(gettext("after must be the value of next from the page before."), field="after")
    return int(text)
