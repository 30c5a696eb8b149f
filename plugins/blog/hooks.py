"""What the blog answers to the club: a panel of news, what it keeps, and posts for the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from cercle import (
    Club,
    DatesQuery,
    Event,
    ExportFile,
    FeedAddress,
    Finding,
    Holding,
    Link,
    MergeStep,
    Panel,
    PanelQuery,
    PersonHolding,
    Shared,
    ShareTarget,
    Viewer,
    can,
    clubs_read_by,
    current_app,
    dialect,
    gettext,
    hookimpl,
    links_to,
    ngettext,
    rows,
)
from plugins.blog.events import PostPublished
from plugins.blog.models import Post
from plugins.blog.permissions import VIEW, WRITE
from plugins.blog.queries.attachments import attachments_held
from plugins.blog.queries.dates import dates_in_clubs, next_dates
from plugins.blog.queries.entries import name_of
from plugins.blog.queries.posts import newest_posts
from plugins.blog.services import leaving
from plugins.blog.services.demo import seed
from plugins.blog.services.merging import make_room
from plugins.blog.services.publication import count_overdue, let_out, restore_post, tell_readers, trash_post

_PATIENCE = timedelta(minutes=10)


@hookimpl
async def person_feeds(user: Any, token: str) -> Sequence[FeedAddress]:
    """The posts of each club whose blog the person reads."""
    app = current_app()
    made = []
    for club in await clubs_read_by(user.id, "blog"):
        name = "feeds.private" if token else "feeds.signed"
        path = app.urls.path(f"blog:{name}", club=club.slug, **({"token": token} if token else {}))
        made.append(FeedAddress(f"{gettext('Blog')} · {club.name}", app.settings.base_url + path))
    return made


@hookimpl
def site_started(app: Any) -> None:
    """What posts invite to stands on the homes of people too."""
    app.navigation.provide_dates("blog", dates_in_clubs)


@hookimpl
def club_panels(club: Club, viewer: Viewer) -> Sequence[PanelQuery]:
    """The newest posts, and what posts invite to."""
    all_dates = Link(gettext("All dates"), current_app().urls.path("blog:dates.index", club=club.slug))
    newest = PanelQuery(newest_posts(club, viewer, limit=4), partial(_panel, club.slug))
    return (newest, DatesQuery(next_dates(club, viewer), more=all_dates))


def _panel(club: str, posts: list[list[Any]]) -> Panel | None:
    path = current_app().urls.path
    links = tuple(
        Link(title, path("blog:posts.show", club=club, slug=slug), "newspaper", name_of(author))
        for title, slug, author in posts
    )
    more = Link(gettext("All posts"), path("blog:posts.index", club=club))
    return Panel(gettext("From the blog"), links, more, order=20) if links else None


@hookimpl
async def site_checked() -> list[Finding]:
    """Scheduled posts whose time has come, and that nobody was told of."""
    if late := await count_overdue(_PATIENCE):
        text = ngettext(
            "%(count)s scheduled post is overdue; is the job blog.announce_due failing?",
            "%(count)s scheduled posts are overdue; is the job blog.announce_due failing?",
            late,
        )
        return [Finding("warn", "blog", text)]
    return [Finding("ok", "blog", gettext("No scheduled post is overdue."))]


@hookimpl
def palette_commands(club: Club, viewer: Viewer) -> Sequence[Link]:
    """Writing a post, and going on with one."""
    path = current_app().urls.path
    write = [Link(gettext("Write a post"), path("blog:posts.new", club=club.slug), "pen-line")]
    drafts = [Link(gettext("Drafts"), path("blog:drafts.index", club=club.slug), "newspaper")]
    return [*(write if can(viewer, WRITE, club) else ()), *(drafts if can(viewer, VIEW, club) else ())]


@hookimpl
def share_targets(club: Club, viewer: Viewer, shared: Shared) -> Sequence[ShareTarget]:
    """A new post of what is shared."""
    if shared.files or not can(viewer, WRITE, club):
        return ()
    url = current_app().urls.path("blog:posts.new", club=club.slug, title=shared.title, body=shared.text)
    return [ShareTarget(gettext("New blog post"), url, "newspaper")]


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """Posts, their covers and the files in their texts."""
    found = await rows(
        "SELECT COUNT(*) AS posts, COUNT(cover_hash) AS covers, SUM(cover_size) AS size FROM blog_post "
        f"WHERE club_id = {dialect().param(1)}",
        [club.id],
    )
    posts, covers = found[0]["posts"], found[0]["covers"]
    made = [Holding(ngettext("post", "posts", posts), posts)]
    if covers:
        made.append(Holding(ngettext("cover picture", "cover pictures", covers), covers, int(found[0]["size"] or 0)))
    count, size = await attachments_held(club)
    if count:
        made.append(Holding(ngettext("attachment", "attachments", count), count, size))
    return made


@hookimpl
async def links_counted(club: Club, address: str) -> Sequence[Holding]:
    """Posts and drafts with links to an address."""
    condition, values = links_to("body_html", address, first=2)
    sql = f"SELECT COUNT(*) AS posts FROM blog_post WHERE club_id = {dialect().param(1)} AND state <> 'trashed' AND {condition}"
    count = int((await rows(sql, [club.id, *values]))[0]["posts"])
    return (Holding(ngettext("post", "posts", count), count),)


@hookimpl
async def event_announced(event: Event) -> None:
    """Tell members of new posts."""
    if isinstance(event, PostPublished):
        post = await Post.get_or_none(id=event.post_id, club_id=event.club_id).select_related("club")
        if post is not None:
            await tell_readers(post.club, post, key=event.id)


@hookimpl
async def person_exported(user: Any) -> Sequence[ExportFile]:
    """Their posts and drafts, and the files they sent."""
    return await leaving.files_of_person(user.id)


@hookimpl
async def person_holdings(user: Any) -> Sequence[PersonHolding]:
    """Posts and drafts."""
    return await leaving.holdings_of_person(user.id)


@hookimpl
async def person_erased(user: Any) -> None:
    """Drafts that nobody else has worked on, and files that no post has; posts stay, unless the person wants theirs erased."""
    await leaving.forget_person(user.id)
    if not user.leaves_works:
        await leaving.erase_works(user.id)


@hookimpl
async def content_hidden(club: Club, object_id: int, hidden: bool, actor: Viewer, is_new: bool) -> None:
    """A post goes into the trash, and comes out of it; one that waited comes out as new."""
    post = await Post.get_or_none(id=object_id, club_id=club.id)
    if post is None or (post.state == "trashed") == hidden:
        return
    if hidden:
        await trash_post(club, post, actor=actor)
    elif is_new:
        await let_out(club, post, actor=actor)
    else:
        await restore_post(club, post, actor=actor)


@hookimpl
async def club_merged(source: Club, target: Club, is_over: bool) -> MergeStep | None:
    """Posts whose address is taken get another one."""
    return None if is_over else await make_room(source, target)


@hookimpl
async def demo_seeded(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """Posts of a made-up network."""
    await seed(app, club, cast)
