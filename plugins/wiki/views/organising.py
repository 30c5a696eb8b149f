"""Names, places in the tree, and the trash."""

from __future__ import annotations

from starlette.responses import Response

from cercle import Form, Invalid, NotFound, Request, can, club_settings, gettext, read_form, require
from plugins.wiki.forms import NameInput, PlaceInput, ReturnInput
from plugins.wiki.models import Page
from plugins.wiki.permissions import DELETE
from plugins.wiki.queries import get_page, get_trashed, in_trash
from plugins.wiki.services.pages import rename_page
from plugins.wiki.services.trash import restore_page, trash_page
from plugins.wiki.services.tree import move_page, place_of
from plugins.wiki.settings import ClubSettings
from plugins.wiki.views.pages import parent_options

TRASH_SIZE = 100
MOST_BACK = 60  # pages that go back below one that comes out of the trash


async def edit_name(request: Request) -> Response:
    """The form for another title."""
    page = await get_page(request.club, request.path_params["slug"])
    return await request.page("wiki/pages/name.html", page=page, form=Form({"title": page.title}))


async def update_name(request: Request) -> Response:
    """Give a page another title; its old address leads on."""
    page = await get_page(request.club, request.path_params["slug"])
    form, before = await read_form(request, NameInput), page.title
    if form.is_valid:
        try:
            renamed = await rename_page(request.club, page, form.data.title, actor=request.viewer)
        except Invalid as error:
            form.refuse(error)
        else:
            undo = request.path("wiki:names.update", slug=renamed.slug)
            said = gettext("The page is renamed. Its old address leads here.")
            request.flash(said, undo=undo, fields={"title": before})
            return request.redirect("wiki:pages.show", slug=renamed.slug)
    return await request.page("wiki/pages/name.html", 422, page=page, form=form)


async def edit_place(request: Request) -> Response:
    """The form for another place in the tree."""
    page = await get_page(request.club, request.path_params["slug"])
    above = await Page.get_or_none(id=page.parent_id or 0, trashed_at=None)
    form: Form[PlaceInput] = Form({"parent": above.slug if above else "", "position": ""})
    return await _place_form(request, page, form)


async def update_place(request: Request) -> Response:
    """Move a page, with all below it."""
    page = await get_page(request.club, request.path_params["slug"])
    form = await read_form(request, PlaceInput)
    if not form.is_valid:
        return await _place_form(request, page, form, 422)
    try:
        before = await place_of(page)
        parent = await get_page(request.club, form.data.parent) if form.data.parent else None
        await move_page(page, parent=parent, position=form.data.position)
    except (Invalid, NotFound) as error:
        form.refuse(error if isinstance(error, Invalid) else Invalid(error.message, field="parent"))
        return await _place_form(request, page, form, 422)
    request.flash(gettext("The page is moved."), undo=request.path("wiki:places.update", slug=page.slug), fields=before)
    return request.redirect("wiki:pages.show", slug=page.slug)


async def trash(request: Request) -> Response:
    """What is in the trash."""
    pages = in_trash(request.club).order_by("-trashed_at").limit(TRASH_SIZE)
    found = await pages.only("id", "title", "trashed_at", "author_id", "club_id")
    shown = [(page, can(request.viewer, DELETE, page)) for page in found]
    days = (await club_settings(request.club, ClubSettings)).trash_days
    return await request.page("wiki/trash/index.html", pages=shown, days=days)


async def put_into_trash(request: Request) -> Response:
    """Put a page into the trash."""
    page = await get_page(request.club, request.path_params["slug"])
    require(request.viewer, DELETE, page)
    place = await place_of(page)
    children = await trash_page(request.club, page, actor=request.viewer)
    said = gettext("“%(title)s” is in the trash. You can take it out again.", title=page.title)
    fields = {"position": place["position"], "below": ",".join(map(str, children[:MOST_BACK]))}
    request.flash(said, undo=request.path("wiki:trash.delete", id=page.id), fields=fields)
    above = await Page.get_or_none(id=page.parent_id or 0, trashed_at=None)
    return request.redirect("wiki:pages.show", slug=above.slug) if above else request.redirect("wiki:pages.index")


async def take_out_of_trash(request: Request) -> Response:
    """Take a page out of the trash; who asks twice finds it out of it."""
    page = await get_trashed(request.club, int(request.path_params["id"]), also_out=True)
    require(request.viewer, DELETE, page)
    wanted = (await read_form(request, ReturnInput)).data
    restored = page
    if page.trashed_at is not None:
        restored = await restore_page(
            request.club, page, actor=request.viewer, position=wanted.position, children=wanted.children
        )
    request.flash(gettext("The page is back."))
    return request.redirect("wiki:pages.show", slug=restored.slug)


async def _place_form(request: Request, page: Page, form: Form[PlaceInput], status: int = 200) -> Response:
    parents = await parent_options(request, besides=page)
    return await request.page("wiki/pages/place.html", status, page=page, form=form, parents=parents)
