"""The files in the texts of posts, each for who may read its post; one that no post has yet, for who sent it."""

from __future__ import annotations

from tortoise.expressions import Q
from tortoise.functions import Count, Sum

from cercle import Club, NotFound, Viewer, can
from plugins.blog.models import Attachment, Post
from plugins.blog.permissions import VIEW
from plugins.blog.queries.posts import may_read

LISTED = 200


async def get_attachment(club: Club, key: str, name: str, *, viewer: Viewer) -> Attachment:
    """The file of this key and name.

    Raises:
        NotFound: when it is absent, its post is in the trash, or the viewer may not read it.
    """
    found = await Attachment.filter(club_id=club.id, key=key[:32], name=name[:200]).select_related("post").first()
    if found is None or not _may_see(club, viewer, found):
        raise NotFound()
    return found


async def list_attachments(club: Club, *, viewer: Viewer, post: Post | None = None) -> list[Attachment]:
    """What the viewer sent and no post has yet, and what this post has, newest first.

    Args:
        club: where.
        viewer: who writes.
        post: one that the viewer may read.
    """
    wanted = Q(post_id=None, uploader_id=viewer.id)
    if post is not None:
        wanted |= Q(post_id=post.id)
    return await Attachment.filter(wanted, club_id=club.id).order_by("-id").limit(LISTED)


async def attachments_held(club: Club) -> tuple[int, int]:
    """How many files the posts of a club have, and how many bytes."""
    files = Attachment.filter(club_id=club.id).annotate(count=Count("id"), size=Sum("size"))
    found = await files.group_by("club_id").values_list("count", "size")
    count, size = found[0] if found else (0, 0)
    return int(count), int(size or 0)


def _may_see(club: Club, viewer: Viewer, file: Attachment) -> bool:
    post: Post | None = file.post
    if post is None:
        return file.uploader_id is not None and file.uploader_id == viewer.id and can(viewer, VIEW, club)
    return post.state != "trashed" and may_read(club, viewer, post)
