"""What the blog answers to the club: a panel of news, what it keeps, and posts for the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cercle import Club, Holding, Link, Panel, Viewer, current_app, gettext, hookimpl
from plugins.blog.queries import author_of, holdings, list_posts
from plugins.blog.services.demo import seed


@hookimpl
async def club_panels(club: Club, viewer: Viewer) -> Sequence[Panel]:
    """The newest posts."""
    posts = await list_posts(club, viewer, limit=4)
    if not posts:
        return ()
    urls = current_app().urls
    links = tuple(
        Link(post.title, urls.path("blog:posts.show", club=club.slug, slug=post.slug), "newspaper", author_of(post))
        for post in posts
    )
    more = Link(gettext("All posts"), urls.path("blog:posts.index", club=club.slug))
    return (Panel(gettext("From the blog"), links, more, order=20),)


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """Posts and their covers."""
    return await holdings(club)


@hookimpl
async def demo_seeded(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """Posts of a made-up network."""
    await seed(app, club, cast)
