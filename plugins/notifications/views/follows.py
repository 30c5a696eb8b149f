"""What I follow, and following more."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from cercle import Club, Content, Invalid, NotFound, Request, Viewer, current_app, gettext, item_at, read_form
from plugins.notifications.forms import FollowInput
from plugins.notifications.models import Follow
from plugins.notifications.queries.follows import followed_by, follows_in, item_target
from plugins.notifications.services import following


async def index(request: Request) -> Response:
    """The list, with a button to end each."""
    return await request.page("notifications/follows/index.html", followed=await followed_by(request.viewer))


async def delete(request: Request) -> Response:
    """Follow one of them no more."""
    await following.unfollow(request.viewer, request.path_params["follow"])
    request.flash(gettext("You do not follow it any more."))
    return request.redirect("notifications:follows.index")


async def new(request: Request) -> Response:
    """What can be followed from an item: itself, its author, what is new in its plugin and in the club."""
    _refuse_strangers(request)
    params = request.path_params
    place = (params["plugin"], params["kind"], params["item"])
    content = await item_at(request.club, *place, viewer=request.viewer)
    return await _offers(request, content.plugin, content)


async def place(request: Request) -> Response:
    """What can be followed in a club, with no item at hand."""
    _refuse_strangers(request)
    return await _offers(request, "", None)


async def create(request: Request) -> Response:
    """Follow it."""
    _refuse_strangers(request)
    form = await read_form(request, FollowInput)
    try:
        await begin(request.club, form.data, request.viewer)
    except Invalid as error:
        request.flash(error.message, "error")
        return request.redirect("notifications:follows.place")
    request.flash(gettext("You follow it now."))
    if form.data.what in ("item", "author"):
        content = await _item(request.club, form.data, request.viewer)
        return request.redirect(
            "notifications:follows.new", plugin=content.plugin, kind=content.kind, item=content.object_id
        )
    return request.redirect("notifications:follows.index")


async def begin(club: Club, asked: FollowInput, viewer: Viewer) -> Follow:
    """Follow what is asked for.

    Raises:
        NotFound: when it is not there for them.
        Invalid: when there is no such field, or very much is followed already.
    """
    match asked.what:
        case "item":
            return await following.follow_item(club, asked.plugin, asked.kind, asked.item, actor=viewer)
        case "author":
            return await following.follow_author(club, await _item(club, asked, viewer), actor=viewer)
        case "plugin":
            return await following.follow_plugin(club, asked.plugin, actor=viewer)
        case "field":
            if not asked.value:
                raise Invalid(gettext("Please fill this in."), field="value")
            return await following.follow_field(club, asked.plugin, asked.field, asked.value, actor=viewer)
        case _:
            return await following.follow_club(club, actor=viewer)


async def _offers(request: Request, plugin: str, content: Content | None) -> Response:
    mine = await follows_in(request.club, request.viewer)
    parts = [one for one in current_app().parts.plugins if _reads(request, one.name)]
    author = await _author(request, content)
    item = item_target(content.plugin, content.kind, content.object_id) if content else ""
    return await request.page(
        "notifications/follows/new.html",
        content=content,
        item_follow=mine.get(item),
        author=author,
        author_follow=mine.get(f"author:{author.id}") if author else None,
        plugins=[
            (one.name, request.plugin_title(one.name), mine.get(f"plugin:{one.name}"))
            for one in parts
            if not plugin or one.name == plugin
        ],
        club_follow=mine.get("club:"),
        fields=[
            (one.name, request.plugin_title(one.name), one.part.search_fields)
            for one in parts
            if one.part.search_fields and (not plugin or one.name == plugin)
        ],
    )


async def _author(request: Request, content: Content | None) -> Any:
    """Who wrote an item, where that is somebody else."""
    if content is None or content.author_id in (None, request.viewer.id):
        return None
    await content.fetch_related("author")
    return content.author


async def _item(club: Club, asked: FollowInput, viewer: Viewer) -> Content:
    return await item_at(club, asked.plugin, asked.kind, asked.item, viewer=viewer)


def _reads(request: Request, plugin: str) -> bool:
    grant = request.viewer.grants.get(request.club.id)
    return grant is not None and f"{plugin}.view" in grant.allowed


def _refuse_strangers(request: Request) -> None:
    """Visitors of a public club follow nothing in it."""
    if request.access is None or not request.access.is_member:
        raise NotFound()
