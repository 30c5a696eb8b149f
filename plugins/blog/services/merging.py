"""When a club goes into another one: posts whose address is taken there get another one."""

from __future__ import annotations

from typing import Any

from cercle import Club, MergeStep, current_app, dialect, rows
from plugins.blog.models import Post, Redirect
from plugins.blog.services.names import free_slug

BATCH = 100


async def make_room(source: Club, target: Club) -> MergeStep:
    """Give the next posts other addresses, and forget former ones that are taken."""
    addresses: dict[str, str] = {}
    posts = await _taken("blog_post", source, target)
    for found in posts:
        slug = await _free(source, target, found)
        await Post.filter(id=found["id"]).update(slug=slug)
        addresses[_path(found["slug"])] = _path(slug)
    former = await _taken("blog_redirect", source, target)
    for found in former:
        post = await Post.get(id=found["post_id"]).only("id", "slug")
        addresses[_path(found["slug"])] = _path(post.slug)
        await Redirect.filter(id=found["id"]).delete()
    return MergeStep(more=BATCH in (len(posts), len(former)), addresses=addresses)


async def _taken(table: str, source: Club, target: Club) -> list[dict[str, Any]]:
    word = dialect().param
    return await rows(
        f"SELECT * FROM {table} s WHERE s.club_id = {word(1)} AND ("
        f"EXISTS (SELECT 1 FROM blog_post t WHERE t.club_id = {word(2)} AND t.slug = s.slug) OR "
        f"EXISTS (SELECT 1 FROM blog_redirect t WHERE t.club_id = {word(3)} AND t.slug = s.slug)) ORDER BY s.id LIMIT {BATCH}",
        [source.id, target.id, target.id],
    )


async def _free(source: Club, target: Club, found: dict[str, Any]) -> str:
    """An address that is free in both clubs."""
    wanted = f"{found['slug'][:60]} {source.slug[:30]}"
    slug = await free_slug(target.id, wanted)
    while (other := await free_slug(source.id, slug, post_id=found["id"])) != slug:
        slug = await free_slug(target.id, other)
    return slug


def _path(slug: str) -> str:
    whole = str(current_app().urls.path("blog:posts.show", club="-", slug=slug))
    return whole.removeprefix("/c/-/")
