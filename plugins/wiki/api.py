"""The JSON API of the wiki, below /api/v1/clubs/{club}/wiki."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from starlette.responses import Response

from cercle import (
    Invalid,
    Items,
    NotFound,
    Request,
    accepted,
    answer,
    api_route,
    cursor,
    etag_of,
    gettext,
    known_query,
    list_limit,
    read_body,
    read_cursor,
    require,
    require_match,
)
from plugins.wiki.forms import NewPageBody, PageBody
from plugins.wiki.models import Page, Revision
from plugins.wiki.names import canonical, page_url
from plugins.wiki.permissions import DELETE, EDIT, ORGANISE, VIEW
from plugins.wiki.queries import Shown, find_moved, find_source, get_page
from plugins.wiki.services.drafts import Draft, EditConflict
from plugins.wiki.services.pages import create_page, save_page
from plugins.wiki.services.trash import trash_page
from plugins.wiki.services.tree import move_page


class PageRow(BaseModel):
    """A page in a list."""

    id: int
    slug: str
    title: str
    parent: str | None
    url: str
    version: int
    created_at: datetime
    updated_at: datetime


class PageOut(PageRow):
    """A page with its text."""

    body: str
    html: str
    author: str | None
    editor: str | None


class RevisionOut(BaseModel):
    """A version of a page; the text of the latest is the page's."""

    number: int
    title: str
    message: str
    author: str | None
    created_at: datetime


class Pages(Items[PageRow]):
    """A list of pages."""


class Revisions(Items[RevisionOut]):
    """A list of versions, newest first."""


async def index(request: Request) -> Response:
    """All pages, in the order in which they were made."""
    known_query(request)
    limit = list_limit(request)
    found = (
        Page.filter(club_id=request.club.id, trashed_at=None, id__gt=_after(request)).order_by("id").limit(limit + 1)
    )
    pages = await found.select_related("parent")
    items = [_row(request, page) for page in pages[:limit]]
    return answer(Pages(items=items, next=cursor(items[-1].id) if len(pages) > limit else None))


async def create(request: Request) -> Response:
    """Write a new page."""
    sent = await read_body(request, NewPageBody)
    parent = await _parent(request, sent.parent)
    draft = Draft(sent.title, sent.body, sent.message)
    page = await create_page(request.club, draft, actor=request.viewer, parent=parent)
    try:
        made = await _load(request, page.slug)
    except NotFound:
        return accepted()
    response = answer(_out(request, made), 201, etag=_etag(made))
    response.headers["Location"] = request.path("wiki:api.pages.show", slug=page.slug)
    return response


async def show(request: Request) -> Response:
    """One page."""
    page = await _load(request, str(request.path_params["slug"]))
    return answer(_out(request, page), etag=_etag(page))


async def update(request: Request) -> Response:
    """Save a new version; with `If-Match` only when nobody else has since."""
    sent = await read_body(request, PageBody)
    before = await _load(request, str(request.path_params["slug"]))
    require_match(request, _etag(before), _out(request, before))
    page = await get_page(request.club, before.slug)
    parent = await _parent(request, sent.parent)
    moves = "parent" in sent.model_fields_set and before.parent_slug != (parent.slug if parent else None)
    if moves:
        require(request.viewer, ORGANISE, page)
    kept = Draft(
        before.title if sent.title is None else sent.title,
        before.body if sent.body is None else sent.body,
        sent.message,
    )
    base = before.version if _is_conditional(request) else None
    try:
        saved = await save_page(request.club, page, kept, actor=request.viewer, base=base, merge=False)
    except EditConflict as conflict:
        now = await _load(request, conflict.page.slug)
        require_match(request, _etag(now), _out(request, now))
        raise
    if moves:
        await move_page(saved.page, parent=parent)
    after = await _load(request, saved.page.slug)
    return answer(_out(request, after), etag=_etag(after))


