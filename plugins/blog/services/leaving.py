"""What somebody takes along of the blog, and what goes with them when their account is erased."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from cercle import ExportFile, atomic, clubs_read_by, current_app, forget_content, gettext, release
from plugins.blog.models import Attachment, Post, Revision
from plugins.blog.services.attachments import forget_attachment

BATCH = 200
_FACTS = ("slug", "title", "summary", "state", "audience", "created_at", "updated_at", "published_at")


async def files_of_person(user_id: int) -> list[ExportFile]:
    """Their posts, drafts and the trash included, every version that they wrote, and the files they sent."""
    clubs = {club.id: club.slug for club in await clubs_read_by(user_id, "blog")}
    posts = await Post.filter(author_id=user_id, club_id__in=list(clubs)).order_by("id")
    sent = await Attachment.filter(uploader_id=user_id, club_id__in=list(clubs)).order_by("id")
    wrote = await Revision.filter(author_id=user_id, club_id__in=list(clubs)).exists()
    if not posts and not sent and not wrote:
        return []
    read, facts = current_app().storage.read, [_facts(post, clubs) for post in posts]
    return [
        ExportFile("posts.json", facts, gettext("Your posts and drafts")),
        ExportFile("versions.jsonl", _versions(user_id, clubs), gettext("Every version of a post that you wrote")),
        *(ExportFile(f"posts/{clubs[one.club_id]}/{one.slug}.md", _text(one), one.title) for one in posts),
        *(ExportFile(f"covers/{one.slug}.webp", read(one.cover_hash), one.title) for one in posts if one.cover_hash),
        *(ExportFile(f"files/{clubs[file.club_id]}/{file.name}", read(file.hash), file.name) for file in sent),
    ]


async def forget_person(user_id: int) -> None:
    """Erase the files that no post has, and the drafts that nobody else has worked on."""
    while untied := await Attachment.filter(post_id=None, uploader_id=user_id).limit(BATCH):
        for file in untied:
            await forget_attachment(file)
    for post in await Post.filter(author_id=user_id, announced_at=None, published_at=None):
        if not await Revision.filter(post_id=post.id).exclude(author_id=user_id).exists():
            await _erase_draft(post)


async def _erase_draft(post: Post) -> None:
    async with atomic():
        files = await Attachment.filter(post_id=post.id)
        untouched = Post.filter(id=post.id, announced_at=None, published_at=None, version=post.version)
        if not await untouched.delete():
            return
        await forget_content(plugin="blog", kind="post", object_ids=[post.id])
        if post.cover_hash:
            await release(post.cover_hash)
        for file in files:
            await forget_attachment(file)


def _facts(post: Post, clubs: Mapping[int, str]) -> dict[str, Any]:
    return {"club": clubs[post.club_id], **{name: getattr(post, name) for name in _FACTS}}


def _text(post: Post) -> str:
    return f"# {post.title}\n\n{post.body}\n"


async def _versions(user_id: int, clubs: Mapping[int, str]) -> AsyncIterator[bytes]:
    last = 0
    names = ("id", "club_id", "post_id", "number", "title", "summary", "body", "tags", "created_at")
    while rows := await _after(user_id, clubs, last).values(*names):
        for row in rows:
            text = json.dumps({**row, "club": clubs[row.pop("club_id")]}, ensure_ascii=False, default=str)
            yield text.encode() + b"\n"
        last = rows[-1]["id"]


def _after(user_id: int, clubs: Mapping[int, str], last: int) -> Any:
    mine = Revision.filter(author_id=user_id, club_id__in=list(clubs), id__gt=last)
    return mine.order_by("id").limit(BATCH)
