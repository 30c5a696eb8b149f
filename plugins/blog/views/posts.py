"""Posts: lists of them, one of them, and the form in which they are written."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from cercle import (
    Form,
    Invalid,
    NotFound,
    Request,
    SignInNeeded,
    can,
    club_settings,
    cursor,
    gettext,
    listing,
    read_form,
)
from cercle import require as require_permission
from plugins.blog import permissions as p
from plugins.blog.forms import PostInput, PreviewInput, as_typed, zone_of
from plugins.blog.models import Post
from plugins.blog.queries.posts import (
    absent,
    find_post,
    list_posts,
    list_unpublished,
    load_post,
    moved_to,
)
from plugins.blog.services.drafts import current_draft
from plugins.blog.services.occasions import occasion_of
from plugins.blog.services.posts import EditConflict, Saved, change_post, create_post, render_body
from plugins.blog.services.publication import trash_post
from plugins.blog.settings import ClubSettings
from plugins.blog.views.comparison import compare
from plugins.blog.views.places import place_of

_PREFILLED = {"title": 200, "body": 20_000}


async def index(request: Request) -> Response:
    """The newest posts; for people outside only where there is something for them."""
    return await _list(request, "blog/posts/index.html")


async def by_tag(request: Request) -> Response:
    """The posts with a tag."""
    return await _list(request, "blog/posts/by_tag.html", tag=request.path_params["tag"][:60])


async def by_author(request: Request) -> Response:
    """The posts of a person."""
    return await _list(request, "blog/posts/by_author.html", author=request.path_params["handle"][:40])


async def _list(request: Request, template: str, *, tag: str | None = None, author: str | None = None) -> Response:
    after, most = place_of(request), (await club_settings(request.club, ClubSettings)).posts_per_page
    posts = await list_posts(request.club, request.viewer, tag=tag, author=author, after=after, limit=most + 1)
    narrowed = tag is not None or author is not None
    if not posts and after is None and (narrowed or not can(request.viewer, p.VIEW, request.club)):
        raise absent(request.viewer)
    last = posts[most - 1] if len(posts) > most else None
    older = f"?after={cursor(last.published_at, last.id)}" if last else None
    return await request.page(template, posts=posts[:most], older=older, tag=tag)


async def show(request: Request) -> Response:
    """One post; a former address leads to the present one."""
    slug = request.path_params["slug"]
    try:
        post = await find_post(request.club, slug, viewer=request.viewer)
    except (NotFound, SignInNeeded):
        moved = await moved_to(request.club, slug, viewer=request.viewer)
        if moved is None:
            raise
        return request.redirect("blog:posts.show", slug=moved)
    return await request.page("blog/posts/show.html", post=post)


async def drafts(request: Request) -> Response:
    """What is not out yet: my own posts, and with the right to it those of others."""
    posts = await list_unpublished(request.club, request.viewer)
    return await request.page("blog/posts/drafts.html", posts=posts)


async def new(request: Request) -> Response:
    """The form for a new post; what is shared brings title and text."""
    asked = request.query_params
    values = {name: asked.get(name, "").replace("\0", "")[:most] for name, most in _PREFILLED.items()}
    return await _form(request, Form[PostInput]({name: value for name, value in values.items() if value}))


async def create(request: Request) -> Response:
    """Keep a new post as a draft."""
    form = await read_form(request, PostInput)
    try:
        post = await create_post(request.club, form.data.draft(request.viewer.timezone), actor=request.viewer)
    except Invalid as error:
        return await _refused(request, form, error)
    request.flash(gettext("Your draft is saved."))
    return request.redirect(_next(form.data), slug=post.slug)


async def edit(request: Request) -> Response:
    """The form with what the post says now."""
    post = await _load(request)
    draft = await current_draft(post)
    values = {"title": post.title, "summary": post.summary, "body": post.body, "tags": draft.labels}
    values |= _date_values(post, request.viewer.timezone)
    form = Form[PostInput](values={**values, "address": post.slug, "version": str(post.version)})
    return await _form(request, form, post=post)


async def update(request: Request) -> Response:
    """Save the next version, merged with what others saved meanwhile."""
    post = await _load(request)
    form = await read_form(request, PostInput)
    try:
        sent = form.data
        draft = sent.draft(request.viewer.timezone, occasion_of(post))
        saved = await change_post(
            request.club, post, draft, base=sent.version, actor=request.viewer, address=sent.address
        )
    except Invalid as error:
        return await _refused(request, form, error, post=post)
    except EditConflict as conflict:
        return await _conflict(request, form, conflict)
    _say(request, saved)
    return request.redirect(_next(sent), slug=saved.post.slug)


async def delete(request: Request) -> Response:
    """Put a post into the trash."""
    post = await load_post(request.club, request.path_params["slug"], viewer=request.viewer)
    require_permission(request.viewer, p.DELETE, post)
    await trash_post(request.club, post, actor=request.viewer)
    back = request.path("blog:restorations.create", slug=post.slug)
    request.flash(gettext("“%(title)s” is in the trash.", title=post.title), undo=back)
    return request.redirect("blog:posts.index")


async def preview(request: Request) -> Response:
    """A text as it will look, for the editor."""
    form = await read_form(request, PreviewInput)
    try:
        made = await render_body(form.data.body)
    except Invalid as error:
        return await request.page("blog/posts/_preview.html", 422, body_html="", error=error.message)
    return await request.page("blog/posts/_preview.html", body_html=made.html, error=None)


def _date_values(post: Post, zone: str) -> dict[str, str]:
    """What the post invites to, as `PostInput` takes it."""
    start, end = as_typed(post.starts_at, zone), as_typed(post.ends_at, zone)
    return {"starts_at": start, "ends_at": end, "place": post.place, "known_date": occasion_of(post).mark}


async def _load(request: Request) -> Post:
    post = await load_post(request.club, request.path_params["slug"], viewer=request.viewer)
    require_permission(request.viewer, p.EDIT, post)
    return post


async def _form(
    request: Request, form: Form[PostInput], status: int = 200, *, post: Post | None = None, **more: Any
) -> Response:
    context = {"form": form, "post": post, "rows": None, "names": (), "theirs": None, "their_date": "", **more}
    return await request.page("blog/posts/edit.html", status, zone=str(zone_of(request.viewer.timezone)), **context)


async def _refused(request: Request, form: Form[PostInput], error: Invalid, *, post: Post | None = None) -> Response:
    if form.is_valid:
        form.refuse(error)
    return await _form(request, form, 422, post=post)


async def _conflict(request: Request, form: Form[PostInput], conflict: EditConflict) -> Response:
    """Mine stays in the form, to be saved over the present version; what differs is shown beside it."""
    form.values |= {"version": str(conflict.post.version), "known_date": occasion_of(conflict.post).mark}
    rows = compare(conflict.theirs.body, conflict.mine.body)
    theirs = conflict.theirs
    date = theirs.occasion.words if theirs.occasion and theirs.occasion != conflict.mine.occasion else ""
    more = {"rows": rows, "names": conflict.names, "theirs": theirs, "their_date": date}
    return await _form(request, form, 409, post=conflict.post, **more)


def _say(request: Request, saved: Saved) -> None:
    if saved.merged_with:
        names = listing(saved.merged_with)
        request.flash(gettext("Saved together with what %(names)s changed meanwhile.", names=names))
    elif saved.changed:
        request.flash(gettext("Saved."))
    else:
        request.flash(gettext("Nothing was changed."), "info")


def _next(sent: PostInput) -> str:
    return "blog:publication.new" if sent.then == "publish" else "blog:posts.show"