async def delete(request: Request) -> Response:
    """Put a page into the trash."""
    page = await _load(request, str(request.path_params["slug"]))
    require(request.viewer, DELETE, page)
    require_match(request, _etag(page), _out(request, page))
    await trash_page(request.club, await get_page(request.club, page.slug), actor=request.viewer)
    return answer(None)


async def revisions(request: Request) -> Response:
    """The versions of a page, newest first."""
    known_query(request)
    limit = list_limit(request)
    page = await get_page(request.club, str(request.path_params["slug"]))
    found = Revision.filter(page_id=page.id).order_by("-number").limit(limit + 1)
    if after := _after(request):
        found = found.filter(number__lt=after)
    rows = await found.values("number", "title", "message", "created_at", author="author__name")
    items = [RevisionOut(**row) for row in rows[:limit]]
    return answer(Revisions(items=items, next=cursor(items[-1].number) if len(rows) > limit else None))


async def _load(request: Request, slug: str) -> Shown:
    """The page of this name, or of one that it had before."""
    slug = canonical(slug)
    page = await find_source(request.club, slug)
    if page is None and (moved := await find_moved(request.club, slug)):
        page = await find_source(request.club, moved)
    if page is None:
        raise NotFound(gettext("There is no page of this name."))
    return page


async def _parent(request: Request, slug: str | None) -> Page | None:
    try:
        return await get_page(request.club, slug) if slug else None
    except NotFound as error:
        raise Invalid(error.message, field="parent") from None


def _after(request: Request) -> int:
    values = read_cursor(request, 1)
    if values is None:
        return 0
    if not values[0].isascii() or not values[0].isdigit() or len(values[0]) > 9:
        raise Invalid(gettext("after must be the value of next from the page before."), field="after")
    return int(values[0])


def _is_conditional(request: Request) -> bool:
    return request.headers.get("if-match", "*").strip() != "*"


def _etag(page: Shown) -> str:
    return etag_of(page.id, page.version, page.parent_slug)


def _row(request: Request, page: Page) -> PageRow:
    above = page.parent if page.parent and page.parent.trashed_at is None else None
    return PageRow(
        id=page.id,
        slug=page.slug,
        title=page.title,
        parent=above.slug if above else None,
        url=page_url(request.club, page.slug),
        version=page.version,
        created_at=page.created_at,
        updated_at=page.updated_at,
    )


def _out(request: Request, page: Shown) -> PageOut:
    return PageOut(
        id=page.id,
        slug=page.slug,
        title=page.title,
        parent=page.parent_slug,
        url=page_url(request.club, page.slug),
        version=page.version,
        created_at=page.created_at,
        updated_at=page.updated_at,
        body=page.body,
        html=page.body_html,
        author=page.author_name,
        editor=page.editor_name,
    )


api = (
    api_route(
        "GET",
        "/pages",
        index,
        "pages.index",
        permission=VIEW,
        summary="All pages",
        returns=Pages,
        query=("limit", "after"),
    ),
    api_route(
        "POST",
        "/pages",
        create,
        "pages.create",
        permission=EDIT,
        summary="Write a page",
        body=NewPageBody,
        returns=PageOut,
        status=201,
    ),
    api_route("GET", "/pages/{slug}", show, "pages.show", permission=VIEW, summary="One page", returns=PageOut),
    api_route(
        "PUT",
        "/pages/{slug}",
        update,
        "pages.update",
        permission=EDIT,
        summary="Save a new version",
        body=PageBody,
        returns=PageOut,
    ),
    api_route(
        "DELETE",
        "/pages/{slug}",
        delete,
        "pages.delete",
        permission=DELETE,
        summary="Put a page into the trash",
        status=204,
    ),
    api_route(
        "GET",
        "/pages/{slug}/revisions",
        revisions,
        "revisions.index",
        permission=VIEW,
        summary="The versions of a page",
        returns=Revisions,
        query=("limit", "after"),
    ),
)
