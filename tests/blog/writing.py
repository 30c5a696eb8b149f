"""Posts for the tests of the blog, written by the services as the pages would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cercle import Club
from cercle.testing import Village
from core.accounts.models import User
from plugins.blog.models import Post
from plugins.blog.services.drafts import Draft
from plugins.blog.services.names import parse_tags
from plugins.blog.services.posts import create_post
from plugins.blog.services.publication import Plan


async def write(
    village: Village,
    title: str,
    *,
    author: User | None = None,
    club: Club | None = None,
    body: str = "Some words.",
    summary: str = "",
    tags: str = "",
    state: str = "published",
    audience: str = "club",
    ago: int = 0,
) -> Post:
    """A post by the member of the village, or by the owner in the clubs where they alone are."""
    place = club or village.club
    person = author or (village.member if place.id == village.club.id else village.owner)
    viewer = await village.viewer(person, place)
    now = datetime.now(UTC)
    plan = Plan(state, audience, now + timedelta(days=1) if state == "scheduled" else None)
    draft = Draft(title, body, summary, parse_tags(tags.split(",")))
    return await create_post(place, draft, actor=viewer, plan=plan, at=now - timedelta(minutes=ago))


async def let_time_pass(post: Post) -> None:
    """The moment for which a post is scheduled is over."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    await Post.filter(id=post.id).update(publish_at=past, published_at=past)
