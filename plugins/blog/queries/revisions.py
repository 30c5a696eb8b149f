"""The versions of a post."""

from __future__ import annotations

from cercle import NotFound
from plugins.blog.models import Post, Revision
from plugins.blog.queries.entries import Entry


async def list_revisions(post: Post | Entry, *, limit: int = 200) -> list[Revision]:
    """The versions of a post without their texts, newest first, with their authors."""
    found = Revision.filter(post_id=post.id).order_by("-number").limit(limit).prefetch_related("author")
    return await found.only("id", "number", "title", "author_id", "created_at")


async def find_revision(post: Post | Entry, number: int) -> Revision:
    """One version of a post.

    Raises:
        NotFound: when there is none of this number.
    """
    found = await Revision.filter(post_id=post.id, number=number).select_related("author").first()
    if found is None:
        raise NotFound()
    return found
