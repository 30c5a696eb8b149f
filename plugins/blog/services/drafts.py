"""What somebody wants a post to say, and two people's wishes brought together."""

from __future__ import annotations

from dataclasses import dataclass

from cercle import three_way
from plugins.blog.models import Post, Revision
from plugins.blog.queries.posts import Tag, tags_of
from plugins.blog.services.names import parse_tags


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants a post to say."""

    title: str
    body: str
    summary: str = ""
    tags: tuple[Tag, ...] = ()

    @property
    def labels(self) -> str:
        """The labels of the tags, as they are typed."""
        return ", ".join(tag.label for tag in self.tags)


def draft_of(revision: Revision) -> Draft:
    """What a version said."""
    return Draft(revision.title, revision.body, revision.summary, parse_tags(revision.tags.split(",")))


async def current_draft(post: Post) -> Draft:
    """What a post says now."""
    return Draft(post.title, post.body, post.summary, await tags_of(post))


def merged(base: Draft, mine: Draft, theirs: Draft) -> Draft | None:
    """Both changes in one, or None where they touch the same lines."""
    title = _one_of(base.title, mine.title, theirs.title)
    short = _one_of(base.summary, mine.summary, theirs.summary)
    body = three_way(base.body, mine.body, theirs.body)
    if title is None or short is None or body.conflicts:
        return None
    dropped = {tag.slug for tag in base.tags} - {tag.slug for tag in mine.tags}
    kept = [tag for tag in theirs.tags if tag.slug not in dropped]
    added = {tag.slug for tag in mine.tags} - {tag.slug for tag in base.tags} - {tag.slug for tag in kept}
    return Draft(title, body.text, short, (*kept, *(tag for tag in mine.tags if tag.slug in added)))


def _one_of(base: str, mine: str, theirs: str) -> str | None:
    if theirs in (base, mine):
        return mine
    return theirs if mine == base else None
