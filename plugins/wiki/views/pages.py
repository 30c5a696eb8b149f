"""Pages: reading, writing, and what happens when two people write at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.responses import JSONResponse, Response

from cercle import (
    Form,
    Invalid,
    NotFound,
    Request,
    ago,
    club_settings,
    gettext,
    listing,
    member_settings,
    read_form,
    sort_key,
)
from plugins.wiki.forms import NewPageInput, PageInput
from plugins.wiki.models import HOME, Attachment, Page
from plugins.wiki.names import canonical, file_markdown, slug_of
from plugins.wiki.queries import (
    AROUND_LIMIT,
    TREE_LIMIT,
    Leaf,
    find_moved,
    find_page,
    find_trashed,
    get_page,
    load_around,
    load_tree,
    search_titles,
)
from plugins.wiki.services.drafts import Draft, EditConflict, PageGone
from plugins.wiki.services.files import is_picture
from plugins.wiki.services.pages import create_page, save_page
from plugins.wiki.settings import ClubSettings, MemberSettings
from plugins.wiki.views.nodes import count, nodes
from plugins.wiki.views.rows import diff_rows

SEARCH_LIMIT = 100
MAX_SHARED = 20_000
COMPLETIONS = 8


async def home(request: Request) -> Response:
    """The first page of the wiki with the tree of all others."""
    page = await find_page(request.club, HOME)
    around = await load_around(request.club, page, tree=True)
    tree = nodes(request.club, around.tree, current=page.id if page else None)
    if page is None:
        return await request.page("wiki/pages/empty.html", tree=tree)
    shown: dict[str, Any] = {"page": page, "around": around, "tree": tree, "nodes": _below(request, around.below)}
    return await request.page("wiki/pages/show.html", **shown, outline=await _shows_outline(request))


async def index(request: Request) -> Response:
    """All pages as a tree, or those whose titles match `q`."""
    words = request.query_params.get("q", "").strip()
    if words:
        found = await search_titles(request.club, words, SEARCH_LIMIT)
        return await request.page("wiki/pages/index.html", found=found, tree=[], truncated=False)
    leaves = await load_tree(request.club)
    truncated = count(leaves) >= TREE_LIMIT
    return await request.page(
        "wiki/pages/index.html", found=None, tree=nodes(request.club, leaves), truncated=truncated
    )


async def show(request: Request) -> Response:
    """One page."""
    slug = str(request.path_params["slug"])
    if slug == HOME:
        return request.redirect("wiki:pages.home")
    page = await find_page(request.club, canonical(slug))
    if page is None:
        return await _elsewhere(request, slug)
    around = await load_around(request.club, page)
    outline = await _shows_outline(request)
    facts = (page, around.facts, ago(page.updated_at), outline)
    shown: dict[str, Any] = {"page": page, "around": around, "tree": (), "nodes": _below(request, around.below)}
    return await request.page("wiki/pages/show.html", facts=facts, **shown, outline=outline)


async def new(request: Request) -> Response:
    """The form for a new page; a link to a missing page brings its title, what is shared its text too."""
    asked = request.query_params
    values = {name: asked.get(name, "").replace("\0", "")[:200] for name in ("title", "parent", "home")}
    values["body"] = asked.get("body", "").replace("\0", "")[:MAX_SHARED]
    return await _new_form(request, Form(values))


async def create(request: Request) -> Response:
    """Write a new page."""
    form = await read_form(request, NewPageInput)
    if not form.is_valid:
        return await _new_form(request, form, 422)
    sent = form.data
    try:
        parent = await get_page(request.club, sent.parent) if sent.parent else None
        draft = Draft(sent.title, sent.body, sent.message)
        page = await create_page(request.club, draft, actor=request.viewer, parent=parent, home=sent.home)
    except NotFound:
        form.refuse(Invalid(gettext("This page is not there any more. Choose another."), field="parent"))
    except Invalid as error:
        form.refuse(error)
    else:
        request.flash(gettext("The page is written."))
        return request.redirect("wiki:pages.show", slug=page.slug)
    return await _new_form(request, form, 422)


async def edit(request: Request) -> Response:
    """The form for a new version."""
    page = await get_page(request.club, request.path_params["slug"])
    form: Form[PageInput] = Form({"title": page.title, "body": page.body, "message": "", "version": page.version})
    return await _edit_form(request, page, form)


async def update(request: Request) -> Response:
    """Save a new version, merged with what others saved meanwhile."""
    form = await read_form(request, PageInput)
    try:
        page = await get_page(request.club, request.path_params["slug"])
    except NotFound:
        return await _new_form(request, _as_new_page(form), 409, gone=True)
    if not form.is_valid:
        return await _edit_form(request, page, form, 422)
    sent = form.data
    try:
        draft = Draft(sent.title, sent.body, sent.message)
        saved = await save_page(request.club, page, draft, actor=request.viewer, base=sent.version)
    except EditConflict as conflict:
        return await _conflict_form(request, conflict, form)
    except PageGone:
        return await _new_form(request, _as_new_page(form), 409, gone=True)
    except Invalid as error:
        form.refuse(error)
        return await _edit_form(request, page, form, 422)
    _tell(request, saved.merged_with, changed=saved.changed)
    return request.redirect("wiki:pages.show", slug=saved.page.slug)


async def titles(request: Request) -> Response:
    """Pages to complete `[[` with, as JSON: what to show and what to write."""
    found = await search_titles(request.club, request.query_params.get("q", ""), COMPLETIONS)
    offered = [{"label": leaf.title, "value": _written(leaf)} for leaf in found]
    return JSONResponse(offered, headers={"Cache-Control": "private, no-store"})


async def parent_options(request: Request, *, besides: Page | None = None) -> list[tuple[str, str]]:
    """The pages that another can stand below, indented, for a select."""
    top = [("", gettext("At the top"))]
    return top + list(_options(await load_tree(request.club), besides.id if besides else 0, 0))


def _options(leaves: list[Leaf], besides: int, depth: int) -> Iterator[tuple[str, str]]:
    for leaf in leaves:
        if leaf.id != besides:
            yield leaf.slug, "\u2003" * depth + leaf.title
            yield from _options(leaf.children, besides, depth + 1)


async def _elsewhere(request: Request, slug: str) -> Response:
    """A page that moved, or is missing: it can be begun here, or taken out of the trash."""
    name = canonical(slug)
    moved = await find_moved(request.club, name)
    if moved is not None:
        return request.redirect("wiki:pages.show", slug=moved)
    if (explained := await request.explained_absence()) is not None:
        return explained
    trashed = await find_trashed(request.club, name)
    title = trashed.title if trashed else slug.replace("\0", "").replace("-", " ").strip()[:200].capitalize()
    return await request.page("wiki/pages/missing.html", 404, wanted=title, trashed=trashed)


async def _new_form(request: Request, form: Form[NewPageInput], status: int = 200, *, gone: bool = False) -> Response:
    parents, mode = await parent_options(request), await _editor_mode(request)
    return await request.page("wiki/pages/new.html", status, form=form, parents=parents, gone=gone, mode=mode)


async def _edit_form(request: Request, page: Page, form: Form[PageInput], status: int = 200) -> Response:
    files, mode = await _files(page), await _editor_mode(request)
    return await request.page("wiki/pages/edit.html", status, page=page, form=form, files=files, mode=mode)


async def _conflict_form(request: Request, conflict: EditConflict, form: Form[PageInput]) -> Response:
    """Both texts beside each other, and the marked merge to decide in."""
    rows, truncated = await diff_rows(conflict.page.body, conflict.mine)
    values = {**form.values, "title": conflict.title_wanted, "body": conflict.merged, "version": conflict.page.version}
    return await request.page(
        "wiki/pages/conflict.html",
        409,
        page=conflict.page,
        form=Form(values),
        names=listing(conflict.names),
        mine=conflict.mine,
        rows=rows,
        truncated=truncated,
        mode=await _editor_mode(request),
    )


async def _shows_outline(request: Request) -> bool:
    return (await club_settings(request.club, ClubSettings)).show_outline


async def _editor_mode(request: Request) -> str | None:
    """How this person wants to write; None for how they last did on their device."""
    chosen = (await member_settings(request.viewer, MemberSettings)).editor
    return None if chosen == "last" else chosen


def _as_new_page(form: Form[PageInput]) -> Form[NewPageInput]:
    kept = {name: form.values.get(name, "") for name in ("title", "body", "message")}
    return Form({**kept, "parent": "", "home": ""})


async def _files(page: Page) -> list[str]:
    found = await Attachment.filter(page_id=page.id, trashed_at=None).order_by("name").limit(AROUND_LIMIT)
    in_order = sorted(found, key=lambda file: sort_key(file.name))
    return [file_markdown(file.name, shown=is_picture(file.content_type)) for file in in_order]


def _below(request: Request, leaves: list[Leaf]) -> list[object]:
    return [*nodes(request.club, leaves)]


def _tell(request: Request, merged_with: tuple[str, ...], *, changed: bool) -> None:
    if merged_with:
        names = listing(merged_with)
        request.flash(gettext("Saved, together with what %(names)s changed meanwhile.", names=names))
    elif changed:
        request.flash(gettext("Saved."))
    else:
        request.flash(gettext("Nothing has changed."), "info")


def _written(leaf: Leaf) -> str:
    """What to write between the brackets: the title where it leads there, else the name as well."""
    plain = leaf.title.translate(str.maketrans("", "", "[]|#\\"))
    return plain if slug_of(plain) == leaf.slug else f"{leaf.slug}|{plain}"
