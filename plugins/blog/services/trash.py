"""The trash of the blog empties itself, where a club wants that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cercle import Club, atomic, club_settings, forget_content, release
from plugins.blog.models import Post
from plugins.blog.queries.hidden import unhidden
from plugins.blog.settings import ClubSettings


async def empty_old_trash() -> None:
    """Delete for good the posts that have been in the trash for longer than their club wants it.

    Where the blog is off or can only be read, and in archived clubs, everything stays. The files in the texts go with
    `remove_untied`, once no post has them.
    """
    trashed = Post.filter(
        state="trashed",
        club__deleted_at=None,
        club__archived_at=None,
        club__switches__plugin="blog",
        club__switches__effective="on",
    )
    for club in await Club.filter(id__in=await trashed.distinct().values_list("club_id", flat=True)):
        days = (await club_settings(club, ClubSettings)).trash_days
        if days:
            await _empty_until(club, datetime.now(UTC) - timedelta(days=days))


async def _empty_until(club: Club, before: datetime) -> None:
    old = unhidden(club).filter(state="trashed", trashed_at__lt=before).order_by("trashed_at")
    for id in await old.values_list("id", flat=True):
        async with atomic():
            still = unhidden(club).filter(id=id, state="trashed", trashed_at__lt=before)
            post = await still.select_for_update().first()
            if post is not None:  # nobody took it out meanwhile
                await _delete(post)


async def _delete(post: Post) -> None:
    await forget_content(plugin="blog", kind="post", object_ids=[post.id])
    await Post.filter(id=post.id).delete()
    if post.cover_hash:
        await release(post.cover_hash)
