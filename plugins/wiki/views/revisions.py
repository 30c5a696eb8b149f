"""The history of a page, two versions compared, an old one restored, and what changed lately in the whole wiki."""

from __future__ import annotations

from starlette.responses import Response

from cercle import Invalid, NotFound, Request, gettext
from plugins.wiki.models import Attachment, Revision
from plugins.wiki.queries import get_page, get_revision
from plugins.wiki.rendering import render_page
from plugins.wiki.services.pages import restore_revision
from plugins.wiki.views.rows import diff_rows

PAGE_SIZE = 50


async def index(request: Request) -> Response:
    """All versions of a page, newest first."""
    page = await get_page(request.club, request.path_params["slug"])
    found = Revision.filter(page_id=page.id).order_by("-number").limit(PAGE_SIZE + 1)
    if before := _number(request, "before"):
        found = found.filter(number__lt=before)
    revisions = await found.select_related("author").only(
        "id",
        "number",
        "title",
        "message",
        "created_at",
        "author_id",
        "author__id",
        "author__name",
        "author__handle",
        "author__photo_hash",
        "author__hidden",
    )
    shown = revisions[:PAGE_SIZE]
    older = f"?before={shown[-1].number}" if len(revisions) > PAGE_SIZE else None
    return await request.page("wiki/revisions/index.html", page=page, revisions=shown, older=older)


async def show(request: Request) -> Response:
    """One version as it was."""
    page = await get_page(request.club, request.path_params["slug"])
    revision = await get_revision(page, int(request.path_params["number"]))
    try:
        files = await Attachment.filter(page_id=page.id)
        html = (await render_page(request.club, revision.body, files)).html
    except Invalid:
        html = ""
    return await request.page("wiki/revisions/show.html", page=page, revision=revision, html=html)


async def compare(request: Request) -> Response:
    """Two versions beside each other; by default the last two."""
    page = await get_page(request.club, request.path_params["slug"])
    new = await get_revision(page, _number(request, "new") or page.version)
    old = await get_revision(page, _number(request, "old") or max(new.number - 1, 1))
    if old.number > new.number:
        old, new = new, old
    rows, truncated = await diff_rows(_text(old), _text(new))
    return await request.page(
        "wiki/revisions/compare.html", page=page, old=old, new=new, rows=rows, truncated=truncated
    )


async def restore(request: Request) -> Response:
    """Save an old version again, as a new one."""
    page = await get_page(request.club, request.path_params["slug"])
    revision = await get_revision(page, int(request.path_params["number"]))
    saved = await restore_revision(request.club, page, revision, actor=request.viewer)
    before = request.path("wiki:restorations.create", slug=saved.page.slug, number=page.version)
    request.flash(gettext("Version %(number)s is restored, as a new version.", number=revision.number), undo=before)
    return request.redirect("wiki:pages.show", slug=saved.page.slug)


async def changes(request: Request) -> Response:
    """What changed lately in the whole wiki, newest first."""
    found = Revision.filter(club_id=request.club.id, page__trashed_at=None).order_by("-id").limit(PAGE_SIZE + 1)
    if before := _number(request, "before"):
        found = found.filter(id__lt=before)
    revisions = await found.select_related("author", "page").only(
        "id",
        "number",
        "title",
        "message",
        "created_at",
        "author_id",
        "page_id",
        "author__id",
        "author__name",
        "author__handle",
        "author__photo_hash",
        "author__hidden",
        "page__id",
        "page__slug",
    )
    shown = revisions[:PAGE_SIZE]
    older = f"?before={shown[-1].id}" if len(revisions) > PAGE_SIZE else None
    return await request.page("wiki/revisions/changes.html", revisions=shown, older=older)


def _text(revision: Revision) -> str:
    return f"# {revision.title}\n\n{revision.body}"


def _number(request: Request, name: str) -> int:
    """A number from the query; 0 where there is none.

    Raises:
        NotFound: when it cannot be a number of ours.
    """
    text = request.query_params.get(name, "")
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound()
    return int(text)
