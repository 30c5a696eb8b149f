"""Reading: lists and single posts, each in one query. What a viewer may not see is not there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from cercle import Club, NotFound, Select, SignInNeeded, Viewer, can, dialect, moment, rows, shown_column
from plugins.blog.models import Post, Redirect, is_out
from plugins.blog.permissions import REVIEW, VIEW
from plugins.blog.queries.entries import Entry, Tag
from plugins.blog.queries.hidden import HIDDEN, unhidden

FEED = 50
_BODY = "p.body, p.body_html"
_COLUMNS = (
    "p.id, p.club_id, p.slug, p.title, p.summary, p.lead, p.words, p.cover_hash, p.cover_size, p.cover_alt, p.state, "
    "p.audience, p.publish_at, p.published_at, p.trashed_at, p.created_at, p.updated_at, p.version, p.author_id, "
    "p.starts_at, p.ends_at, p.place, "
    f"a.name AS author_name, a.handle AS author_handle, {shown_column('photo_hash', 'a')} AS author_photo"
)
_MOMENTS = ("publish_at", "published_at", "trashed_at", "starts_at", "ends_at", "created_at", "updated_at")


def audiences_for(club: Club, viewer: Viewer | None) -> tuple[str, ...]:
    """The audiences that the viewer belongs to in this club; None stands for a reader who is not known."""
    if viewer is not None and can(viewer, VIEW, club):
        return ("club", "site", "public")
    if club.visibility == "hidden":
        return ()
    return ("site", "public") if viewer is not None and viewer.is_authenticated else ("public",)


def may_read(club: Club, viewer: Viewer, post: Entry | Post) -> bool:
    """Whether the viewer may read this post now: it is out and for them, or they work on it."""
    if is_out(post.state, post.published_at):
        return post.audience in audiences_for(club, viewer) or _works_on(club, viewer, post)
    return _works_on(club, viewer, post)


def absent(viewer: Viewer) -> NotFound | SignInNeeded:
    """The answer for what is not there, or not for this viewer: the two are never told apart."""
    return NotFound() if viewer.is_authenticated else SignInNeeded()


async def list_posts(
    club: Club,
    viewer: Viewer | None,
    *,
    tag: str | None = None,
    author: str | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = FEED,
    bodies: bool = False,
) -> list[Entry]:
    """The posts that are out and that the viewer may read, newest first; one query.

    Args:
        club: where.
        viewer: who reads; None for somebody who is not known, as for the open feed.
        tag: only posts with the tag of this slug.
        author: only posts by the person of this handle.
        after: the `published_at` and id of the last post of the page before.
        limit: the most posts.
        bodies: with their texts, as for feeds.
    """
    where = out_for(club, viewer)
    if tag is not None:
        where.add("EXISTS (SELECT 1 FROM blog_post_tag f WHERE f.post_id = p.id AND f.slug = {})", tag)
    if author is not None:
        where.add("a.handle = {}", author)
    if after is not None:
        where.add("(p.published_at < {} OR (p.published_at = {} AND p.id < {}))", after[0], *after)
    return await where.select("p.published_at DESC, p.id DESC", limit, _BODY if bodies else "")


def newest_posts(club: Club, viewer: Viewer, *, limit: int) -> Select:
    """Title, slug and author's name of the newest posts that are out and that the viewer may read, for a panel.

    Args:
        club: where.
        viewer: who reads.
        limit: the most posts.
    """
    where = out_for(club, viewer)
    sql = f"SELECT p.title, p.slug, a.name {where.text} ORDER BY p.published_at DESC, p.id DESC LIMIT {int(limit)}"
    return Select(("title", "slug", "name"), sql, where.values)


async def list_unpublished(club: Club, viewer: Viewer, *, limit: int = 200) -> list[Entry]:
    """Drafts and posts whose time has not come: the viewer's own, and with the right to it those of others."""
    where = Where(club)
    where.add("(p.state = 'draft' OR (p.state = 'scheduled' AND p.published_at > {}))", datetime.now(UTC))
    _only_own(where, club, viewer)
    return await where.select("p.updated_at DESC, p.id DESC", limit)


async def list_trash(club: Club, viewer: Viewer, *, limit: int = 200) -> list[Entry]:
    """What is in the trash: the viewer's own, and with the right to it that of others."""
    where = Where(club)
    where.add(f"p.state = 'trashed' AND NOT {HIDDEN}")
    _only_own(where, club, viewer)
    return await where.select("p.trashed_at DESC, p.id DESC", limit)


