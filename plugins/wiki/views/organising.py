"""Names, places in the tree, and the trash."""

from __future__ import annotations

from starlette.responses import Response

from cercle import Form, Invalid, NotFound, Request, can, gettext, read_form, require
from plugins.wiki.forms import NameInput, PlaceInput
from plugins.wiki.models import Page
from plugins.wiki.permissions import DELETE
from plugins.wiki.queries import get_page, get_trashed
from plugins.wiki.services.pages import rename_page
from plugins.wiki.services.trash import restore_page, trash_page
from plugins.wiki.services.tree import move_page
from plugins.wiki.views.pages import parent_options

TRASH_SIZE = 100


async def edit_name(request: Request) -> Response:
    """The form for another title."""
    page = await get_page(request.club, request.path_params["slug"])
    return await request.page("wiki/pages/name.html", page=page, form=Form({"title": page.title}))


async def update_name(request: Request) -> Response:
    """Give a page another title; its old address leads on."""
    page = await get_page(request.club, request.path_params["slug"])
    form = await read_form(request, NameInput)
    if form.is_valid:
        try:
            renamed = await rename_page(request.club, page, form.data.title, actor=request.viewer)
        except Invalid as error:
            form.refuse(error)
        else:
            request.flash(gettext("The page is renamed. Its old address leads here."))
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
        parent = await get_page(request.club, form.data.parent) if form.data.parent else None
        await move_page(page, parent=parent, position=form.data.position)
    except (Invalid, NotFound) as error:
        form.refuse(error if isinstance(error, Invalid) else Invalid(error.message, field="parent"))
        return await _place_form(request, page, form, 422)
    request.flash(gettext("The page is moved."))
    return request.redirect("wiki:pages.show", slug=page.slug)


async def trash(request: Request) -> Response:
    """What is in the trash."""
    pages = Page.filter(club_id=request.club.id).exclude(trashed_at=None).order_by("-trashed_at").limit(TRASH_SIZE)
    found = await pages.only("id", "title", "trashed_at", "author_id", "club_id")
    shown = [(page, can(request.viewer, DELETE, page)) for page in found]
    return await request.page("wiki/trash/index.html", pages=shown)


async def put_into_trash(request: Request) -> Response:
    """Put a page into the trash."""
    page = await get_page(request.club, request.path_params["slug"])
    require(request.viewer, DELETE, page)
    await trash_page(request.club, page, actor=request.viewer)
    request.flash(gettext("“%(title)s” is in the trash. You can take it out again.", title=page.title))
    return request.redirect("wiki:trash.index")


async def take_out_of_trash(request: Request) -> Response:
    """Take a page out of the trash."""
    page = await get_trashed(request.club, int(request.path_params["id"]))
    require(request.viewer, DELETE, page)
    restored = await restore_page(request.club, page, actor=request.viewer)
    request.flash(gettext("The page is back."))
    return request.redirect("wiki:pages.show", slug=restored.slug)


async def _place_form(request: Request, page: Page, form: Form[PlaceInput], status: int = 200) -> Response:
    parents = await parent_options(request, besides=page)
    return await request.page("wiki/pages/place.html", status, page=page, form=form, parents=parents)
