"""What somebody wants a post to say, and two people's wishes brought together."""

from __future__ import annotations

from dataclasses import dataclass

from cercle import three_way
from plugins.blog.models import Post, Revision
from plugins.blog.queries.entries import Tag
from plugins.blog.queries.posts import tags_of
from plugins.blog.services.names import parse_tags
from plugins.blog.services.occasions import Occasion, occasion_of


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants a post to say.

    Args:
        title: one line.
        body: Markdown.
        summary: a sentence or two; "" for the first words of the text.
        tags: what it is filed under.
        occasion: what it invites to; None leaves that as it is.
        known: the mark of the occasion that the writer had before them.
    """

    title: str
    body: str
    summary: str = ""
    tags: tuple[Tag, ...] = ()
    occasion: Occasion | None = None
    known: str = Occasion().mark

    @property
    def labels(self) -> str:
        """The labels of the tags, as they are typed."""
        return ", ".join(tag.label for tag in self.tags)


def draft_of(revision: Revision) -> Draft:
    """What a version said; it does not know what the post invited to."""
    return Draft(revision.title, revision.body, revision.summary, parse_tags(revision.tags.split(",")))


async def current_draft(post: Post) -> Draft:
    """What a post says now."""
    return Draft(post.title, post.body, post.summary, await tags_of(post), occasion_of(post))


def merged(base: Draft, mine: Draft, theirs: Draft) -> Draft | None:
    """Both changes in one, or None where they touch the same lines, or the same date."""
    title = _one_of(base.title, mine.title, theirs.title)
    short = _one_of(base.summary, mine.summary, theirs.summary)
    body = three_way(base.body, mine.body, theirs.body)
    occasion = _one_occasion(mine, theirs.occasion)
    if title is None or short is None or body.conflicts or (mine.occasion and not occasion):
        return None
    dropped = {tag.slug for tag in base.tags} - {tag.slug for tag in mine.tags}
    kept = [tag for tag in theirs.tags if tag.slug not in dropped]
    added = {tag.slug for tag in mine.tags} - {tag.slug for tag in base.tags} - {tag.slug for tag in kept}
    return Draft(title, body.text, short, (*kept, *(tag for tag in mine.tags if tag.slug in added)), occasion)


def _one_of(base: str, mine: str, theirs: str) -> str | None:
    if theirs in (base, mine):
        return mine
    return theirs if mine == base else None


def _one_occasion(mine: Draft, theirs: Occasion | None) -> Occasion | None:
    """What a post invites to after both; None where that is not changed, or both changed it."""
    if mine.occasion is None or theirs is None or theirs.mark in (mine.known, mine.occasion.mark):
        return mine.occasion
    return theirs if mine.occasion.mark == mine.known else None
