"""What somebody takes along of the blog, and what goes with them when their account is erased."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from tortoise.queryset import QuerySet

from cercle import (
    ExportFile,
    PersonHolding,
    atomic,
    clubs_read_by,
    current_app,
    dialect,
    forget_content,
    gettext,
    holdings_by_club,
    ngettext,
    readable_page,
    release,
    rows,
)
from plugins.blog.models import Attachment, Post, Revision
from plugins.blog.services.attachments import forget_attachment

BATCH = 200
_ALONE = "NOT EXISTS (SELECT 1 FROM blog_revision r WHERE r.post_id = p.id AND COALESCE(r.author_id, 0) <> {})"
_DRAFT = "p.announced_at IS NULL AND p.published_at IS NULL"
_FACTS = (
    *("slug", "title", "summary", "state", "audience", "created_at", "updated_at", "published_at"),
    *("starts_at", "ends_at", "place"),
)


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
        *(file for post in posts for file in _post_files(post, clubs[post.club_id])),
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
            await _erase(post, Post.filter(announced_at=None, published_at=None))


async def holdings_of_person(user_id: int) -> list[PersonHolding]:
    """Their posts, and the drafts that go with them."""
    words, made = dialect(), list[PersonHolding]()
    for goes, label in ((False, _posts), (True, _drafts)):
        state = f"({_DRAFT} AND {_ALONE})" if goes else f"NOT ({_DRAFT} AND {_ALONE})"
        sql = (
            f"SELECT p.club_id, COUNT(*) AS posts, SUM(CASE WHEN {_ALONE} THEN 1 ELSE 0 END) AS alone FROM blog_post p "
            f"WHERE p.author_id = {{}} AND {state} GROUP BY p.club_id ORDER BY p.club_id"
        )
        found = await rows(sql.format(*(words.param(number) for number in range(1, 4))), [user_id] * 3)
        counts = {row["club_id"]: (int(row["posts"]), int(row["alone"])) for row in found}
        made += await holdings_by_club(user_id, "blog", counts, label, goes=goes)
    return made


async def erase_works(user_id: int) -> None:
    """Erase the posts that they alone wrote."""
    words = dialect()
    sql = f"SELECT p.id FROM blog_post p WHERE p.author_id = {{}} AND {_ALONE} AND p.id > {{}} ORDER BY p.id LIMIT {BATCH}"
    query, last = sql.format(*(words.param(number) for number in range(1, 4))), 0
    while found := await rows(query, [user_id, user_id, last]):
        for post in await Post.filter(id__in=[row["id"] for row in found]).order_by("id"):
            await _erase(post, Post.filter(author_id=user_id))
        last = found[-1]["id"]


async def _erase(post: Post, still: QuerySet[Post]) -> None:
    """Erase a post with its files, when it is among these and nobody has changed it in the meantime."""
    async with atomic():
        files = await Attachment.filter(post_id=post.id).order_by("hash")
        if not await still.filter(id=post.id, version=post.version).delete():
            return
        await forget_content(plugin="blog", kind="post", object_ids=[post.id])
        if post.cover_hash:
            await release(post.cover_hash)
        for file in files:
            await forget_attachment(file)


def _facts(post: Post, clubs: Mapping[int, str]) -> dict[str, Any]:
    return {"club": clubs[post.club_id], **{name: getattr(post, name) for name in _FACTS}}


def _posts(count: int) -> str:
    return ngettext("post", "posts", count)


def _drafts(count: int) -> str:
    return ngettext("draft", "drafts", count)


def _post_files(post: Post, club: str) -> list[ExportFile]:
    """A post to read, and its source."""
    return [
        ExportFile(f"posts/{club}/{post.slug}.html", _readable(post), f"{club}: {post.title}"),
        ExportFile(f"posts/{club}/{post.slug}.md", _text(post), f"{club}: {post.title} (Markdown)"),
    ]


async def _readable(post: Post) -> AsyncIterator[bytes]:
    yield (await readable_page(post.title, post.body)).encode()


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