async def find_post(club: Club, slug: str, *, viewer: Viewer, bodies: bool = True) -> Entry:
    """The post of this address, with its texts unless they are not wanted.

    Raises:
        NotFound, SignInNeeded: when it is absent, in the trash, or not for this viewer.
    """
    where = Where(club)
    where.add("p.slug = {}", slug[:200])
    where.add("p.state <> 'trashed'")
    found = await where.select("p.id", 1, _BODY if bodies else "")
    if not found or not may_read(club, viewer, found[0]):
        raise absent(viewer)
    return found[0]


async def moved_to(club: Club, slug: str, *, viewer: Viewer) -> str | None:
    """The address that the post of a former address has now, if the viewer may read it."""
    old = await Redirect.filter(club_id=club.id, slug=slug[:200]).select_related("post").first()
    if old is None or old.post.state == "trashed" or not may_read(club, viewer, old.post):
        return None
    return old.post.slug


async def load_post(club: Club, slug: str, *, viewer: Viewer, trashed: bool = False) -> Post:
    """The row of a post, to change it.

    Args:
        club: where.
        slug: its address.
        viewer: who asks.
        trashed: look in the trash instead.

    Raises:
        NotFound, SignInNeeded: when it is absent or not for this viewer.
    """
    post = await unhidden(club).get_or_none(slug=slug[:200])
    if post is None or (post.state == "trashed") != trashed:
        raise absent(viewer)
    allowed = _works_on(club, viewer, post) if trashed else may_read(club, viewer, post)
    if not allowed:
        raise absent(viewer)
    return post


async def tags_of(post: Post) -> tuple[Tag, ...]:
    """The tags of a post."""
    return tuple(Tag(tag.slug, tag.label) for tag in await post.tags.all().order_by("id"))  # type: ignore[attr-defined]


def out_for(club: Club, viewer: Viewer | None) -> Where:
    """The posts that are out and that the viewer may read."""
    audiences = audiences_for(club, viewer) or ("",)
    where = Where(club)
    where.add("(p.state = 'published' OR (p.state = 'scheduled' AND p.published_at <= {}))", datetime.now(UTC))
    where.add(f"p.audience IN ({', '.join(['{}'] * len(audiences))})", *audiences)
    return where


class Where:
    """Collects the conditions of a query over posts."""

    def __init__(self, club: Club) -> None:
        self._values: list[object] = []
        self._words = dialect()
        self._parts: list[str] = []
        self.add("p.club_id = {}", club.id)

    def add(self, condition: str, *values: object) -> None:
        start = len(self._values) + 1
        self._values += values
        self._parts.append(condition.format(*(self._words.param(start + place) for place in range(len(values)))))

    @property
    def values(self) -> tuple[object, ...]:
        """The parameters."""
        return tuple(self._values)

    @property
    def text(self) -> str:
        """The tables, `p` for the posts and `a` for their authors, and the conditions."""
        conditions = " AND ".join(self._parts)
        return f"FROM blog_post p LEFT JOIN accounts_user a ON a.id = p.author_id WHERE {conditions}"

    async def select(self, order: str, limit: int, more: str = "") -> list[Entry]:
        words = self._words
        tags = (
            f"(SELECT {words.json_list}({words.json_row}(t.id, t.slug, t.label)) FROM blog_post_tag t "
            "WHERE t.post_id = p.id)"
        )
        columns = f"{_COLUMNS}, {tags} AS tags" + (f", {more}" if more else "")
        sql = f"SELECT {columns} {self.text} ORDER BY {order} LIMIT {int(limit)}"
        return [_entry(row) for row in await rows(sql, self._values)]


def _entry(row: dict[str, Any]) -> Entry:
    for name in _MOMENTS:
        row[name] = moment(row[name])
    tags = sorted(json.loads(row["tags"] or "[]"))
    row["tags"] = tuple(Tag(slug, label) for _, slug, label in tags)
    return Entry(**row)


def _works_on(club: Club, viewer: Viewer, post: Entry | Post) -> bool:
    own = post.author_id is not None and post.author_id == viewer.id
    return (own and viewer.role_in(club.id) is not None) or can(viewer, REVIEW, club)


def _only_own(where: Where, club: Club, viewer: Viewer) -> None:
    if not can(viewer, REVIEW, club):
        where.add("p.author_id = {}", viewer.id)
