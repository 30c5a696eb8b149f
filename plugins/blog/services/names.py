"""Addresses and tags: from a title to a slug that is free, from what is typed to tags."""

from __future__ import annotations

import re
from collections.abc import Iterable

from slugify import slugify
from tortoise.expressions import Q

from cercle import Invalid, gettext
from plugins.blog.models import Post, Redirect
from plugins.blog.queries.entries import Tag

MAX_SLUG = 80
MAX_TAGS = 10
MAX_LABEL = 40
RESERVED = frozenset({"new"})


def slug_of(text: str) -> str:
    """The slug that a title stands for, at most 80 characters; `post` when it has neither letters nor digits."""
    words = re.sub("['’]", " ", text[:400])
    slug: str = slugify(words, max_length=MAX_SLUG, word_boundary=True, save_order=True)
    return f"{slug}-post" if slug in RESERVED else slug or "post"


async def free_slug(club_id: int, text: str, *, post_id: int | None = None) -> str:
    """A slug for this title that no other post of the club has or had; numbered from 2 where it must be.

    Args:
        club_id: the club.
        text: the title, or the wished address.
        post_id: the post it is for, whose own former addresses it may take again.
    """
    wanted = slug_of(text)
    begins = Q(slug=wanted) | Q(slug__startswith=f"{wanted}-")
    posts = Post.filter(begins, club_id=club_id).exclude(id=post_id or 0)
    former = Redirect.filter(begins, club_id=club_id).exclude(post_id=post_id or 0)
    taken = {str(slug) for found in (posts, former) for slug in await found.values_list("slug", flat=True)}
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def parse_tags(labels: Iterable[str]) -> tuple[Tag, ...]:
    """Tags from their labels: without `#` and doubles, in the order in which they were typed.

    Raises:
        Invalid: for too many, too long ones, or one without letters and digits.
    """
    tags: dict[str, Tag] = {}
    for label in labels:
        label = " ".join(label.replace(",", " ").split()).lstrip("#").strip()
        if not label:
            continue
        if len(label) > MAX_LABEL:
            raise Invalid(gettext("A tag has at most %(most)s characters.", most=MAX_LABEL), field="tags")
        slug: str = slugify(label, max_length=60)
        if not slug:
            raise Invalid(gettext("A tag needs letters or digits."), field="tags")
        tags.setdefault(slug, Tag(slug, label))
    if len(tags) > MAX_TAGS:
        raise Invalid(gettext("At most %(most)s tags, please.", most=MAX_TAGS), field="tags")
    return tuple(tags.values())
