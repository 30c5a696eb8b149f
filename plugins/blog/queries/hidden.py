"""Posts that a moderator has hidden: they lie in the trash, but nobody else finds them there."""

from __future__ import annotations

from tortoise.queryset import QuerySet

from cercle import Club, hidden_items
from plugins.blog.models import Post

HIDDEN = (
    "EXISTS (SELECT 1 FROM spaces_content h WHERE h.plugin = 'blog' AND h.kind = 'post' AND h.object_id = p.id "
    "AND h.hidden_at IS NOT NULL)"
)
"""The condition for them, about `blog_post p`."""


def unhidden(club: Club) -> QuerySet[Post]:
    """The posts of a club without them."""
    return Post.filter(club_id=club.id).exclude(id__in=hidden_items(club.id, plugin="blog", kind="post"))
