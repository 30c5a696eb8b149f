"""What the blog answers to the club: a panel of news, what it keeps, and posts for the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cercle import (
    Club,
    Holding,
    Link,
    Panel,
    PanelQuery,
    Shared,
    ShareTarget,
    Viewer,
    can,
    current_app,
    dialect,
    gettext,
    hookimpl,
    ngettext,
    rows,
)
from plugins.blog.permissions import VIEW, WRITE
from plugins.blog.queries.attachments import attachments_held
from plugins.blog.queries.posts import name_of, newest_posts
from plugins.blog.services.demo import seed


@hookimpl
def club_panels(club: Club, viewer: Viewer) -> Sequence[PanelQuery]:
    """The newest posts."""
    return (PanelQuery(newest_posts(club, viewer, limit=4), partial(_panel, club.slug)),)


def _panel(club: str, posts: list[list[Any]]) -> Panel | None:
    path = current_app().urls.path
    links = tuple(
        Link(title, path("blog:posts.show", club=club, slug=slug), "newspaper", name_of(author))
        for title, slug, author in posts
    )
    more = Link(gettext("All posts"), path("blog:posts.index", club=club))
    return Panel(gettext("From the blog"), links, more, order=20) if links else None


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
async def demo_seeded(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """Posts of a made-up network."""
    await seed(app, club, cast)
