"""Notifications and follows through the API."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from starlette.responses import Response

from cercle import (
    SIGNED_IN,
    Club,
    Invalid,
    Items,
    NotFound,
    Request,
    access_for,
    answer,
    api_route,
    current_app,
    cursor,
    gettext,
    known_query,
    list_limit,
    read_body,
    read_cursor,
)
from plugins.notifications.forms import ClubFollowInput, ReadInput
from plugins.notifications.models import Entry
from plugins.notifications.queries.follows import Followed, followed_by
from plugins.notifications.queries.inbox import entries_of
from plugins.notifications.services.following import unfollow
from plugins.notifications.services.page import mark_read
from plugins.notifications.views.follows import begin
from plugins.notifications.views.inbox import words


class EntryOut(BaseModel):
    """Something that the bearer of the token was told."""

    id: int
    kind: str
    text: str
    club: str | None
    url: str
    created_at: datetime
    is_read: bool


class FollowOut(BaseModel):
    """Something that they follow."""

    id: int
    label: str
    club: str
    url: str


class ReadOut(BaseModel):
    """How many entries were not read before."""

    read: int


async def index(request: Request) -> Response:
    """The newest first."""
    known_query(request, "unread", "club")
    limit, club = list_limit(request), request.query_params.get("club", "")
    entries, more = await entries_of(
        request.viewer,
        club_id=_club_id(request, club) if club else None,
        before=_before(request),
        unread=request.query_params.get("unread") == "true",
        limit=limit,
    )
    return answer(Items[EntryOut](items=[_out(one) for one in entries], next=cursor(more) if more else None))


async def read(request: Request) -> Response:
    """Mark entries as read: those that are named, all of a club, or all."""
    body = await read_body(request, ReadInput)
    club_id = _club_id(request, body.club) if body.club else None
    return answer(ReadOut(read=await mark_read(request.viewer, entries=body.entries, club_id=club_id)))


async def follows(request: Request) -> Response:
    """What they follow."""
    known_query(request)
    return answer(Items[FollowOut](items=[_followed(one) for one in await followed_by(request.viewer)]))


async def follow(request: Request) -> Response:
    """Follow something in a club."""
    body = await read_body(request, ClubFollowInput)
    club = await Club.get(id=_club_id(request, body.club))
    viewer = request.viewer
    inside = await access_for(current_app(), club, user_id=viewer.id, name=viewer.name, is_operator=viewer.is_operator)
    made = await begin(club, body, inside)
    shown = next((one for one in await followed_by(viewer) if one.id == made.id), None)
    if shown is None:
        raise NotFound()
    return answer(_followed(shown), 201)


async def end_follow(request: Request) -> Response:
    """Follow it no more."""
    await unfollow(request.viewer, request.path_params["follow"])
    return answer(None)


def _club_id(request: Request, slug: str) -> int:
    found = next((club.id for club in request.viewer.clubs if club.slug == slug), None)
    if found is None:
        raise NotFound()
    return found


def _before(request: Request) -> int | None:
    after = read_cursor(request, 1)
    if after is None:
        return None
    if not (after[0].isascii() and after[0].isdigit() and len(after[0]) < 16):
        raise Invalid(gettext("after must be the value of next from the page before."), field="after")
    return int(after[0])


def _out(one: Entry) -> EntryOut:
    return EntryOut(
        id=one.id,
        kind=one.kind,
        text=words(one),
        club=one.club.slug if one.club else None,
        url=one.path,
        created_at=one.created_at,
        is_read=one.read_at is not None,
    )


def _followed(one: Followed) -> FollowOut:
    return FollowOut(id=one.id, label=one.label, club=one.club, url=one.url)


site_api = (
    api_route(
        *("GET", "/notifications", index, "notifications"),
        permission=SIGNED_IN,
        summary="What you were told, the newest first",
        returns=Items[EntryOut],
        query=("unread", "club", "limit", "after"),
    ),
    api_route(
        *("POST", "/notifications/reads", read, "reads.create"),
        permission=SIGNED_IN,
        summary="Mark what you were told as read: some entries, all of a club, or all",
        body=ReadInput,
        returns=ReadOut,
    ),
    api_route(
        *("GET", "/follows", follows, "follows"),
        permission=SIGNED_IN,
        summary="What you follow",
        returns=Items[FollowOut],
    ),
    api_route(
        *("POST", "/follows", follow, "follows.create"),
        permission=SIGNED_IN,
        summary="Follow a club, a plugin, an item, its author, or a value of a field such as a tag",
        body=ClubFollowInput,
        returns=FollowOut,
        status=201,
    ),
    api_route(
        *("DELETE", "/follows/{follow:int}", end_follow, "follows.delete"),
        permission=SIGNED_IN,
        summary="Follow something no more",
        status=204,
    ),
)
